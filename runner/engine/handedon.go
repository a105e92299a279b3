package engine

import (
	"fmt"
	"slices"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Where identities are handed out again, what is done to a thing that is not there any more is
// done to whoever got its identity since: a DELETE that is repeated removes a colleague's thing.
// So the reads right before such an act must not show one. That another cell of ours makes its
// thing between that read and the act, and loses it, is told by what our deletions named: see
// verdict.Beside. To have no other cell on the account meanwhile costs a run of twelve
// accounts more than a minute, since cells that act as somebody else wait in rings.

// handedOn stops an attempt before its act where something that is not ours stands under the
// identity of a thing that was removed: by us, or by the first of two acts.
func (a *attempt) handedOn() error {
	for at, p := range a.places {
		if p.thing != nil && (p.thing.away || a.first != nil && a.deletes(p.thing)) && a.showsStranger(at) {
			return &haltError{"setup-failed", fmt.Sprintf("given %s was removed, and something stands under its identity again", p.thing.name), "run it again where nobody else makes things"}
		}
	}
	return nil
}

// showsStranger tells whether a place shows, under the identity of its thing, what does not carry
// its marker. What was removed before the act was seen gone: whatever is there again is somebody's.
// After an act that was merely answered, a replica that lags may still show our own.
func (a *attempt) showsStranger(at int) bool {
	p, last := a.places[at], a.lastReading(at)
	switch {
	case last == nil || last.Known != verdict.Value:
		return false
	case p.look == verdict.Listing:
		return slices.ContainsFunc(last.Items, func(i verdict.Item) bool {
			return i.Key == identityText(p.thing.key) && i.Marker != p.thing.unique && !p.thing.away
		})
	case p.look != verdict.ByKey:
		return false
	case p.thing.away:
		return true
	}
	return p.last == expr.Absent || !p.thing.ownKey() && p.thing.traceIn(p.last) == noTrace
}
