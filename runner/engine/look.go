package engine

import (
	"context"
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// mostLooks is how often a place that gives no two readings that agree is read after all, where
// the time for it is over: what waited for its own turn, or had to go through a long list, was not
// read often until then, and two reads that fail say nothing about the place. Who takes that long
// to answer is not waited for as often.
const mostLooks = 8

// look reads every place of the footprint before the act until two readings in a
// row agree on presence. What differs between the two moves by itself.
func (a *attempt) look(ctx context.Context) error {
	a.nameMadeUp()
	readable := a.readableBefore()
	within := or(a.e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin)
	if err := a.awaitListed(ctx, time.Now().Add(within)); err != nil {
		return err
	}
	if err := a.awaitBase(ctx, time.Now().Add(within)); err != nil {
		return err
	}
	deadline := time.Now().Add(within)
	pending, second := readable, false
	for asked, gap := 1, 20*time.Millisecond; len(pending) > 0; asked, gap = asked+1, min(gap*3/2, time.Second) {
		begun := time.Now()
		readings, err := a.readAll(ctx, pending)
		if err != nil {
			return err
		}
		a.unmaskAway(ctx, readings)
		if a.first != nil {
			a.unmaskAll(ctx, readings)
		}
		pending = a.keepBefore(readings)
		if len(pending) == 0 || begun.After(deadline) && (asked >= mostLooks || begun.After(deadline.Add(mostLooks/2*within))) {
			break
		}
		if second { // which follows the first at once
			if err := budget.Pause(ctx, gap); err != nil {
				return err
			}
		}
		second = true
	}
	a.confirmMadeUp()
	readable = slices.DeleteFunc(readable, func(at int) bool { return at >= len(a.places) })
	if err := a.unreadable(readable); err != nil {
		return err
	}
	if err := a.handedOn(); err != nil {
		return err
	}
	for _, at := range readable {
		a.setNoise(at)
		a.places[at].resting = false
	}
	a.refreshThings()
	a.lookExpressions()
	a.snapshot()
	for _, p := range a.places {
		p.forget()
	}
	return nil
}

// forget lets go of what a listing before the act showed, but for whose things they
// were: a thousand cells wait at the same time, each with a whole page.
func (p *place) forget() {
	if p.look != verdict.Listing {
		return
	}
	slim := map[*listing]*listing{nil: nil} // both looks may have brought home the same
	for i, full := range p.before {
		if slim[full] == nil {
			slim[full] = full.keys()
		}
		p.before[i] = slim[full]
	}
	if slim[p.listed] == nil && p.listed != nil {
		slim[p.listed] = p.listed.keys()
	}
	p.got, p.listed = nil, slim[p.listed]
}

// readableBefore leaves out expressions, the act's own reply, its job, and inboxes, which keep what came before the act. What is to be
// made has no key yet: by key it is absent, and nothing is sent for that.
func (a *attempt) readableBefore() []int {
	var places []int
	for i, p := range a.places {
		if p.look == verdict.Expression || p.look == verdict.Reply && p.probe != verdict.Base || p.look == verdict.Job || p.look == verdict.Inbox {
			continue
		}
		places = append(places, i)
	}
	return places
}

// keepBefore keeps the last two readings of each place, and gives the places that
// need another: fewer than two, not agreeing on presence, or not known.
func (a *attempt) keepBefore(readings map[int]verdict.Reading) []int {
	var again []int
	for at := range a.places {
		reading, read := readings[at]
		if !read {
			continue
		}
		p, recorded := a.places[at], &a.record.Places[at]
		if p.drifted(reading) && slices.ContainsFunc(recorded.Before, func(r verdict.Reading) bool { return r.Complete }) {
			if len(recorded.Before) < 2 || !agree(p, recorded.Before) {
				again = append(again, at)
			}
			continue // what whole listings said before it stands
		}
		recorded.Before = append(slices.DeleteFunc(recorded.Before, transient), reading)
		if n := len(recorded.Before); n > 1 && transient(reading) {
			recorded.Before = recorded.Before[:n-1] // what was known before it stands
		}
		if p.look == verdict.Listing && reading.Known == verdict.Value {
			p.before = append(p.before, p.listed)
		}
		if n := len(recorded.Before); n > 2 {
			recorded.Before = append([]verdict.Reading{}, recorded.Before[n-2:]...)
		}
		if n := len(p.before); n > 2 {
			p.before = p.before[n-2:]
		}
		if len(recorded.Before) < 2 || !agree(p, recorded.Before) {
			again = append(again, at)
		}
	}
	return again
}

// transient tells whether a reading failed in a way that may be over when it is asked
// again: anything but a denial. It says nothing, and is dropped.
func transient(r verdict.Reading) bool {
	denied := r.Status >= 400 && r.Status < 500 && r.Status != 429 && r.Status != 425 && r.Status != 408
	return r.Known == verdict.Unsure && !denied
}

// agree tells whether two readings say the same about presence. A denial that
// comes twice will not become anything else by asking again; a listing of which a
// page drifted says nothing of what it lacks, however often it does.
func agree(p *place, before []verdict.Reading) bool {
	one, two := before[0], before[1]
	if one.Known == verdict.Unsure || two.Known == verdict.Unsure {
		return one.Known == two.Known && one.Status == two.Status && !transient(one)
	}
	there := showsOwn(p, one)
	if there != showsOwn(p, two) || !there && p.shown() || there && p.thing != nil && p.thing.away {
		return false // what was removed and seen gone may be shown once more by a replica that lags
	}
	return p.look != verdict.Listing || one.Complete && two.Complete
}

// shown tells whether these eyes have seen the given thing here before: then only
// its presence counts as agreement, since two looks at a replica that lags agree
// on its absence, too.
func (p *place) shown() bool {
	return p.thing != nil && p.thing.shown[p.id()+" as "+p.eyes.name]
}

func (p *place) markShown() {
	if p.thing.shown == nil {
		p.thing.shown = map[string]bool{}
	}
	p.thing.shown[p.id()+" as "+p.eyes.name] = true
}

func isValue(r verdict.Reading) bool { return r.Known == verdict.Value }

// showsOwn tells whether a reading shows the place's thing.
func showsOwn(p *place, r verdict.Reading) bool {
	if p.look == verdict.Listing || p.look == verdict.Reply && r.Value == nil { // a reply that lists
		return listsOwn(p, r)
	}
	return r.Known == verdict.Value
}

// drifted tells whether a reading is a listing that proves nothing by what it lacks, and
// lacks the place's thing.
func (p *place) drifted(r verdict.Reading) bool {
	return p.look == verdict.Listing && r.Known == verdict.Value && !r.Complete && !listsOwn(p, r)
}

func listsOwn(p *place, r verdict.Reading) bool {
	for _, item := range r.Items {
		if p.thing != nil && (item.Key == identityText(p.thing.key) || len(p.thing.each) > 0 && item.Marker == p.thing.unique) {
			return true
		}
	}
	return false
}

// setNoise names the fields that moved between the two readings before the act.
func (a *attempt) setNoise(at int) {
	recorded := &a.record.Places[at]
	if len(recorded.Before) < 2 {
		return
	}
	one, two := recorded.Before[0], recorded.Before[1]
	if one.Known != verdict.Value || two.Known != verdict.Value || a.places[at].look == verdict.Listing {
		return
	}
	recorded.Noise = differing(one.Value, two.Value)
}

// awaitListed waits until a given thing is seen in every place that it must later
// be gone from: a place that never showed it could not tell. Where it is to be
// hidden it may never have been seen; that is waited for only where these eyes saw
// such things before, since otherwise every guard would cost its whole deadline.
func (a *attempt) awaitListed(ctx context.Context, deadline time.Time) error {
	start := time.Now()
	for _, effect := range a.record.Effects {
		if effect.Verb != contracts.Deletes && effect.Verb != contracts.Updates && effect.Verb != contracts.Hides {
			continue
		}
		for _, where := range effect.Where {
			p := a.places[where.Place]
			if a.first != nil && effect.Verb != contracts.Updates {
				continue // it is as the first act left it: deleted, or hidden
			}
			if p.thing == nil || p.thing == a.created || effect.Verb == contracts.Hides && !a.e.sightings.any(p) {
				continue
			}
			until := deadline
			if lag := a.lag(p); lag != nil && start.Add(*lag).After(until) {
				until = start.Add(*lag)
			}
			err := a.poll(ctx, until, func() (bool, error) {
				reading, err := a.readNow(ctx, p)
				if !showsOwn(p, reading) {
					return false, err
				}
				p.markShown()
				return true, err
			}, func() error { return nil })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// refreshThings makes the variable of each given thing its item as last read.
func (a *attempt) refreshThings() {
	for _, p := range a.places {
		if p.resource == nil || p.thing == nil || p.thing == a.created || p.last == expr.Absent {
			continue
		}
		if _, unknown := p.last.(expr.Unknown); unknown || p.look == verdict.Selection {
			continue
		}
		if p.eyes == a.me || p.thing.item == nil {
			p.thing.item = p.last
		}
	}
}

// lookExpressions answers every expression with after standing for before.
func (a *attempt) lookExpressions() {
	for i, p := range a.places {
		if p.look != verdict.Expression {
			continue
		}
		a.record.Places[i].Before = []verdict.Reading{a.evaluate(p)}
		a.record.Places[i].Stirred = a.stirred(p)
	}
}

// lie lets the given things lie untouched before a second attempt, so that what
// changes by itself shows itself.
func (a *attempt) lie(ctx context.Context, rest time.Duration) error {
	readings, err := a.readAll(ctx, a.readableBefore())
	if err != nil {
		return err
	}
	for at, reading := range readings {
		a.record.Places[at].Rested = []verdict.Reading{reading}
		if p := a.places[at]; p.look == verdict.Listing && p.listed != nil {
			p.before, p.rested, p.resting = []*listing{p.listed}, p.listed, true
		}
	}
	start := time.Now()
	if err := budget.Pause(ctx, rest/2); err != nil {
		return err
	}
	if err := a.restOn(ctx); err != nil {
		return err
	}
	if err := budget.Pause(ctx, time.Until(start.Add(rest))); err != nil {
		return err
	}
	a.record.Cell.Rest = time.Since(start)
	return nil
}
