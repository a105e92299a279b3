package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

// copies are the sandbox's own suite and what is left of it without a clause, with lies that it
// then deserves to let through.
var copies = []struct {
	name    string
	lacks   string
	weaken  func(file, text string) string
	deserve []string
}{
	{"as it ships", "nothing", func(_, text string) string { return text }, nil},
	{"no list", "`list:` of every resource", func(file, text string) string {
		if file != "provider.yaml" {
			return strings.ReplaceAll(text, "in: [list, product_page]", "in: [product_page]")
		}
		return without(text, "    list: ")
	}, []string{"duplicated-write", "half-done:list", "side-effect:sibling"}},
	{"no frame", "`keeps:`", func(_, text string) string { return without(text, "keeps: ") }, []string{"side-effect:neighbour"}},
	{"no case", "`cases:`", func(_, text string) string { return withoutBlock(text, "cases:") }, []string{"permission-bypassed", "phantom-write:denied"}},
	{"no time to stay", "`stays:`", func(_, text string) string { return without(text, "stays: 1s") }, []string{"reverted-write"}},
}

const strengthFigures = "../../fixtures/liar/STRENGTH.md"

// TestStrengthOfTheSandbox has the sandbox's own suite notice every lie about its calls, and
// copies of it that say less let through what they deserve to, which STRENGTH.md shows. It takes
// minutes, nearly all of it waiting, and so is part of the campaigns; the script `strength` does
// the same with a suite that is settled sooner.
func TestStrengthOfTheSandbox(t *testing.T) {
	if !soak() {
		t.Skip("POLYGRAPH_SOAK=1 proves the whole suite of the sandbox")
	}
	var rows []string
	for _, each := range copies {
		t.Run(each.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, reviewhub.Files()); err != nil {
				t.Fatal(err)
			}
			weakenAll(t, dir, each.weaken)
			var out, said bytes.Buffer
			c := &console{out: &out, err: &said, env: environment()}
			want := exitLied
			if each.deserve == nil {
				want = exitKept
			}
			if code := codeOf(c.strength(t.Context(), dir, strengthOrder{json: true})); code != want {
				t.Errorf("exits with %d, want %d", code, want)
			}
			var page strengthPage
			if err := json.Unmarshal(out.Bytes(), &page); err != nil {
				t.Fatalf("%v\n%s%s", err, &said, &out)
			}
			survivors := page.survivors()
			for _, lie := range each.deserve {
				if !slices.Contains(survivors, lie) {
					t.Errorf("%s is said to be noticed", lie)
				}
			}
			if len(page.LeftBehind) > 0 {
				t.Errorf("left behind: %v", page.LeftBehind)
			}
			rows = append(rows, fmt.Sprintf("| %s | %s | %d of %d | %s |", each.name, each.lacks, page.Noticed, page.Applicable, strings.Join(survivors, ", ")))
			if t.Failed() || testing.Verbose() {
				t.Logf("%s%s", &said, &out)
			}
		})
	}
	if len(rows) < len(copies) {
		return // some were not asked for
	}
	old, err := os.ReadFile(strengthFigures)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(old), "|---")
	now := head + "|---|---|---|---|\n" + strings.Join(rows, "\n") + "\n"
	if *update {
		if err := os.WriteFile(strengthFigures, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if now != string(old) {
		t.Errorf("%s is not what came out:\n%s", strengthFigures, now)
	}
}

// survivors are the lies that nothing noticed, sorted.
func (p *strengthPage) survivors() []string {
	all := map[string]bool{}
	for _, s := range p.Contracts {
		for _, line := range s.Lies {
			if !line.Noticed && !line.Untold && line.Elsewhere == "" {
				all[line.Lie] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// TestWeakenedCopies has every copy load and lack something: what takes minutes must not find
// out only then that a clause is spelt otherwise by now.
func TestWeakenedCopies(t *testing.T) {
	t.Parallel()
	figures, err := os.ReadFile(strengthFigures)
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range copies {
		dir := t.TempDir()
		if err := os.CopyFS(dir, reviewhub.Files()); err != nil {
			t.Fatal(err)
		}
		size := func() (n int) {
			files, _ := filepath.Glob(filepath.Join(dir, "*.yaml"))
			for _, file := range files {
				text, _ := os.ReadFile(file)
				n += len(text)
			}
			return n
		}
		whole := size()
		weakenAll(t, dir, each.weaken)
		if lacks := size() < whole; lacks != (each.deserve != nil) {
			t.Errorf("%s: lacks something: %v", each.name, lacks)
		}
		if _, err := contracts.Load(dir, contracts.Options{Scope: contracts.Run}); err != nil {
			t.Errorf("%s: %v", each.name, err)
		}
		row := regexp.MustCompile(`(?m)^\| ` + each.name + ` \| .*$`).FindString(string(figures))
		for _, lie := range each.deserve {
			if !strings.Contains(row, lie) {
				t.Errorf("%s: no %s in the row %q", each.name, lie, row)
			}
		}
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

// withoutBlock leaves out a key at the left edge with all that is indented under it.
func withoutBlock(text, key string) string {
	var kept []string
	inside := false
	for line := range strings.Lines(text) {
		inside = strings.HasPrefix(line, key) || inside && strings.HasPrefix(line, " ")
		if !inside {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}
