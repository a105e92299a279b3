package engine_test

import (
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// TestElsewhereAsksWhoTakesPart tells an account to store with its neighbour, in a run of
// these two: what went astray is found there, and nobody is asked without a credential.
func TestElsewhereAsksWhoTakesPart(t *testing.T) {
	t.Parallel()
	results := newBench(t, "shop-athens=misdirected-write").run(t, func(o *engine.Options) {
		o.Accounts, o.Contracts = []string{"shop-athens", "shop-warsaw"}, []string{"A submitted review is saved and listed"}
	})
	for _, r := range results {
		if r.Cell.Account.Name == "shop-athens" && r.Cell.Case == nil && r.Verdict.Kind != "misdirected-write" {
			t.Error(describe(r))
		}
		if n := len(r.Record.Elsewhere); n > 1 {
			t.Errorf("%s was seen elsewhere %d times", r.Cell, n)
		}
		for _, x := range r.Exchanges {
			if len(x.RequestHeader) == 0 || r.Cell.Case != nil && r.Cell.Case.Name == "not logged in" {
				continue
			}
			named := false
			for _, h := range x.RequestHeader {
				named = named || h.Name == "Authorization"
			}
			if !named {
				t.Errorf("%s: %s %s was sent without a credential", r.Cell, x.Method, x.URL)
			}
		}
	}
}
