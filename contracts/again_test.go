package contracts

import (
	"testing"
	"time"
)

// TestAgainIsRead reads an entry with every key that is no part of the request.
func TestAgainIsRead(t *testing.T) {
	c := oneContract(t, "call: POST /reviews\nbody: {title: a}\ncreates: review\nagain: {later: {effect: again, reply: same, after: 90s, status: 201}}\n")
	a := c.Again[0]
	if a.Name != "later" || a.After != 90*time.Second || a.Effect != Anew || !a.Same || !a.StatusSet {
		t.Errorf("%+v", a)
	}
	if plain := oneContract(t, "call: POST /reviews\nbody: {title: a}\ncreates: review\nagain: {twice: {}}\n").Again[0]; plain.After != 0 || plain.Effect == Anew || plain.Same || plain.StatusSet {
		t.Errorf("what is not written is read as %+v", plain)
	}
}
