package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/budget"
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
	defer c.awaitJob(ctx)()
	a.unmade()
	if a.cell.Contract.Cleanup != nil {
		if a.wrote || slices.ContainsFunc(a.given, func(t *thing) bool { return t.made }) {
			c.own(ctx)
			c.ownDone()
		} else {
			a.unpromised()
		}
		c.removeBeside(ctx)
		c.removeMadeUp(ctx) // of which the contract's own calls know nothing
		c.leaveStrays()     // likewise
		return c.left, c.kept
	}
	if a.created != nil && a.wrote {
		c.removeAll(ctx, a.created, c.claimsSome())
	}
	c.removeBeside(ctx)
	c.removeMadeUp(ctx)
	c.leaveStrays()
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

// leaveStrays tells of what the act made on an account that did not send it: only the
// account that made a thing removes it.
func (c *cleaning) leaveStrays() {
	for _, t := range c.strays {
		c.astray(t)
		c.leave(t, "the provider stored it on another account than the one that sent it, where nothing of ours may be deleted", deleteText(t.resource))
	}
}

func deleteText(r *contracts.Resource) string {
	if r == nil || r.Delete == nil {
		return ""
	}
	return r.Delete.Text
}

// removeAll removes what one request made: the thing that its reply named, and
// every listed item that carries its marker. claimed says that the reply, or the
// lack of one, leaves it possible that something was made.
func (c *cleaning) removeAll(ctx context.Context, t *thing, claimed bool) {
	found, alike := map[string]*thing{}, map[string]*thing{}
	if t.key != nil {
		found[identityText(t.key)] = t
	}
	if t == c.created && c.bulk != nil {
		for _, item := range c.bulk.items {
			if item.key != nil {
				found[identityText(item.key)] = item
			}
		}
	}
	known := true
	if t == c.created || t.key == nil {
		var moved bool
		known, moved = c.searched(ctx, t, found, alike)
		if (known || moved) && claimed && c.missed(t, len(found)+len(alike)) && !t.said().IsZero() {
			known = c.landed(ctx, t, found, alike)
		}
	}
	c.removeFound(ctx, t, found, alike)
	if len(found)+len(alike) == 0 {
		c.unfound(ctx, t, known, claimed)
	}
}

// unfound tells what becomes of a thing of which nothing was found. Where the search was
// cut short even a refusal leaves open what there is: a sweep is to look again.
func (c *cleaning) unfound(ctx context.Context, t *thing, known, claimed bool) {
	deletable := t.resource != nil && !t.resource.Never
	switch {
	case t == c.created && deletable && c.mayCome() != "":
		c.leave(t, c.mayCome(), "")
	case !known && (claimed || ctx.Err() != nil) && deletable:
		c.leave(t, "it may have been made, but its identity was never learnt and the list could not be read", "")
	default:
		c.removed(t, journal.NeverMade)
	}
}

// removeFound removes what was found of a thing. The journal knows all of it before the
// first is deleted: a crash in between forgets none.
func (c *cleaning) removeFound(ctx context.Context, t *thing, found, alike map[string]*thing) {
	keys := slices.Sorted(maps.Keys(found))
	for _, key := range keys {
		if double := found[key]; double != t {
			c.seen(double)
		}
	}
	for _, key := range keys {
		c.remove(ctx, found[key])
	}
	c.leaveAlike(alike)
}

// leaveAlike names what holds the marker of a thing, and not as it was sent: it may
// be a copy of ours that was altered, or somebody else's that speaks of ours.
func (c *cleaning) leaveAlike(alike map[string]*thing) {
	for _, key := range slices.Sorted(maps.Keys(alike)) {
		c.leave(alike[key], "it holds the marker, but not as it was sent: an altered copy of what we made, or somebody else's that quotes it", "")
	}
}

// claimsSome tells whether something may have been made.
func (c *cleaning) claimsSome() bool {
	act := c.record.Act
	return act != nil && verdict.Claim(act) != contracts.Refused && !verdict.Miscarried(c.record)
}

// remove deletes one thing, if it is still there and provably ours.
func (c *cleaning) remove(ctx context.Context, t *thing) {
	r := t.resource
	switch {
	case r == nil:
		return // a call without a resource: there is nothing that says what it made
	case r.Never:
		if !c.madeByAct(t) || c.claimsSome() {
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

// remover is who deletes a thing: the role that its resource names, else who made it. What
// was made without credentials is found with the eyes of the account under test, and is that
// account's to remove: hardly a provider lets nobody delete.
func (a *attempt) remover(t *thing) *eyes {
	if as := t.resource.Delete.As; len(as) > 0 {
		if named, err := a.role(as[0]); err == nil {
			return named
		}
	}
	if t.maker == a.e.nobody {
		return a.me
	}
	return t.maker
}

// spendRemoval takes the write that was kept back for the removal of a thing, once.
func (c *cleaning) spendRemoval(t *thing, r *request) error {
	if t.removal == nil || *t.removal == 0 {
		return c.spendMore(c.remover(t), r)
	}
	*t.removal--
	return c.spend(c.remover(t), r)
}

// delete sends the deletion, and again only where it is told to come later; why says
// how it was answered.
func (c *cleaning) delete(ctx context.Context, t *thing) (done bool, why string) {
	who := c.remover(t)
	s := c.scopeOf(t)
	s.vars[t.resource.Name] = setPath(orEmptyValue(t.value()), keyPath(t.resource, nil), t.key)
	request, err := c.e.request(t.resource.Delete, s)
	if err != nil {
		return false, err.Error()
	}
	for try := 1; ; try++ {
		if err := c.spendRemoval(t, request); err != nil {
			return false, err.Error()
		}
		c.e.deleting(t)
		reply := c.e.transmit(ctx, who, request, &deed{what: request.line(), writes: true, deletion: true, gone: []string{identityText(t.key)}, by: c.record})
		c.note(reply)
		why = request.line() + " " + said(reply)
		if c.granted(reply) {
			return true, why
		}
		wait, throttled := c.e.retryIn(reply)
		if !throttled || wait > throttleBudget || try == throttleTries || budget.Pause(ctx, wait) != nil {
			return false, why
		}
	}
}

// deleting remembers a thing that is about to be deleted by clean-up.
func (e *Engine) deleting(t *thing) {
	e.deleted.Store(joined(t.resource.Name, identityText(t.key)), true)
}

// hasDeleted tells whether the run's clean-up has deleted, or tried to, the thing of a
// resource that had this key.
func (e *Engine) hasDeleted(r *contracts.Resource, key string) bool {
	if r == nil {
		return false
	}
	_, has := e.deleted.Load(joined(r.Name, key))
	return has
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
	seen, unread := false, 0
	look := func() (bool, error) {
		reading, err := c.readNow(ctx, p)
		if transient(reading) {
			unread++
		} else {
			unread = 0
		}
		p.had = p.had || reading.Known == verdict.Value
		c.unmask(ctx, p, &reading)
		c.unecho(ctx, p, &reading)
		seen = reading.Known == verdict.Absent || reading.Ghost || reading.Known == verdict.Value && (p.last == expr.Absent || !c.isOurs(t, p.last))
		return seen, err
	}
	if lag := c.took(t); lag > 0 {
		if _, err := look(); err != nil || seen || budget.Pause(ctx, lag*9/10) != nil {
			return err == nil && seen
		}
	}
	err := c.poll(ctx, deadline, look, func() error { return nil })
	for err == nil && !seen && 0 < unread && unread < mostUnread { // that it is still there nobody has said
		err = c.poll(ctx, deadline, look, func() error { return nil })
	}
	return err == nil && seen
}

// mostUnread is how many reads in a row may fail until nobody will say what is there.
const mostUnread = 12

// longestLag is the longest that a deletion is left alone for.
const longestLag = time.Second

// took is how long the thing took to show after the act that made it: its deletion
// will show no sooner, as a rule, and asking all the while would be of no use. 0 where
// that is not known, or so long that it is better to ask.
func (c *cleaning) took(t *thing) time.Duration {
	for i, p := range c.places {
		if p.thing != t || !c.madeByAct(t) || p.look != verdict.ByKey {
			continue
		}
		for _, reading := range c.record.Places[i].Readings {
			if lag := reading.SentAt - c.record.Act.SaidAt; reading.Known == verdict.Value && lag < longestLag {
				return max(lag, 0)
			}
		}
	}
	return 0
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
