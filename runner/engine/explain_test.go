package engine

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	c := newClerk(t, nil)
	provider := strings.Replace(notesProvider, "    make:", "    fields: {seen: ignore, tags: set, at: {time: 2s}}\n    make:", 1)
	contract := "contract: It is edited\ngiven: note\ncall: PATCH /notes/{note.id}\nbody: {state: shown, text: \"E ${unique}\"}\nupdates: note\nfrom: {state: draft}\nset: {state: shown}\nalso: [slug]\nwithin: 2s\n"
	e := desk{provider: provider, contracts: contract}.engine(c)
	x, err := e.Explain(e.Cells()[0])
	if err != nil {
		t.Fatal(err)
	}
	effect := x.Effects[0]
	if want := []string{`before: state = "draft"`, `after: state = "shown"`, "every other field, except slug, is as before"}; !slices.Equal(effect.Done, want) {
		t.Errorf("done %q, want %q", effect.Done, want)
	}
	if effect.Sentence != "updates: note" || effect.At != "a.contract.yaml:5" || effect.Refused != "the thing is as before" {
		t.Errorf("%+v", effect)
	}
	if want := []string{"GET /notes/{key} as ada: within 2s, stays 0s, patience 2s"}; !slices.Equal(effect.Places, want) {
		t.Errorf("places %q, want %q", effect.Places, want)
	}
	if want := []string{"seen: ignored", "tags: compared as a set", "at: compared as a time, to 2s"}; !slices.Equal(effect.Masks, want) {
		t.Errorf("masks %q, want %q", effect.Masks, want)
	}
	if x.Writes != 3 || x.Longest < 2*time.Second || c.count("") > 0 { // given, act and clean-up
		t.Errorf("%d writes, %s, %d requests", x.Writes, x.Longest, c.count(""))
	}
}
