package engine_test

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// BenchmarkThreeHundredCells runs cells that each need a second to settle, over
// real HTTP: their waits overlap, so that the run takes about as long as one.
func BenchmarkThreeHundredCells(b *testing.B) {
	for range b.N {
		b.ReportMetric(overlap(b, 300, time.Second).Seconds(), "s/run")
	}
}

// TestCellsDoNotWaitForEachOther tells overlapping from waiting in line, which
// would take a minute: no clock of a busy machine can confuse the two.
func TestCellsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	if took := overlap(t, 100, 600*time.Millisecond); took > 30*time.Second {
		t.Errorf("100 cells that settle in 0.6 s took %s", took)
	}
}

func overlap(t testing.TB, n int, delay time.Duration) time.Duration {
	t.Helper()
	var accounts []reviewhub.Account
	target := &contracts.Target{Name: "crowd"}
	credentials := map[string]map[string]string{}
	for i := range n {
		account := reviewhub.Accounts()[1]
		account.Name = fmt.Sprintf("shop-%03d", i)
		account.Token = "sandbox-" + account.Name + "-token"
		accounts = append(accounts, account)
		target.Accounts = append(target.Accounts, &contracts.Account{Name: account.Name})
		credentials[account.Name] = map[string]string{"bearer": account.Token}
	}
	hub, err := reviewhub.New(reviewhub.Options{Accounts: accounts, Truthful: true, Delay: reviewhub.Range{Min: delay, Max: delay}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(hub)
	defer server.Close()
	suite, err := contracts.LoadFS(reviewhub.Files(), contracts.Options{Scope: contracts.Check})
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Options{Suite: suite, Target: target, Server: server.URL, Credentials: credentials, Contracts: []string{"A new review counts*"}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Stop(nil)
	start := time.Now()
	e.Start(e.Cells()...)
	for _, cell := range e.Cells() {
		result, err := e.Await(t.Context(), cell)
		if err != nil {
			t.Fatal(err)
		}
		if result.Verdict.Class != verdict.Kept || len(result.Left) > 0 {
			t.Errorf("%s", describe(result))
		}
	}
	return time.Since(start)
}
