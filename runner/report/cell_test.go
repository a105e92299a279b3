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

func TestShown(t *testing.T) {
	for _, each := range []struct {
		name    string
		look    verdict.Look
		reading verdict.Reading
		fields  []string
		want    string
	}{
		{"value", verdict.ByKey, verdict.Reading{Known: verdict.Value, Value: map[string]any{"b": "x", "a": true}}, nil, `{"a":true,"b":"x"}`},
		{"wanted fields", verdict.ByKey, verdict.Reading{Known: verdict.Value, Value: map[string]any{"state": "draft", "title": "x"}}, []string{"slug", "state"}, `slug=absent state="draft"`},
		{"absent", verdict.ByKey, verdict.Reading{Known: verdict.Absent, Why: "404"}, nil, "absent (404)"},
		{"unknown without a why", verdict.ByKey, verdict.Reading{Known: verdict.Unsure}, nil, "unknown"},
		{"listing", verdict.Listing, verdict.Reading{Known: verdict.Value, Others: 3, Complete: true, Items: []verdict.Item{{Key: "8"}}}, nil, "1 item of ours, 3 others; 8"},
		{"half a listing", verdict.Listing, verdict.Reading{Known: verdict.Value}, nil, "0 items of ours, 0 others, incomplete"},
		{"expression", verdict.Expression, verdict.Reading{Truth: verdict.Unknown, Detail: "after is unknown"}, nil, "is unknown  after is unknown"},
	} {
		t.Run(each.name, func(t *testing.T) {
			if got := shown(verdict.Place{Look: each.look}, each.reading, each.fields); got != each.want {
				t.Errorf("got %q, want %q", got, each.want)
			}
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
