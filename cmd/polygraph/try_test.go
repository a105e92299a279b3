package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

func TestConclude(t *testing.T) {
	lie := reviewhub.Incident()
	told := incident(lie)
	cell := func(account string, class verdict.Class, kind string) *engine.Result {
		return &engine.Result{
			Record: &verdict.Record{Cell: verdict.Cell{Contract: told.Contract, Account: account}},
			Verdict: verdict.Verdict{Class: class, Kind: verdict.Kind(kind), Findings: []verdict.Finding{
				{Said: "POST /reviews/1/publish answered 200"},
			}},
		}
	}
	caught := cell(lie.Account, verdict.Lied, told.Kind)
	truthful := cell("shop-rome", verdict.Kept, "")
	leaves := cell("shop-rome", verdict.Kept, "")
	leaves.Left = []engine.Leftover{{}}
	for _, each := range []struct {
		name    string
		results []*engine.Result
		want    int
		says    string
	}{
		{"exactly the incident", []*engine.Result{caught, truthful}, 0, "The truth was told to the other one"},
		{"not caught", []*engine.Result{cell(lie.Account, verdict.Kept, ""), truthful}, 1, "was not caught"},
		{"caught as something else", []*engine.Result{cell(lie.Account, verdict.Lied, "half-done"), truthful}, 1, "was not caught"},
		{"another account accused, too", []*engine.Result{caught, cell("shop-rome", verdict.Lied, told.Kind)}, 1, "More was found"},
		{"another one broken", []*engine.Result{caught, cell("shop-rome", verdict.Broken, "late-effect")}, 1, "More was found"},
		{"something could not be told", []*engine.Result{caught, cell("shop-rome", verdict.Inconclusive, "blind-probe")}, 3, "not everything could be told"},
		{"something is left", []*engine.Result{caught, leaves}, 4, ""},
	} {
		t.Run(each.name, func(t *testing.T) {
			var out bytes.Buffer
			c := &console{out: &out}
			if got := codeOf(c.conclude(&engine.Finished{Results: each.results})); got != each.want {
				t.Errorf("exits with %d, want %d", got, each.want)
			}
			if !strings.Contains(out.String(), each.says) {
				t.Errorf("says %q, want %q in it", out.String(), each.says)
			}
		})
	}
}
