package report

import (
	"testing"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

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
