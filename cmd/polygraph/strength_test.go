package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

// TestStrengthOfTheSandbox has the sandbox's own suite notice every lie about its calls,
// and copies of it that say less let through what they deserve to. It takes a minute,
// nearly all of it waiting, and so is part of the campaigns; the script `strength` does the
// same with a suite that is settled sooner.
func TestStrengthOfTheSandbox(t *testing.T) {
	if os.Getenv("POLYGRAPH_SOAK") == "" {
		t.Skip("POLYGRAPH_SOAK=1 proves the whole suite of the sandbox")
	}
	for _, each := range []struct {
		name    string
		weaken  func(file, text string) string
		code    int
		deserve []string
	}{
		{"as it ships", func(_, text string) string { return text }, exitKept, nil},
		{"no list", func(file, text string) string {
			if file != "provider.yaml" {
				return strings.ReplaceAll(text, "in: [list, product_page]", "in: [product_page]")
			}
			return without(text, "    list: ")
		}, exitLied, []string{"duplicated-write", "half-done:list", "side-effect:sibling"}},
		{"no frame", func(_, text string) string { return without(text, "keeps: ") }, exitLied, []string{"side-effect:neighbour"}},
		{"no case", func(_, text string) string {
			return without(text, "not logged in:", "somebody else:", "no title:", "six stars:", "no text at all:", "odd spelling:", "stale:", "never was:", "no photo:", "cases:")
		}, exitLied, []string{"permission-bypassed", "phantom-write:denied"}},
		{"no time to stay", func(_, text string) string { return without(text, "stays: 1s") }, exitLied, []string{"reverted-write"}},
	} {
		t.Run(each.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, reviewhub.Files()); err != nil {
				t.Fatal(err)
			}
			weakenAll(t, dir, each.weaken)
			var out bytes.Buffer
			c := &console{out: &out, err: &out, env: environment()}
			if code := codeOf(c.strength(t.Context(), dir, strengthOrder{})); code != each.code {
				t.Errorf("exits with %d, want %d", code, each.code)
			}
			for _, lie := range each.deserve {
				if !strings.Contains(out.String(), "unnoticed  "+lie+":") {
					t.Errorf("%s is said to be noticed", lie)
				}
			}
			if t.Failed() || testing.Verbose() {
				t.Log(out.String())
			}
		})
	}
}

func weakenAll(t *testing.T, dir string, weaken func(file, text string) string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if filepath.Base(file) == "openapi.yaml" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		weaker := weaken(filepath.Base(file), string(text))
		if err := os.WriteFile(file, []byte(weaker), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// without leaves out the lines of a text that begin with one of these, whatever stands
// before them.
func without(text string, begin ...string) string {
	var kept []string
	for line := range strings.Lines(text) {
		left := true
		for _, each := range begin {
			left = left && !strings.HasPrefix(strings.TrimLeft(line, " "), strings.TrimLeft(each, " "))
		}
		if left {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}
