package wire

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

func TestMaskKnowsEveryForm(t *testing.T) {
	quoted, err := json.Marshal(canary)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{
		"as it is":           canary,
		"JSON":               string(quoted),
		"JSON without HTML":  jsonText(canary, false),
		"JSON as PHP has it": strings.ReplaceAll(string(quoted), "/", `\/`),
		"HTML":               html.EscapeString(canary),
		"query":              url.QueryEscape(canary),
		"query, lower case":  lowerEscapes(url.QueryEscape(canary)),
		"query, %20":         strings.ReplaceAll(url.QueryEscape(canary), "+", "%20"),
		"path":               url.PathEscape(canary),
		"hex":                hex.EncodeToString([]byte(canary)),
		"HEX":                strings.ToUpper(hex.EncodeToString([]byte(canary))),
	}
	for before := range 4 {
		for after := range 3 {
			longer := strings.Repeat("x", before) + canary + strings.Repeat("y", after)
			texts[fmt.Sprintf("base64 %d %d", before, after)] = base64.StdEncoding.EncodeToString([]byte(longer))
			texts[fmt.Sprintf("base64 url %d %d", before, after)] = base64.RawURLEncoding.EncodeToString([]byte(longer))
		}
	}
	r := NewRedactor(canary)
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			masked := r.MaskText("before " + text + " after")
			if !strings.HasPrefix(masked, "before ") || !strings.HasSuffix(masked, " after") {
				t.Errorf("what stands around it is touched: %q", masked)
			}
			// Base64 keeps the neighbours, at each end one character that is shared with them, and the padding.
			if rest := len(masked) - len("before *** after"); rest > 4+1+1+4 {
				t.Errorf("too much is left of %q: %q", text, masked)
			}
		})
	}
}

func TestMask(t *testing.T) {
	tests := []struct {
		name, why  string
		secrets    []string
		text, want string
	}{
		{"nothing to mask", "", nil, "a quiet text", "a quiet text"},
		{"none found", "", []string{"abcdefgh"}, "abcdefg", "abcdefg"},
		{"whole text", "", []string{"abcdefgh"}, "abcdefgh", "***"},
		{"at both ends", "", []string{"abcdefgh"}, "abcdefgh-abcdefgh", "***-***"},
		{"side by side", "neighbours become one, their number is no business of a reader", []string{"abcdefgh"}, "abcdefghabcdefgh.", "***."},
		{"too short", "would blot out innocent text", []string{"abc"}, "abc", "abc"},
		{"one is the other's beginning", "the longer one wins", []string{"abcdefgh", "abcdefghij"}, "abcdefghij", "***"},
		{"overlapping", "no rest of either is left", []string{"abcdefgh12", "gh12xyzw99"}, "-abcdefgh12xyzw99-", "-***-"},
		{"one over two others", "found last, it covers what lies between them", []string{"bbbbbbbb", "dddddddd", "a-bbbbbbbb-c-dddddddd-e"}, "<a-bbbbbbbb-c-dddddddd-e>", "<***>"},
		{"one within the other", "", []string{"abcdefghijklmnop", "efghijkl"}, "abcdefghijklmnop", "***"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := NewRedactor(test.secrets...)
			if got := r.MaskText(test.text); got != test.want {
				t.Errorf("got %q, want %q: %s", got, test.want, test.why)
			}
			if got := string(r.Mask([]byte(test.text))); got != test.want {
				t.Errorf("bytes: got %q, want %q", got, test.want)
			}
		})
	}
}

func TestMaskManySecrets(t *testing.T) {
	r := NewRedactor()
	for n := range 3000 {
		r.Add(fmt.Sprintf("secret-of-account-%d-end", n))
	}
	for n := range 3000 {
		if got := r.MaskText(fmt.Sprintf("<secret-of-account-%d-end>", n)); got != "<***>" {
			t.Fatalf("account %d: %q", n, got)
		}
	}
}

func TestMaskCutHidesABeginning(t *testing.T) {
	r := NewRedactor("supersecretvalue")
	for text, want := range map[string]string{
		`{"token":"supersec`:          `{"token":"***`,
		`{"token":"sup`:               `{"token":"sup`,
		`supersecretvalue and supers`: `*** and ***`,
		`nothing`:                     `nothing`,
	} {
		if got := r.MaskCut(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestMaskValue(t *testing.T) {
	r := NewRedactor("abcdefgh", "1234567890")
	value := map[string]any{
		"list":        []any{"x abcdefgh", json.Number("1234567890"), json.Number("12"), true, nil},
		"by abcdefgh": "name",
	}
	if !r.holds(value) {
		t.Error("nothing found")
	}
	want := map[string]any{"list": []any{"x ***", "***", json.Number("12"), true, nil}, "by ***": "name"}
	if got := r.MaskValue(value); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if r.holds(want) {
		t.Error("something left")
	}
}

func FuzzMask(f *testing.F) {
	f.Add("supersecret", "before", "after")
	f.Add("ÄÖÜäöü/+", "", "")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		if !Maskable(secret) {
			t.Skip()
		}
		for _, form := range forms(secret) {
			text := before + form + after
			if masked := NewRedactor(secret).MaskText(text); strings.Contains(masked, form) && !strings.Contains(Mask, form) {
				t.Errorf("%q is left in %q", form, masked)
			}
		}
	})
}

func BenchmarkMask(b *testing.B) {
	r := NewRedactor()
	for n := range 1000 {
		r.Add(fmt.Sprintf("secret-of-account-%d-end", n))
	}
	text := strings.Repeat(`{"id":17,"title":"A review of a product","state":"draft"},`, 40)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r.MaskText(text)
	}
}
