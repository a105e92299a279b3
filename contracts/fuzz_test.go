package contracts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// acts says whether a character does something to a terminal besides being seen.
func acts(r rune) bool {
	return r != '\n' && r != '\t' && r != utf8.RuneError && !unicode.IsPrint(r)
}

// addExamples seeds with the files of the examples.
func addExamples(f *testing.F) {
	f.Helper()
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
}

// FuzzRewrite: what the reader has understood of a file, written in the plainest of
// forms, is read as the same again: one form of YAML means what every other means.
func FuzzRewrite(f *testing.F) {
	addExamples(f)
	for _, s := range []string{"a: |\n x\n\n  y\n", "a: >-\n x\n y\n---\nb: 'it''s'\n", "- \"\\u00e9\\x41\\ \\n\"\n- 1e5\n- null\n- -0.5\n- 2026-11-23", "{a: [1, {b: c}], 'd': \"e\"}", "a: b\r\nc: d\u0085e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, ok := understood(text)
		if !ok {
			return
		}
		written := ""
		for _, document := range first {
			written += "---\n" + flow(document) + "\n"
		}
		if len(written) > maxFile {
			t.Skip()
		}
		again, ok := understood(written)
		if !ok || len(again) != len(first) {
			t.Fatalf("%q, rewritten as %q, is not read", text, written)
		}
		for i := range first {
			if a, b := flow(first[i]), flow(again[i]); a != b || !reflect.DeepEqual(first[i].plain(), again[i].plain()) {
				t.Errorf("%q is read as %s, and that as %s", text, a, b)
			}
		}
	})
}

// understood reads a file into nodes; false where it has a mistake.
func understood(text string) ([]*node, bool) {
	l := &loader{files: suiteOf("f.yaml", text)}
	_, documents := l.open("f.yaml")
	return documents, len(l.mistakes) == 0
}

// flow writes a node in YAML's flow style, every text between double quotes.
func flow(n *node) string {
	switch n.shape {
	case list:
		var items []string
		for _, item := range n.items {
			items = append(items, flow(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case mapping:
		var pairs []string
		for _, p := range n.pairs {
			pairs = append(pairs, flow(p.key)+": "+flow(p.value))
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	case text:
		out := `"`
		for _, r := range n.text {
			switch {
			case r == '"' || r == '\\':
				out += `\` + string(r)
			case r < ' ' || r > '~':
				out += fmt.Sprintf(`\U%08X`, r)
			default:
				out += string(r)
			}
		}
		return out + `"`
	}
	return n.text
}

// FuzzLoad loads any text as each of the three files: it never panics, never
// takes long, and every mistake has a place that is in the file and can be
// printed.
func FuzzLoad(f *testing.F) {
	addExamples(f)
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
			if at := strings.IndexFunc(mistakes.Error(), acts); at >= 0 {
				t.Fatalf("%q reaches the terminal: %q", mistakes.Error()[at:at+4], mistakes.Error())
			}
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Fatalf("took %s", took)
		}
	})
}
