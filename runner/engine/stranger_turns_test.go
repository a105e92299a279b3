package engine_test

import (
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// Cells run one at a time, in the order of the plan.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	server := newBilling(nil)
	m := meet(t, "billing", server, func(o *engine.Options) {
		o.OneAtATime, o.Accounts, o.Contracts = true, []string{"acct_1"}, []string{"A new customer*"}
	})
	m.requireTruth(t, 0)
	for i := 1; i < len(m.results); i++ {
		if m.results[i].Started.Before(m.results[i-1].Ended) {
			t.Errorf("%s began before %s ended", m.results[i].Cell, m.results[i-1].Cell)
		}
	}
}
