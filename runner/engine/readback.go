package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// What a thing is like when it is read back.
type state int

const (
	gone     state = iota
	handedOn       // its identity is somebody else's now
	ours
	unknown
)

// believed is how often a thing that nobody was seen to remove must be absent until
// it is taken for gone: a replica that lags says 404 of what is there.
const believed = 5

// still reads a thing back before it is deleted: only what carries our marker, or
// cannot carry one, is ours to remove.
func (c *cleaning) still(ctx context.Context, t *thing) (state, string) {
	p, why := c.readBack(t)
	if p == nil {
		return unknown, why
	}
	deadline := time.Now().Add(or(c.e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin))
	absent, gap := 0, 50*time.Millisecond
	for try := 1; ; try, gap = try+1, min(2*gap, time.Second) {
		begun := time.Now()
		reading, err := c.readNow(ctx, p)
		c.unmask(ctx, p, &reading)
		switch {
		case err != nil:
			return unknown, err.Error()
		case reading.Known == verdict.Absent || p.last == expr.Absent:
			if absent++; c.sawGone(t) || absent >= believed && !c.fresh(t) {
				return gone, ""
			}
		case reading.Known == verdict.Value && c.isOurs(t, p.last):
			if wait := c.maybeGoing(t, time.Now()); wait > 0 {
				gap = max(min(gap, wait), time.Millisecond)
				break
			}
			if c.late { // the call that deletes it may name more of it than its identity
				t.item = p.last
			}
			return ours, ""
		case reading.Known == verdict.Value:
			return c.strange(t, p.last)
		case begun.After(deadline) && try >= believed+2*absent: // one that waited for its own turn has not been asked often, and one that answers now and then will again
			return unknown, "it could not be read back: " + reading.Why
		}
		if err := budget.Pause(ctx, gap); err != nil {
			return unknown, err.Error()
		}
	}
}

// maybeGoing is how long a thing may still be shown that the act has deleted: reads lag,
// and where the run was stopped just then nobody has waited for them. Deleting it a
// second time would tell the provider what it has done already.
func (c *cleaning) maybeGoing(t *thing, now time.Time) time.Duration {
	act := c.record.Act
	if act == nil || verdict.Claim(act) == contracts.Refused {
		return 0
	}
	for _, effect := range c.record.Effects {
		if effect.Verb == contracts.Deletes && c.things[effect.Thing] == t && (effect.Item > 0 || c.bulk == nil) {
			within := or(c.e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin)
			return c.epoch.Add(act.SaidAt).Add(within).Sub(now)
		}
	}
	return 0
}

// fresh tells whether a thing that was answered with yes has not yet had the time in
// which effects appear. That nobody sees it says nothing then: a run that is stopped
// right after a creation would leave it behind.
func (c *cleaning) fresh(t *thing) bool {
	if t.refused || c.cameByAct(t) && !c.claimsSome() {
		return false
	}
	within := or(c.e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin)
	if c.cameByAct(t) {
		within = c.longestWithin()
	}
	return time.Since(t.said()) < within
}

// sawGone tells whether the attempt last saw a thing gone by its key: the act has
// removed it, or it never was there. A watch that was broken off saw too little of it.
func (c *cleaning) sawGone(t *thing) bool {
	if c.second != nil && t != c.created { // it looked last
		return (&cleaning{attempt: c.second}).sawGone(t)
	}
	if c.record.Halt != nil || c.cameByAct(t) && c.fresh(t) {
		return false
	}
	for i, p := range c.places {
		if p.thing != t || p.look != verdict.ByKey || p.resource == nil {
			continue
		}
		readings := c.record.Places[i].Readings
		n := len(readings)
		if n == 0 || readings[n-1].Known != verdict.Absent || readings[n-1].Exchange == 0 {
			continue
		}
		was := func(r verdict.Reading) bool { return r.Known == verdict.Value }
		if !c.cameByAct(t) || !slices.ContainsFunc(readings, was) { // what comes and goes may come again
			return true
		}
	}
	return false
}

// strange says what it means that something stands under a thing's identity that is
// not known to be ours: the identity was handed on. A sweep did not see how the
// thing lost its marker, if it did, and so cannot tell.
func (c *cleaning) strange(t *thing, raw any) (state, string) {
	before, _ := c.listedBefore(t)
	switch {
	case c.record.Act != nil && c.deletes(t) && !t.carriesOther(raw) && !t.isUnlike(raw): // it may be ours, and only have lost its text
	case t.carriesOther(raw), !c.late && (!c.cameByAct(t) || before):
		return handedOn, ""
	case len(markersIn(raw)) > 0:
		return unknown, "what stands under its identity holds its marker, but not as it was sent: it was changed since, or it is somebody else's and quotes it"
	}
	return unknown, "what stands under its identity does not carry its marker: the marker was taken from it, or it is somebody else's by now"
}

// readBack is the place through which a thing is read back: by key, or in the list.
func (c *cleaning) readBack(t *thing) (*place, string) {
	for _, name := range []string{"read", "list"} {
		if p, err := c.loose(name, t); err == nil && p != nil {
			p.had = t.item != nil // these eyes, or the reply, had it
			return p, ""
		}
	}
	return nil, fmt.Sprintf("resource %q has neither read nor list to see it by", t.resource.Name)
}

// isOurs tells whether an item under a thing's identity carries the marker that the
// thing was made with or the act's. A thing whose make sends no marker is told by its identity; one that
// the act took the marker from, too.
func (c *cleaning) isOurs(t *thing, raw any) bool {
	switch t.traceIn(raw) {
	case entirely, partly:
		return true
	case mentioned: // this run saw how its identity was given, a sweep did not
		return !c.late
	}
	switch {
	case t.carriesOther(raw):
		return false
	case t.ownKey():
		return true
	case c.late || t.instead != nil && !t.bears():
		return false
	}
	if t.maybeJobs && t.keyFrom == "body" && c.mayBeForeign(t) {
		return false
	}
	_, matches := raw.([]any) // what a page shows of it need not be what carries the marker
	return !t.bears() || matches || !c.mayBeForeign(t) && c.lostMarker(t, raw)
}

// mayBeForeign tells whether a thing that the act made may be somebody else's: a
// reply can name any identity. One that was drawn here, or that no complete listing
// had before the act, is new, marker or none.
func (c *cleaning) mayBeForeign(t *thing) bool {
	if !c.cameByAct(t) || t.keyFrom == "request" {
		return false
	}
	before, known := c.listedBefore(t)
	return before || !known
}

// listedBefore tells whether a thing's identity stood in the list before the act;
// known is false where no complete listing says.
func (c *cleaning) listedBefore(t *thing) (before, known bool) {
	for _, p := range c.places {
		if n := len(p.before); (p.thing == t || c.cameByAct(t) && p.thing == c.created) && p.look == verdict.Listing && n > 0 && p.before[n-1].complete {
			return !p.isNew(identityText(t.key)), true
		}
	}
	return false, false
}

// deletes tells whether the act is to delete a thing.
func (a *attempt) deletes(t *thing) bool {
	return slices.ContainsFunc(a.cell.Contract.Effects, func(e *contracts.Effect) bool {
		return e.Verb == contracts.Deletes && a.things[e.Thing] == t
	})
}

// carriesOther tells whether an item carries a marker of ours, and none of this thing's.
func (t *thing) carriesOther(raw any) bool {
	markers := markersIn(raw)
	return len(markers) > 0 && !slices.ContainsFunc(markers, func(m string) bool { return m == t.unique || m == t.marker })
}

// lostMarker tells whether the act, aimed at this thing, can have taken its marker
// away: it was read by us after the act just as it is now.
func (c *cleaning) lostMarker(t *thing, raw any) bool {
	if c.deletes(t) {
		return false // what is deleted keeps its marker or goes: this may be whoever got its identity since
	}
	if c.second != nil { // it looked last
		return (&cleaning{attempt: c.second}).lostMarker(t, raw)
	}
	for i, p := range c.places {
		if p.thing != t || p.look != verdict.ByKey {
			continue
		}
		if readings := c.record.Places[i].Readings; len(readings) > 0 {
			last := readings[len(readings)-1]
			return last.Known == verdict.Value && len(unlike(pruned(last.Value, c.record.Places[i].Noise), view(t.resource, raw))) == 0
		}
	}
	return false
}
