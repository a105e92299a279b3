package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// TestOwnFailure has polygraph itself fail in places where nobody waits for an error:
// the cell says so, nothing is left behind, and the other cells go on.
func TestOwnFailure(t *testing.T) {
	t.Parallel()
	const shown = "---\ncontract: A note is listed\ngiven: note\ncall: GET /notes/{note.id}\nshows: note\nin: [list]\n"
	for _, each := range []struct {
		name string
		maim func(e *Engine)
	}{
		{"while a list is read", func(e *Engine) { e.o.Suite.Provider.Resources[0].List.Items = &expr.Program{} }},
		{"before an attempt begins", func(e *Engine) { e.Cells()[1].Contract.Effects[0] = nil }},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, nil)
			e := desk{contracts: updatesNote + shown, change: func(o *Options) { o.Accounts = []string{"ada"} }}.engine(c)
			each.maim(e)
			results := await(t, e)
			requireVerdict(t, results[0], "kept")
			if v := results[1].Verdict; v.Class != "inconclusive" || !strings.Contains(reasons(v), "polygraph itself failed") {
				t.Errorf("got %s %s: %s", v.Class, v.Kind, reasons(v))
			}
			if c.left() > 0 || len(results[0].Left)+len(results[1].Left) > 0 {
				t.Errorf("%d notes left", c.left())
			}
		})
	}
}

// A clean-up at which polygraph itself fails has left something behind, for all that is known.
func TestOwnFailureOfCleanUp(t *testing.T) {
	t.Parallel()
	a := &attempt{me: &eyes{name: "ada"}, unique: "pgabc"}
	for name, clean := range map[string]func(context.Context) ([]Leftover, int){
		"pgabc": func(context.Context) ([]Leftover, int) { panic("no such thing") },
		"":      func(context.Context) ([]Leftover, int) { return nil, 2 },
	} {
		left, kept := a.cleanUpSafely(t.Context(), clean)
		if (len(left) == 1) != (name != "") || name != "" && (left[0].Marker != name || left[0].Account != "ada" || !strings.Contains(left[0].Why, "no such thing")) {
			t.Errorf("left %+v", left)
		}
		if name == "" && kept != 2 {
			t.Errorf("kept %d", kept)
		}
	}
}
