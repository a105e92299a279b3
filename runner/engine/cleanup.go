package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// removalTries is how often a deletion that was refused is sent again. A deletion
// that was answered with success is never repeated.
const removalTries = 3

// A cleaning is the clean-up of one attempt.
type cleaning struct {
	*attempt
	left []Leftover
	kept int
}

// cleanUp removes what the attempt made, last first, and reads back that it is
// gone. What could not be removed is returned with the reason; kept counts what
// nothing can remove.
func (a *attempt) cleanUp(ctx context.Context) ([]Leftover, int) {
	c := &cleaning{attempt: a}
	a.unmade()
	if a.cell.Contract.Cleanup != nil {
		if a.wrote || c.anyMade() {
			c.own(ctx)
			c.ownDone()
		}
		return c.left, c.kept
	}
	if a.created != nil && a.wrote {
		c.removeAll(ctx, a.created, c.claimsSome())
	}
	for _, t := range a.strays { // only the account that made a thing removes it
		a.astray(t)
		c.leave(t, "the provider stored it on another account than the one that sent it, where nothing of ours may be deleted", deleteText(t.resource))
	}
	for i := len(a.given) - 1; i >= 0; i-- {
		if t := a.given[i]; t.made {
			c.removeAll(ctx, t, !t.refused)
		}
	}
	for _, t := range a.early { // one that was made all the same carries its marker
		c.removeAll(ctx, t, false)
	}
	return c.left, c.kept
}

func deleteText(r *contracts.Resource) string {
	if r == nil || r.Delete == nil {
		return ""
	}
	return r.Delete.Text
}

func (c *cleaning) anyMade() bool {
	for _, t := range c.given {
		if t.made {
			return true
		}
	}
	return false
}

// own sends the contract's own calls in place of the automatic clean-up.
func (c *cleaning) own(ctx context.Context) {
	for _, call := range c.cell.Contract.Cleanup {
		who, err := c.role(firstOr(call.As, "me"))
		if err == nil {
			err = c.ownDeleting()
		}
		if err == nil {
			err = c.clean(ctx, who, call)
		}
		switch {
		case err == nil, c.nothingMade() && speaksOf(call, c.created.name):
			// refused and never seen: what would be removed by its identity is not there
		default:
			c.leave(c.created, fmt.Sprintf("cleanup: %s", err), call.Text)
		}
	}
}

// nothingMade tells that the act was to make something, was refused, and that
// nothing of it was seen.
func (c *cleaning) nothingMade() bool {
	return c.created != nil && c.created.key == nil && !c.claimsSome()
}

// speaksOf tells whether a call names a thing in what it sends.
func speaksOf(call *contracts.Call, name string) bool {
	refs := append(append(refsIn(call.Query), refsIn(call.Headers)...), refsIn(call.Body)...)
	return inAddress(call, name) || slices.ContainsFunc(refs, func(ref []string) bool { return ref[0] == name })
}

func (c *cleaning) clean(ctx context.Context, who *eyes, call *contracts.Call) error {
	s := c.actScope()
	if c.created != nil {
		s = c.scopeOf(c.created)
		if c.created.key != nil && c.created.resource != nil {
			item := setPath(orEmptyValue(c.created.value()), keyPath(c.created.resource, nil), c.created.key)
			s.vars[c.created.name] = item
		}
	}
	request, err := c.e.request(call, s)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		reply := c.e.transmit(ctx, who, request, &deed{what: request.line(), deletion: true, by: c.attempt})
		c.note(reply)
		if c.granted(reply) {
			return nil
		}
		wait, throttled := c.e.retryIn(reply)
		if !throttled || try == removalTries || pause(ctx, min(wait, throttleBudget)) != nil {
			return fmt.Errorf("%s %s", request.line(), said(reply))
		}
	}
}

// removeAll removes what one request made: the thing that its reply named, and
// every listed item that carries its marker. claimed says that the reply, or the
// lack of one, leaves it possible that something was made.
func (c *cleaning) removeAll(ctx context.Context, t *thing, claimed bool) {
	found := map[string]*thing{}
	if t.key != nil {
		found[identityText(t.key)] = t
	}
	known := true
	if t == c.created || t.key == nil {
		known = c.searched(ctx, t, found)
	}
	for _, key := range sortedThings(found) { // all of them before the first is deleted: a crash in between forgets none
		if double := found[key]; double != t {
			c.seen(double)
		}
	}
	for _, key := range sortedThings(found) {
		c.remove(ctx, found[key])
	}
	switch {
	case len(found) > 0:
	case !known && claimed && t.resource != nil && !t.resource.Never:
		c.leave(t, "it may have been made, but its identity was never learnt and the list could not be read", "")
	default:
		c.removed(t, journal.NeverMade)
	}
}

// claimsSome tells whether something may have been made.
func (c *cleaning) claimsSome() bool {
	act := c.record.Act
	return act != nil && verdict.Claim(act) != contracts.Refused
}

// searched looks in the listing for items with the thing's marker; false when it
// could not be read to its end.
func (c *cleaning) searched(ctx context.Context, t *thing, found map[string]*thing) bool {
	if t.resource == nil || t.resource.List == nil || len(t.marked) == 0 {
		return t.key != nil
	}
	p, err := c.loose("list", t)
	if err != nil || p == nil {
		return false
	}
	for try := 0; try < removalTries; try++ {
		reading, err := c.readNow(ctx, p)
		if err != nil {
			return false
		}
		if reading.Known != verdict.Value {
			if pause(ctx, time.Duration(try+1)*100*time.Millisecond) != nil {
				return false
			}
			continue
		}
		for i := range p.listed.items {
			item := &p.listed.items[i]
			if found[item.key] == nil && item.identity != expr.Absent && t.carries(item) && t.pick(item) == t.unique {
				double := *t
				double.key, double.item = item.identity, item.raw
				found[item.key] = &double
			}
		}
		if reading.Complete {
			return true
		}
	}
	return false
}

func sortedThings(found map[string]*thing) []string {
	names := map[string]any{}
	for name := range found {
		names[name] = nil
	}
	return sortedKeys(names)
}

// remove deletes one thing, if it is still there and provably ours.
func (c *cleaning) remove(ctx context.Context, t *thing) {
	r := t.resource
	switch {
	case r == nil:
		return // a call without a resource: there is nothing that says what it made
	case r.Never:
		if t != c.created || c.claimsSome() {
			c.kept++
		}
		return
	case r.Delete == nil:
		c.leave(t, fmt.Sprintf("resource %q says neither `delete` nor `delete: never`", r.Name), "")
		return
	case t.key == nil:
		return // nothing was found that carries its marker
	}
	for try := 1; ; try++ {
		state, why := c.still(ctx, t)
		switch state {
		case gone:
			c.removed(t, journal.ReadBackGone)
			return
		case handedOn:
			c.removed(t, journal.NotOursAnyMore)
			return
		case unknown:
			c.leave(t, why, r.Delete.Text)
			return
		}
		if err := c.deleting(t); err != nil {
			c.leave(t, err.Error(), r.Delete.Text)
			return
		}
		done, why := c.delete(ctx, t)
		if done {
			if !c.seenGone(ctx, t) {
				c.leave(t, why+", and it is still there", r.Delete.Text)
				return
			}
			c.removed(t, journal.ReadBackGone)
			return
		}
		if try == removalTries {
			c.leave(t, why, r.Delete.Text)
			return
		}
	}
}

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
	for absent, gap := 0, 50*time.Millisecond; ; gap = min(2*gap, time.Second) {
		reading, err := c.readNow(ctx, p)
		c.unmask(ctx, p, &reading)
		switch {
		case err != nil:
			return unknown, err.Error()
		case reading.Known == verdict.Absent || p.last == expr.Absent:
			if absent++; absent >= believed || c.sawGone(t) {
				return gone, ""
			}
		case reading.Known == verdict.Value && c.isOurs(t, p.last):
			return ours, ""
		case reading.Known == verdict.Value:
			return c.strange(p.last)
		case time.Now().After(deadline):
			return unknown, "it could not be read back: " + reading.Why
		}
		if err := pause(ctx, gap); err != nil {
			return unknown, err.Error()
		}
	}
}

// sawGone tells whether the attempt last saw a thing gone by its key: the act has
// removed it, or it never was there.
func (c *cleaning) sawGone(t *thing) bool {
	for i, p := range c.places {
		if p.thing != t || p.look != verdict.ByKey || p.resource == nil {
			continue
		}
		readings := c.record.Places[i].Readings
		if n := len(readings); n > 0 && readings[n-1].Known == verdict.Absent && readings[n-1].Exchange > 0 {
			return true
		}
	}
	return false
}

// strange says what it means that something stands under a thing's identity that is
// not known to be ours: the identity was handed on. A sweep did not see how the
// thing lost its marker, if it did, and so cannot tell.
func (c *cleaning) strange(raw any) (state, string) {
	if c.late && len(markersIn(raw)) == 0 {
		return unknown, "what stands under its identity does not carry its marker: the marker was taken from it, or it is somebody else's by now"
	}
	return handedOn, ""
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

// isOurs tells whether an item carries the marker that the thing was made with or
// the act's. A thing whose make sends no marker is told by its identity; one that
// the act took the marker from, too.
func (c *cleaning) isOurs(t *thing, raw any) bool {
	markers := markersIn(raw)
	for _, marker := range markers {
		if marker == t.unique || marker == c.unique {
			return true
		}
	}
	if t.equalMarked(raw) { // the marker is a UUID
		return true
	}
	if len(markers) > 0 || c.late {
		return false
	}
	_, matches := raw.([]any) // what a page shows of it need not be what carries the marker
	return len(t.marked) == 0 || matches || c.lostMarker(t, raw)
}

// lostMarker tells whether the act, aimed at this thing, can have taken its marker
// away: it was read by us after the act just as it is now.
func (c *cleaning) lostMarker(t *thing, raw any) bool {
	for i, p := range c.places {
		if p.thing != t || p.look != verdict.ByKey {
			continue
		}
		if readings := c.record.Places[i].Readings; len(readings) > 0 {
			last := readings[len(readings)-1]
			return last.Known == verdict.Value && len(unlike(withoutNoise(last.Value, c.record.Places[i].Noise), view(t.resource, raw))) == 0
		}
	}
	return false
}

func withoutNoise(value any, noise [][]string) any {
	for _, path := range noise {
		if len(path) > 0 {
			value = setPath(value, path, expr.Absent)
		}
	}
	return value
}

// delete sends the deletion, and again only where it is told to come later; why says
// how it was answered.
func (c *cleaning) delete(ctx context.Context, t *thing) (done bool, why string) {
	who := t.maker
	if as := t.resource.Delete.As; len(as) > 0 {
		if named, err := c.role(as[0]); err == nil {
			who = named
		}
	}
	s := c.scopeOf(t)
	s.vars[t.resource.Name] = setPath(orEmptyValue(t.value()), keyPath(t.resource, nil), t.key)
	request, err := c.e.request(t.resource.Delete, s)
	if err != nil {
		return false, err.Error()
	}
	for try := 1; ; try++ {
		reply := c.e.transmit(ctx, who, request, &deed{what: request.line(), deletion: true, by: c.attempt})
		c.note(reply)
		why = request.line() + " " + said(reply)
		if c.granted(reply) {
			return true, why
		}
		wait, throttled := c.e.retryIn(reply)
		if !throttled || try == throttleTries || pause(ctx, min(wait, throttleBudget)) != nil {
			return false, why
		}
	}
}

// granted tells whether a deletion was answered with yes, or with "it is not there".
func (c *cleaning) granted(reply *wire.Reply) bool {
	if reply.Failure != nil || absentStatus(reply.Status) {
		return reply.Failure == nil
	}
	return reply.Status >= 200 && reply.Status < 300 && c.e.declined(reply) == ""
}

// seenGone reads until the thing is gone.
func (c *cleaning) seenGone(ctx context.Context, t *thing) bool {
	p, _ := c.readBack(t)
	if p == nil {
		return true
	}
	deadline := time.Now().Add(or(c.e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin))
	seen := false
	err := c.poll(ctx, deadline, func() (bool, error) {
		reading, err := c.readNow(ctx, p)
		p.had = p.had || reading.Known == verdict.Value
		c.unmask(ctx, p, &reading)
		seen = reading.Known == verdict.Absent || reading.Known == verdict.Value && (p.last == expr.Absent || !c.isOurs(t, p.last))
		return seen, err
	}, func() error { return nil })
	return err == nil && seen
}

func (c *cleaning) leave(t *thing, why, call string) {
	left := Leftover{Account: c.me.name, Call: call, Why: why}
	if t != nil {
		left.Account, left.Key, left.Marker = t.maker.name, identityText(t.key), t.unique
		if t.resource != nil {
			left.Resource = t.resource.Name
		}
	}
	c.left = append(c.left, left)
	if t != nil {
		c.stays(t, why)
	}
}
