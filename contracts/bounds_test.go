package contracts

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestHostileSuitesEnd loads files made to be slow. The time is a hundred times
// what they take; without the bounds it is hours.
func TestHostileSuitesEnd(t *testing.T) {
	many := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	head := "polygraph: 1\nprovider: a\n"
	// Makes that all need each other: chains without number.
	web := head + "resources:\n"
	for i := range 20 {
		var refs []string
		for j := range 20 {
			refs = append(refs, fmt.Sprintf("${r%d.id}", j))
		}
		web += fmt.Sprintf("  r%d: {make: {call: POST /x, body: {t: %q}}}\n", i, strings.Replace(strings.Join(refs, " "), fmt.Sprintf("${r%d.id} ", i), "", 1))
	}
	for _, c := range []struct {
		name            string
		provider, given string
	}{
		{"brackets", strings.Repeat("[", 1<<19), ""},
		{"braces", strings.Repeat("{a: ", 1<<17), ""},
		{"unknown keys", head + many("k%d: 1\n", 50_000), ""},
		{"tags in one line", head + "vars: {a: [" + strings.Repeat("!t x, ", 100_000) + "]}\n", ""},
		{"resources", head + "resources:\n" + many("  r%d: {key: id}\n", 40_000), ""},
		{"makes that need each other", web, "contract: a\ngiven: [r0, r1]\ncall: GET /x\n"},
		{"a long expression", head + "refusal: \"" + strings.Repeat(" ", 500_000) + "x\"\n", ""},
		{"keeps", head, "contract: a\ncall: GET /x\nkeeps: [" + many("k%d, ", 60_000) + "]\n"},
		{"too large", head + "# " + strings.Repeat("x", 1<<20), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			files := []string{"provider.yaml", c.provider}
			if c.given != "" {
				files = append(files, "a.contract.yaml", c.given)
			}
			_, err := LoadFS(suiteOf(files...), Options{})
			var m Mistakes
			if !errors.As(err, &m) || len(m) == 0 {
				t.Fatalf("loads: %v", err)
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %s", took)
			}
			t.Logf("%d mistakes in %s: %s", len(m), time.Since(start), m[0].Message)
		})
	}
}
