package engine

import (
	"context"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A case may make its thing under another parent than the contract does: POST
// /folders/{other.id}/notes in place of /folders/{folder.id}/notes, or /projects/8/notes
// where `vars` of the suite give {project} another value. Its places follow it
// there, since it is the same effect with other input. They stay where they are if the case
// is to be refused and its parent is none of ours: nothing may be there to be read, and what
// was made in spite of it is not absent because the base's folder lacks it. Nor do those of
// a second act that is to make nothing. Either way what
// is made may lie in both places, and is looked for in both when we clean up.

// moveParents finds the given things and vars in whose place the case's call, or that of a
// second act, names something else.
func (a *attempt) moveParents(context.Context) error {
	if a.created == nil || a.created.resource == nil || a.cell.Case == nil {
		return nil
	}
	own, cast, err := a.bothRequests()
	if err != nil {
		return nil // the act will say why
	}
	moved := a.moved(own, cast, a.created.resource)
	if moved.empty() {
		return nil
	}
	beside := *a.created
	beside.beside = true
	switch {
	case a.record.Idle():
		moved.to(&beside)
	case moved.ours || !a.cell.Case.Status.Refuses():
		moved.to(a.created)
	default:
		moved.to(&beside)
		a.setAside()
	}
	a.beside = &beside
	return nil
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
	a.beside.sent, a.beside.marked, a.beside.each = a.created.sent, a.created.marked, a.created.each
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
	case !c.wrote || c.bulk == nil && c.showed(c.created):
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
	c.removeFound(ctx, t, found, alike)
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
