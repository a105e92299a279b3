package contracts

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzLoad loads any text as each of the three files: it never panics, never
// takes long, and every mistake has a place that is in the file and can be
// printed.
func FuzzLoad(f *testing.F) {
	seeds, err := filepath.Glob("testdata/examples/*/*.yaml")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range seeds {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(content))
	}
	for _, s := range []string{
		live, shop, reviewsDocument, strings.Repeat("[", 500), strings.Repeat("a: {", 200), "a: |\n x\n\n  y\n", "? [a]\n: b\n",
		"contract: a\ncall: !x GET /\n", "a: \"\\x41\\u00e9 ${\"\n", "- &a [*a]\n", "contract: a\ncall: GET /${x}\nrefusal: |2\n    a\n", "\ufeff\r\na: b\r\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		for _, files := range [][]string{
			{"provider.yaml", text, "openapi.yaml", text},
			{"provider.yaml", shop, "a.contract.yaml", text},
			{"provider.yaml", shop, "polygraph.yaml", text, "accounts.csv", text},
		} {
			_, err := LoadFS(suiteOf(files...), Options{})
			var mistakes Mistakes
			if err != nil && (!errors.As(err, &mistakes) || len(mistakes) == 0) {
				t.Fatalf("the error is no list of mistakes: %v", err)
			}
			for _, m := range mistakes {
				if m.Message == "" || m.File == "" {
					t.Fatalf("a mistake without place or message: %+v", m)
				}
				if m.Text != "" && (m.Line < 1 || m.Column < 1 || m.Column > len([]rune(m.Text))+1) {
					t.Fatalf("a place that is not in the file: %+v", m)
				}
			}
			if strings.ContainsAny(mistakes.Error(), "\x1b\x07\x00") {
				t.Fatalf("a control character reaches the terminal: %q", mistakes.Error())
			}
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Fatalf("took %s", took)
		}
	})
}
