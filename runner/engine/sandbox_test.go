package engine_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A bench is the sandbox on loopback with its own suite.
type bench struct {
	hub    *reviewhub.Hub
	suite  *contracts.Suite
	server *httptest.Server
}

func newBench(t *testing.T, lies ...string) *bench {
	t.Helper()
	var told []reviewhub.Lie
	for _, text := range lies {
		lie, err := reviewhub.ParseLie(text)
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, lie)
	}
	hub, err := reviewhub.New(reviewhub.Options{Lies: told})
	if err != nil {
		t.Fatal(err)
	}
	suite, err := contracts.LoadFS(reviewhub.Files(), contracts.Options{Scope: contracts.Run})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(hub)
	t.Cleanup(server.Close)
	return &bench{hub, suite, server}
}

// run carries every chosen cell out and gives the results in the plan's order.
func (b *bench) run(t *testing.T, change func(*engine.Options)) []*engine.Result {
	t.Helper()
	var e *engine.Engine
	return b.runWith(t, change, &e)
}

// runWith is run for who asks the engine something afterwards.
func (b *bench) runWith(t *testing.T, change func(*engine.Options), e **engine.Engine) []*engine.Result {
	t.Helper()
	o := b.options()
	if change != nil {
		change(&o)
	}
	return carryWith(t, o, e)
}

func (b *bench) options() engine.Options {
	o := engine.Options{Suite: b.suite, Target: b.suite.Targets[0], Server: b.server.URL, Credentials: map[string]map[string]string{}}
	for _, account := range reviewhub.Accounts() {
		o.Credentials[account.Name] = map[string]string{"bearer": account.Token}
	}
	return o
}

// carry carries all cells out and gives the results in the plan's order.
func carry(t *testing.T, o engine.Options) []*engine.Result {
	t.Helper()
	var e *engine.Engine
	return carryWith(t, o, &e)
}

func carryWith(t *testing.T, o engine.Options, made **engine.Engine) []*engine.Result {
	t.Helper()
	e, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	*made = e
	defer e.Stop(nil)
	e.Start(e.Cells()...)
	var results []*engine.Result
	for _, cell := range e.Cells() {
		result, err := e.Await(context.Background(), cell)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, result)
	}
	return results
}

func describe(r *engine.Result) string {
	text := r.Cell.String() + ": " + string(r.Verdict.Class) + " " + string(r.Verdict.Kind)
	for _, f := range r.Verdict.Findings {
		text += "\n    " + f.Reason + " | said " + f.Said + " | seen " + f.Seen + " | hint " + f.Hint
	}
	for _, line := range r.Verdict.Lines {
		text += "\n    - " + line.Text
	}
	for _, remark := range r.Verdict.Remarks {
		text += "\n    remark " + remark
	}
	return text
}

func TestTheIncidentIsTheOnlyLie(t *testing.T) {
	results := newBench(t).run(t, nil)
	for _, r := range results {
		incident := r.Cell.Account.Name == "shop-oslo" && r.Cell.Contract.Title == "Publishing a review makes it public" && r.Cell.Case == nil
		switch {
		case incident && (r.Verdict.Class != verdict.Lied || r.Verdict.Kind != "lost-write"):
			t.Errorf("not caught: %s", describe(r))
		case !incident && r.Verdict.Class != verdict.Kept:
			t.Errorf("accused: %s", describe(r))
		}
		if testing.Verbose() {
			t.Logf("%5.1f s from %5.1f: %s, %d attempts", r.Ended.Sub(r.Started).Seconds(), r.Started.Sub(results[0].Started).Seconds(), r.Cell, 1+len(r.Record.Earlier))
		}
		if len(r.Left) > 0 {
			t.Errorf("left behind by %s: %+v", r.Cell, r.Left)
		}
	}
}
