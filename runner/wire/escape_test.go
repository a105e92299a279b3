package wire

import (
	"strings"
	"testing"
)

func TestUncode(t *testing.T) {
	for _, each := range []struct{ name, text, want string }{
		{"none", "a plain text", "a plain text"},
		{"URL", "a%2Fb%zz%4", "a/b%zz%4"},
		{"JSON", `\"\\\/\n\u0041\u00e9\q\u12`, "\"\\/\nAé\\q\\u12"},
		{"surrogates", `\ud83d\ude00 \ud83d \ud83d\u0041`, "😀 \ufffd \ufffdA"},
		{"programs", `\x41\U0001f600\Uffffffff`, `A😀\Uffffffff`},
		{"HTML", "&amp;&#47;&#x2f;&lt;&nope;&", "&//<&nope;&"},
		{"not half of an entity", "&ampx;", "&ampx;"},
		{"one layer", "%2541", "%41"},
	} {
		t.Run(each.name, func(t *testing.T) {
			got, changed := uncode(each.text, escapeKinds)
			if got != each.want || changed != (each.text != each.want) {
				t.Errorf("got %q, %v; want %q", got, changed, each.want)
			}
		})
	}
}

// FuzzUncode: both ways of taking escapes out agree, and a place in the plain text is found again.
func FuzzUncode(f *testing.F) {
	for _, seed := range []string{"a%2Fb", `\u0041\ud83d\ude00`, "&amp;x&#47;", `%25%34%31\\u0041`, "&;", `\`, "%", "%e2%82%ac"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain, changed := uncode(text, escapeKinds)
		noted, steps := uncodeNoting(text, escapeKinds)
		if noted != plain || changed != (len(steps) > 0) {
			t.Fatalf("%q: %q, %v, and with steps %q, %v", text, plain, changed, noted, steps)
		}
		if before(steps, 0) != 0 && !strings.HasPrefix(text, "%") && !strings.HasPrefix(text, `\`) && !strings.HasPrefix(text, "&") {
			t.Errorf("%q begins at %d", text, before(steps, 0))
		}
		if end := before(steps, len(plain)); end != len(text) {
			t.Errorf("%q ends at %d of %d", text, end, len(text))
		}
		for at := 1; at <= len(plain); at++ {
			if before(steps, at) < before(steps, at-1) {
				t.Fatalf("%q: place %d is before place %d: %v", text, at, at-1, steps)
			}
		}
	})
}
