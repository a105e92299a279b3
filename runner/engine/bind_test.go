package engine

import (
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
)

func TestBindSharesPlaces(t *testing.T) {
	t.Parallel()
	contract := "contract: It changes\ngiven: note\ncall: PATCH /notes/{note.id}\nbody: {text: \"E ${unique}\"}\neffects:\n  - updates: note\n  - {shows: note, in: [read, list]}\n  - {name: so, expect: after.note.text != ''}\n"
	a := bound(t, desk{contracts: contract}.engine(newClerk(t, nil)))
	if len(a.places) != 3 { // read, list and the expression
		t.Errorf("%d places for what three can show", len(a.places))
	}
	if a.record.Effects[2].Ours != true || a.record.Effects[2].Verb != contracts.Expects {
		t.Errorf("the expression speaks of our own thing: %+v", a.record.Effects[2])
	}
}
