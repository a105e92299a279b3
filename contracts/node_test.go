package contracts

import (
	"strings"
	"testing"
)

// TestPlacesInTexts finds the word HERE of a value in its file, whatever quotes,
// escapes, folds and indentation lie between.
func TestPlacesInTexts(t *testing.T) {
	for _, c := range []struct{ name, yaml string }{
		{"plain", "a: one HERE\n"},
		{"plain over two lines", "a: one\n  two HERE three\n"},
		{"plain behind an empty line", "a: one\n\n  two HERE\n"},
		{"double quotes", "a: \"one \\\"two\\\" \\u00e9\\x41 \\t HERE\"\n"},
		{"double quotes, folded", "a: \"one\n   two HERE\"\n"},
		{"single quotes", "a: 'it''s HERE'\n"},
		{"literal", "a: |\n  one\n    two\n\n  three HERE\n"},
		{"literal, indented", "a:\n  b: |-\n      one\n      HERE\n"},
		{"folded", "a: >-\n  one\n  two\n  three HERE\n"},
		{"umlauts", "a: äöü HERE\n"},
		{"in a list", "a:\n  - x\n  - \"é HERE\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &file{name: "x.yaml", lines: strings.Split(c.yaml, "\n")}
			l := &loader{}
			n := l.documents(f, []byte(c.yaml))[0].get("a")
			for !strings.Contains(n.text, "HERE") {
				switch {
				case len(n.pairs) > 0:
					n = n.pairs[0].value
				case len(n.items) > 0:
					n = n.items[len(n.items)-1]
				default:
					t.Fatalf("the text is %q", n.text)
				}
			}
			p := n.at(strings.Index(n.text, "HERE"))
			line := []rune(f.lines[p.Line-1])
			if p.Column < 1 || !strings.HasPrefix(string(line[p.Column-1:]), "HERE") {
				t.Errorf("%s is not at HERE in %q", p, string(line))
			}
		})
	}
}

func TestScalars(t *testing.T) {
	for text, want := range map[string]shape{
		"1": number, "-1.5": number, "1e9": number, "0": number, "-0": number, "0.10": number, "9007199254740993": number,
		"true": boolean, "null": null,
		"2026-01-31": "text", "12:30": "text", "1.2.3": "text", ".5": "text", "5.": "text", "+5": "text", "1e": "text", "007x": "text",
		"y": "text", "nulls": "text", "p-100": "text", "inf": "text",
	} {
		got, wrong, _ := plainScalar(text)
		if got != want || wrong != "" {
			t.Errorf("%s is %s (%s), want %s", text, got, wrong, want)
		}
	}
}
