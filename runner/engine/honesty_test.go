package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Lies and twins are told by eleven accounts at a time, each its own, so that one
// run tries many; shop-oslo keeps to itself.
func tellers() []string {
	var names []string
	for _, account := range reviewhub.Accounts() {
		if account.Name != "shop-oslo" {
			names = append(names, account.Name)
		}
	}
	return names
}

// batches deals behaviours out to the tellers, those that the same contract shows
// together: a lie about one call changes what cells of other contracts see.
func batches(behaviours []reviewhub.Behaviour) []map[string]reviewhub.Behaviour {
	names := tellers()
	filling := map[string]map[string]reviewhub.Behaviour{}
	var all []map[string]reviewhub.Behaviour
	for _, b := range behaviours {
		batch := filling[b.Contract]
		if batch == nil || len(batch) == len(names) {
			batch = map[string]reviewhub.Behaviour{}
			filling[b.Contract] = batch
			all = append(all, batch)
		}
		batch[names[len(batch)]] = b
	}
	return all
}

// lanes is how many batches are run side by side: each keeps a machine of two cores busy, and
// waits for most of its time.
const lanes = 3

func inLanes(t *testing.T, all []map[string]reviewhub.Behaviour, run func(t *testing.T, batch map[string]reviewhub.Behaviour)) {
	for lane := range lanes {
		t.Run(fmt.Sprintf("lane %d", lane+1), func(t *testing.T) {
			t.Parallel()
			for at := lane; at < len(all); at += lanes {
				t.Run("", func(t *testing.T) { run(t, all[at]) })
			}
		})
	}
}

func told(batch map[string]reviewhub.Behaviour) []string {
	var lies []string
	for account, b := range batch {
		lies = append(lies, account+"="+b.Name)
	}
	return lies
}

func TestEveryLieIsNamed(t *testing.T) {
	t.Parallel()
	var lies []reviewhub.Behaviour
	for _, lie := range reviewhub.Lies() {
		if lie.Name != reviewhub.Incident().Name { // that one has a test of its own
			lies = append(lies, lie)
		}
	}
	inLanes(t, batches(lies), func(t *testing.T, batch map[string]reviewhub.Behaviour) {
		results := newBench(t, told(batch)...).run(t, func(o *engine.Options) {
			o.Accounts = accountsOf(batch)
			for _, lie := range batch {
				o.Contracts = []string{lie.Contract}
			}
		})
		for account, lie := range batch {
			requireKind(t, results, account, lie)
		}
	})
}

func accountsOf(batch map[string]reviewhub.Behaviour) []string {
	var names []string
	for account := range batch {
		names = append(names, account)
	}
	return names
}

func requireKind(t *testing.T, results []*engine.Result, account string, lie reviewhub.Behaviour) {
	t.Helper()
	caught := ""
	for _, r := range results {
		if r.Cell.Account.Name != account || r.Cell.Contract.Title != lie.Contract {
			continue
		}
		if string(r.Verdict.Kind) == lie.Kind || lie.Kind == "reverted-write" && slices.Contains(neverSeen, r.Verdict.Kind) && missed(r.Record) {
			return
		}
		caught += "\n  " + describe(r)
	}
	t.Errorf("%s: want %s of %q on %s, got%s", lie.Name, lie.Kind, lie.Contract, account, caught)
}

// neverSeen is what a revert is to who never saw what was reverted.
var neverSeen = []verdict.Kind{verdict.LostWrite, verdict.IneffectiveDelete}

// missed tells whether what was undone 0.6 s after it showed was there while nobody looked: on a
// machine that has too much to do, no read may begin and end while it surely shows (a write shows
// 200 to 350 ms after it was sent), and then nobody can know that it was ever done. Still it must
// be called a lie.
func missed(r *verdict.Record) bool {
	for _, p := range r.Places {
		for _, reading := range p.Readings {
			if reading.SentAt >= r.Act.SaidAt+350*time.Millisecond && reading.GotAt <= r.Act.SentAt+800*time.Millisecond {
				return false
			}
		}
	}
	return true
}

func TestEveryTwinIsKept(t *testing.T) {
	t.Parallel()
	inLanes(t, batches(reviewhub.Twins()), func(t *testing.T, batch map[string]reviewhub.Behaviour) {
		results := newBench(t, told(batch)...).run(t, func(o *engine.Options) { o.Accounts = accountsOf(batch) })
		for _, r := range results {
			twin := batch[r.Cell.Account.Name]
			if twin.OnlyCases && (r.Cell.Case == nil || len(r.Cell.Contract.Given) > 0) {
				continue // the account can make nothing
			}
			if r.Verdict.Class != verdict.Kept {
				t.Errorf("%s accused: %s", twin.Name, describe(r))
			}
			if len(r.Left) > 0 {
				t.Errorf("%s: left behind by %s: %+v", twin.Name, r.Cell, r.Left)
			}
		}
	})
}
