package engine

import (
	"context"
	"fmt"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// takeAway removes the given things that the act is to speak of when they are not there
// any more, as clean-up would, and sees them gone. Their intents stay open: the act may
// bring them back.
func (a *attempt) takeAway(ctx context.Context) error {
	c := &cleaning{attempt: a}
	for i, given := range a.cell.Contract.Given {
		t := a.given[i]
		if !given.Removed {
			continue
		}
		if err := c.deleting(t); err != nil {
			return &haltError{"setup-failed", err.Error(), "nothing is sent that could not be found again after a crash"}
		}
		done, why := c.delete(ctx, t)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case !done:
			return &haltError{"setup-failed", fmt.Sprintf("given %s was to be removed: %s", t.name, why), fmt.Sprintf("`delete` of resource %q must be a call that its maker, or the role in its `as`, may send", t.resource.Name)}
		case !c.seenGone(ctx, t):
			return &haltError{"setup-failed", fmt.Sprintf("given %s was to be removed: %s, and it is still there", t.name, why), "a contract that deletes one would say whether the deletion is a lie"}
		}
		t.away, t.shown = true, nil // being absent is now what two looks must agree on
	}
	return nil
}

// unmaskAway takes a denial for absence at the places of things that were removed, where
// a key that never was is denied alike: these eyes had seen the thing.
func (a *attempt) unmaskAway(ctx context.Context, readings map[int]verdict.Reading) {
	for at, reading := range readings {
		p := a.places[at]
		if p.thing == nil || !p.thing.away && p.thing.instead == nil {
			continue
		}
		p.had = true
		a.unmask(ctx, p, &reading)
		readings[at] = reading
	}
}
