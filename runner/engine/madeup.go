package engine

import (
	"context"
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// What a case names and what never was may be there after all once the act is sent: many a
// PUT makes what it does not find. It is ours to remove then, like all that we make. Only
// what stands under the made-up identity is, which these eyes saw nothing under before; the
// same marker elsewhere is on what the act hit in its place, and that was there before us.

// mayMakeUp tells whether the act can make what its case has made up.
func (a *attempt) mayMakeUp() bool {
	return a.never != nil && a.cell.Act().Method != "DELETE" && actWrites(a.cell)
}

// intendMadeUp has on disk, before the act is sent, that it may make what its case made up.
func (a *attempt) intendMadeUp(call *contracts.Call, request *request) error {
	if !a.mayMakeUp() {
		return nil
	}
	t := a.never
	t.unique, t.uuid, t.keyFrom = a.unique, a.uuid, "request"
	t.sent = sentPart(t.resource, call, request)
	t.marked = markedFields(t.sent, a.unique, a.uuid)
	return a.intend(t, making{journal.Act, call, nil, request})
}

// answeredMadeUp tells the journal of the reply to what may have made it.
func (a *attempt) answeredMadeUp(reply *wire.Reply) {
	if !a.mayMakeUp() {
		return
	}
	a.never.made = a.wrote
	if a.e.leavesOpen(reply) {
		a.never.unanswered = time.Now()
	}
	a.answered(a.never, reply)
}

// removeMadeUp removes what the act has made under a made-up identity. What was never seen
// there costs no request.
func (c *cleaning) removeMadeUp(ctx context.Context) {
	switch t := c.never; {
	case t == nil:
	case !t.made || c.sawGone(t) || t.resource.Never && !c.showed(t):
		c.removed(t, journal.NeverMade)
	default:
		c.remove(ctx, t)
	}
}

// showed tells whether the watch has seen a thing by its key, or listed.
func (c *cleaning) showed(t *thing) bool {
	for i, p := range c.places {
		shows := func(r verdict.Reading) bool {
			return r.Known == verdict.Value && (p.look == verdict.ByKey || p.look == verdict.Listing && listsOwn(p, r))
		}
		if p.thing == t && slices.ContainsFunc(c.record.Places[i].Readings, shows) {
			return true
		}
	}
	return false
}

// ownKey tells whether a thing stands under an identity that was drawn for it: nobody else
// can have chosen that.
func (t *thing) ownKey() bool {
	key := identityText(t.key)
	return key != "" && key == t.chosen && slices.Contains(findMarkers(key), t.unique)
}

// cameByAct tells whether a thing is there by the act, if it is: it was to make it, or has
// made what its case had made up.
func (a *attempt) cameByAct(t *thing) bool {
	return a.madeByAct(t) || t != nil && t == a.never
}
