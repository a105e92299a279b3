package engine

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A case may make its thing under another parent than the contract does: POST
// /folders/{other.id}/notes in place of /folders/{folder.id}/notes. Its places follow it
// there, since it is the same effect with other input. They stay where they are if the case
// is to be refused and its parent is none of ours: nothing may be there to be read, and what
// was made in spite of it is not absent because the base's folder lacks it. Either way what
// is made may lie in both places, and is looked for in both when we clean up.

// moveParents finds the given things in whose place the case's call names something else.
func (a *attempt) moveParents(context.Context) error {
	if a.created == nil || a.created.resource == nil || a.cell.Case == nil || a.bulk != nil || a.first != nil {
		return nil
	}
	own, errOwn := a.e.request(a.cell.Contract.Act, a.actScope())
	cast, errCast := a.e.request(a.cell.Act(), a.actScope())
	if errOwn != nil || errCast != nil {
		return nil // the act will say why
	}
	moved, ours := a.movedParents(strings.Split(own.short(), "/"), strings.Split(cast.short(), "/"))
	if len(moved) == 0 {
		return nil
	}
	beside := *a.created
	beside.beside = true
	if ours || !a.cell.Case.Status.Refuses() {
		a.created.parents = moved
	} else {
		beside.parents = moved
		a.setAside()
	}
	a.beside = &beside
	return nil
}

// movedParents are the variables that stand for another thing in the case's path than in
// the contract's, with their values there; ours says that those are given things, too.
func (a *attempt) movedParents(own, cast []string) (moved map[string]any, ours bool) {
	if len(own) != len(cast) {
		return nil, false
	}
	moved, ours = map[string]any{}, true
	for i := range own {
		parent := a.givenBy(own[i])
		if own[i] == cast[i] || parent == nil {
			continue
		}
		to := a.givenBy(cast[i])
		ours = ours && to != nil
		value := setPath(orEmptyValue(parent.value()), keyPath(parent.resource, nil), unescape(cast[i]))
		if to != nil {
			value = to.value()
		}
		for _, name := range a.varsNaming(parent) {
			moved[name] = value
		}
	}
	return moved, ours
}

// givenBy is the given thing that a segment of a path is the identity of; nil for none.
func (a *attempt) givenBy(segment string) *thing {
	for _, t := range a.given {
		if key := identityText(t.key); key != "" && key == unescape(segment) {
			return t
		}
	}
	return nil
}

// varsNaming are the variables that stand for a given thing: its own name, and that of its
// resource where no other goes by it.
func (a *attempt) varsNaming(t *thing) []string {
	names := []string{t.name}
	if t.resource != nil && t.resource.Name != t.name && a.things[t.resource.Name] == nil && a.thingOf(t.resource.Name) == t {
		names = append(names, t.resource.Name)
	}
	return names
}

// setAside has the judge take nothing for absent that a case was to be refused under a
// parent of its own.
func (a *attempt) setAside() {
	for i := range a.record.Effects {
		if effect := &a.record.Effects[i]; effect.Verb == contracts.Creates && effect.Thing == a.created.name {
			effect.Aside = true
		}
	}
}

// intendBeside has on disk, before the act is sent, that it may make its thing in the other
// of the two places.
func (a *attempt) intendBeside(call *contracts.Call, request *request) error {
	if a.beside == nil {
		return nil
	}
	a.beside.sent, a.beside.marked = a.created.sent, a.created.marked
	return a.intend(a.beside, making{journal.Act, call, nil, request})
}

// answeredBeside tells the journal of the reply to what may have made something there.
func (a *attempt) answeredBeside(reply *wire.Reply) {
	if a.beside != nil {
		a.answered(a.beside, reply)
	}
}

// removeBeside removes what the act has made in the other place; if it was seen where it
// belongs nobody looks for a second.
func (c *cleaning) removeBeside(ctx context.Context) {
	t := c.beside
	switch {
	case t == nil:
		return
	case !c.wrote || c.showed(c.created):
		c.removed(t, journal.NeverMade)
		return
	}
	found, alike := map[string]*thing{}, map[string]*thing{}
	known := c.searchedBeside(ctx, t, found, alike)
	if len(found) == 0 && c.created.key != nil { // a list may lag, and there may be none
		named := *t
		named.key, named.keyFrom = c.created.key, c.created.keyFrom
		if c.readsAsOurs(ctx, &named) {
			found[identityText(named.key)] = &named
		}
	}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		c.seen(found[key])
	}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		c.remove(ctx, found[key])
	}
	c.leaveAlike(alike)
	switch {
	case len(found)+len(alike) > 0:
	case !known && (c.claimsSome() || ctx.Err() != nil) && !t.resource.Never:
		c.leave(t, "it may have been made under the parent that the case names, whose list could not be read", "")
	default:
		c.removed(t, journal.NeverMade)
	}
}

// searchedBeside looks once for what was made in the other place: a parent that is not
// there has nothing under it.
func (c *cleaning) searchedBeside(ctx context.Context, t *thing, found, alike map[string]*thing) (known bool) {
	p, err := c.loose("list", t)
	if err != nil || p == nil || !t.bears() {
		return t.resource.List == nil && c.created.key != nil
	}
	reading, err := c.readNow(ctx, p)
	if err != nil || reading.Known != verdict.Value {
		return err == nil && absentStatus(reading.Status)
	}
	t.findIn(p.listed, found, alike)
	return reading.Complete
}

// readsAsOurs reads a thing once by its key, and tells whether it is there and ours.
func (c *cleaning) readsAsOurs(ctx context.Context, t *thing) bool {
	p, err := c.loose("read", t)
	if err != nil || p == nil {
		return false
	}
	reading, err := c.readNow(ctx, p)
	return err == nil && reading.Known == verdict.Value && c.isOurs(t, p.last)
}

// under lays the parents of a thing over the variables of its calls.
func (s scope) under(t *thing) scope {
	if t != nil {
		maps.Copy(s.vars, t.parents)
	}
	return s
}
