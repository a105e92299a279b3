package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// cleanUpAgain removes what the second act made, before the rest is cleaned up.
func (a *attempt) cleanUpAgain(ctx context.Context) ([]Leftover, int) {
	b := a.second
	if b == nil || b.created == nil {
		return nil, 0
	}
	c := &cleaning{attempt: b}
	defer c.awaitJob(ctx)()
	b.unmadeAgain()
	if b.wrote {
		c.removeAgain(ctx)
	}
	c.removeBeside(ctx)
	c.leaveStrays()
	return c.left, c.kept
}

// unmadeAgain tells the journal of a second act that never went out.
func (b *attempt) unmadeAgain() {
	if !b.wrote {
		b.removed(b.created, journal.NeverMade)
	}
}

// removeAgain removes what carries the second act's marker, but what the first made:
// that is removed as in every cell.
func (c *cleaning) removeAgain(ctx context.Context) {
	claimed := c.record.Act == nil || verdict.Claim(c.record.Act) == contracts.Unclear || !c.record.Idle() && c.claimsSome()
	if c.first.cell.Contract.Cleanup == nil {
		c.removeAll(ctx, c.created, claimed)
		return
	}
	found, alike := map[string]*thing{}, map[string]*thing{}
	if c.created.key != nil {
		found[identityText(c.created.key)] = c.created
	}
	known, moved := c.searched(ctx, c.created, found, alike)
	if (known || moved) && claimed && len(found)+len(alike) == 0 {
		known = c.landed(ctx, c.created, found, alike)
	}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		c.ownAgain(ctx, found[key])
	}
	c.leaveAlike(alike)
	if len(found)+len(alike) == 0 {
		c.unfound(ctx, c.created, known, claimed)
	}
}

// ownAgain sends those calls of the contract's own clean-up that name what the act makes,
// for a second thing. The others put back what two acts have changed as well as one.
func (c *cleaning) ownAgain(ctx context.Context, t *thing) {
	double := *c.first
	double.things, double.created, double.promised = maps.Clone(c.first.things), t, nil
	double.things[c.first.created.name] = t
	own := &cleaning{attempt: &double}
	for i, call := range c.first.cell.Contract.Cleanup {
		if !speaksOf(call, c.first.created.name) {
			continue
		}
		who, err := c.role(firstOr(call.As, "me"))
		if err == nil {
			err = own.clean(ctx, who, i)
		}
		if err != nil {
			c.leave(t, fmt.Sprintf("cleanup: %s", err), call.Text)
			return
		}
	}
	c.removed(t, journal.OwnCleanUp)
}
