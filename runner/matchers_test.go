package runner

import (
	"strings"
	"testing"

	gomega "github.com/onsi/gomega/types"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

func TestMatchers(t *testing.T) {
	lied := lostFor("shop-1")(planOf(1, 2)[1])
	verdicts := map[string]verdict.Verdict{
		"kept":         {Class: verdict.Kept},
		"known":        {Class: verdict.KnownLie, Kind: "lost-write"},
		"lied":         lied,
		"broken":       {Class: verdict.Broken, Kind: "refused"},
		"inconclusive": {Class: verdict.Inconclusive, Kind: "blind-probe"},
	}
	tests := []struct {
		name    string
		matcher gomega.GomegaMatcher
		matches string // the only one of verdicts
	}{
		{"Keep", Keep(), "kept"},
		{"HaveLied", HaveLied(), "lied"},
		{"HaveLied of this kind", HaveLied("dropped-field", "lost-write"), "lied"},
		{"HaveLied of another kind", HaveLied("dropped-field"), ""},
		{"BeBroken", BeBroken("refused"), "broken"},
		{"BeBroken of another kind", BeBroken("late-effect"), ""},
		{"BeInconclusive", BeInconclusive("blind-probe"), "inconclusive"},
		{"BeInconclusive of another kind", BeInconclusive("flapping"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for name, v := range verdicts {
				for _, actual := range []any{v, &v, engine.Result{Verdict: v}, &engine.Result{Verdict: v}} {
					got, err := test.matcher.Match(actual)
					if err != nil || got != (name == test.matches) {
						t.Errorf("%s as %T: %v, %v", name, actual, got, err)
					}
				}
			}
		})
	}
}

func TestMatchersRefuse(t *testing.T) {
	for _, actual := range []any{nil, "kept", (*engine.Result)(nil), (*verdict.Verdict)(nil)} {
		if _, err := Keep().Match(actual); err == nil || !strings.Contains(err.Error(), "expected a result or a verdict") {
			t.Errorf("%#v: %v", actual, err)
		}
	}
}

func TestMatcherMessages(t *testing.T) {
	lied := lostFor("shop-1")(planOf(1, 2)[1])
	result := &engine.Result{Verdict: lied, Record: &verdict.Record{Cell: verdict.Cell{Contract: "A review is saved", Account: "shop-1"}}}
	tests := []struct {
		name string
		got  string
		want []string
	}{
		{"a result", Keep().FailureMessage(result), []string{"Expected\n    LIED  lost-write  A review is saved  (shop-1)", "said", "\nto be kept"}},
		{"a verdict", HaveLied("dropped-field", "leaked").FailureMessage(lied), []string{"Expected\n    LIED  lost-write\n", "said   POST /reviews answered 201", "\nto have lied (dropped-field or leaked)"}},
		{"negated", HaveLied().NegatedFailureMessage(lied), []string{"\nnot to have lied"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, want := range test.want {
				if !strings.Contains(test.got, want) {
					t.Errorf("no %q in\n%s", want, test.got)
				}
			}
		})
	}
}
