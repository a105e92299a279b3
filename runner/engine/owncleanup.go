package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// own sends the contract's own calls in place of the automatic clean-up.
func (c *cleaning) own(ctx context.Context) {
	for i, call := range c.cell.Contract.Cleanup {
		err := context.Cause(ctx)
		var who *eyes
		if err == nil {
			who, err = c.role(firstOr(call.As, "me"))
		}
		if err == nil {
			err = c.clean(ctx, who, i)
		}
		switch {
		case err == nil:
			c.redeemed(i, journal.OwnCleanUp)
		case c.nothingMade() && speaksOf(call, c.created.name):
			// refused and never seen: what would be removed by its identity is not there
			c.redeemed(i, journal.NeverMade)
		default:
			c.leave(c.created, fmt.Sprintf("cleanup: %s", err), call.Text)
			c.owed(i, err)
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

func (c *cleaning) clean(ctx context.Context, who *eyes, i int) error {
	request, err := c.cleanUpRequest(c.cell.Contract.Cleanup[i])
	if err != nil {
		return err
	}
	if err := c.ownDeleting(i); err != nil {
		return err
	}
	return c.dispatch(ctx, who, request)
}

// A maskedError is for a call that would send *** in the place of a secret.
type maskedError struct{ name string }

func (m *maskedError) Error() string {
	return fmt.Sprintf("%s holds a secret, which is masked as soon as it is read, so nobody could put it back", m.name)
}

// cleanUpRequest fills in a call of the contract's own clean-up.
func (a *attempt) cleanUpRequest(call *contracts.Call) (*request, error) {
	s := a.cleanUpScope()
	for _, ref := range callRefs(call) {
		value, _ := seenBy(s.vars, ref[0])
		if strings.Contains(jsonText(walkPath(value, ref[1:])), wire.Mask) {
			return nil, &maskedError{strings.Join(ref, ".")}
		}
	}
	return a.e.request(call, s)
}

// cleanUpScope is what the contract's own clean-up can refer to.
func (a *attempt) cleanUpScope() scope {
	if a.created == nil {
		return a.actScope()
	}
	s := a.scopeOf(a.created)
	if a.created.key != nil && a.created.resource != nil {
		s.vars[a.created.name] = setPath(orEmptyValue(a.created.value()), keyPath(a.created.resource, nil), a.created.key)
	}
	return s
}

// dispatch sends a call of the clean-up, and again only where it is told to come later.
func (c *cleaning) dispatch(ctx context.Context, who *eyes, request *request) error {
	spend := c.spend
	for try := 1; ; try++ {
		if err := spend(who, request); err != nil {
			return err
		}
		spend = c.spendMore
		reply := c.e.transmit(ctx, who, request, &deed{what: request.line(), writes: true, deletion: true, by: c.record})
		c.note(reply)
		if c.granted(reply) {
			return nil
		}
		wait, throttled := c.e.retryIn(reply)
		if !throttled || wait > throttleBudget || try == removalTries || budget.Pause(ctx, wait) != nil {
			err := fmt.Errorf("%s %s", request.line(), said(reply))
			if reply.Failure != nil && !reply.Failure.Sent {
				return &unsentError{err}
			}
			return err
		}
	}
}

// An unsentError is for what never went out.
type unsentError struct{ error }
