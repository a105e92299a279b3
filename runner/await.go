package runner

import (
	"context"
	"errors"
	"fmt"

	"github.com/onsi/ginkgo/v2"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// Await gives what became of a contract on an account, for specs of your own
// that ask more of a result than that it is kept:
//
//	It("says why", Serial, func(ctx SpecContext) {
//		Expect(runner.Await(ctx, "Publishing a review makes it public", "shop-oslo")).To(runner.HaveLied("lost-write"))
//	})
//
// The contract is a title of a folder that was declared, "title (case)" for a
// case of it. It is the result of the cell's own spec: the act is sent once,
// whoever asks first. That is why, under ginkgo -p, the spec that asks must be
// Serial: only one process carries cells out.
//
// A spec that asks before ours have begun waits for this one cell, and the
// others begin behind it. In a container with ginkgo.SpecPriority(-2) it comes
// behind ours, when all are on their way.
func Await(ctx context.Context, contract, account string) (*engine.Result, error) {
	spec := ginkgo.CurrentSpecReport()
	if spec.RunningInParallel && !spec.IsSerial {
		return nil, errors.New("a spec that awaits a contract must be Serial, or a second process would send the act again")
	}
	for _, s := range declared.all() {
		for _, planned := range s.cells {
			if called(planned) != contract || planned.Account.Name != account {
				continue
			}
			e, err := s.start()
			if err != nil {
				return nil, err
			}
			c := s.cell(planned)
			if c == nil {
				break
			}
			return e.Await(ctx, c)
		}
	}
	return nil, fmt.Errorf("no contract %q on account %q was declared", contract, account)
}

// called is the name of a cell's contract and case.
func called(c *engine.Cell) string {
	if name := c.CaseName(); name != "" {
		return fmt.Sprintf("%s (%s)", c.Contract.Title, name)
	}
	return c.Contract.Title
}
