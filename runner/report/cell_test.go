package report

import (
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

func TestCell(t *testing.T) {
	run := incident(12, 2)
	again := lied(13, publishing, "shop-bonn", "reviews:read")
	first := *again.Record
	again.Record.Earlier = []*verdict.Record{&first}
	for _, each := range []struct {
		name string
		of   *engine.Result
	}{
		{"cell lied to", run.Results[15]},
		{"cell kept", run.Results[0]},
		{"cell tried twice", again},
		{"cell never begun", &engine.Result{Number: 9, Place: "a.contract.yaml:1", Verdict: verdict.Verdict{
			Class: verdict.Inconclusive, Kind: "interrupted",
			Findings: []verdict.Finding{{Class: verdict.Inconclusive, Kind: "interrupted", Effect: -1, Place: -1, Reason: "stopped before it began"}},
		}}},
	} {
		t.Run(each.name, func(t *testing.T) {
			var out strings.Builder
			if err := Cell(&out, run, each.of, Style{Width: 100}); err != nil {
				t.Fatal(err)
			}
			golden(t, strings.ReplaceAll(each.name, " ", "-"), out.String())
		})
	}
}

func TestTheTimeOfDayIsThatOfTheActsExchange(t *testing.T) {
	r := lied(1, publishing, "oslo")
	r.Started = noon.Add(-time.Hour) // a clock of another attempt
	if got := wall(r, r.Record.Act.SaidAt); got != "12:00:01.004" {
		t.Errorf("said at %s", got)
	}
	r.Exchanges = nil
	if got := wall(r, 0); got != "11:00:00.000" {
		t.Errorf("without its exchange, the record starts at %s", got)
	}
}
