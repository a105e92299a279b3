package engine

import (
	"slices"
	"testing"
)

func TestCellSpeaksOfItself(t *testing.T) {
	t.Parallel()
	contract := "contract: \"A/B: (x) && y\"\ncall: POST /notes\nneeds: notes:write\nbody: {text: \"New ${unique}\"}\ncreates: note\nrejects: {no text: {text: null}}\n"
	e := desk{contracts: contract, change: func(o *Options) { o.Accounts = []string{"ada"} }}.engine(newClerk(t, nil))
	base, rejected := e.Cells()[0], e.Cells()[1]
	want := []string{"account:ada", "contract:A_B_ _x_ __ y", "operation:POST _notes", "needs:notes_write"}
	if got := base.Labels(); !slices.Equal(got, want) {
		t.Errorf("labels %q, want %q", got, want)
	}
	if base.CaseName() != "" || rejected.CaseName() != "no text" || rejected.String() != "A/B: (x) && y (no text) on ada" {
		t.Errorf("%s and %s", base, rejected)
	}
	if base.Act() == rejected.Act() || base.Place().Line != 1 || rejected.Place().Line != 6 {
		t.Errorf("they stand at %s and %s", base.Place(), rejected.Place())
	}
}

func TestLabelText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"shop-oslo": "shop-oslo", " a|b\n": "a_b_", "": "_", "  ": "_", "blåbær": "blåbær"} {
		if got := labelText(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
