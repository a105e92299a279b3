package report

import (
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

func TestComparedWithWhatItWas(t *testing.T) {
	t.Parallel()
	of := func(class verdict.Class, kind verdict.Kind) verdict.Verdict {
		return verdict.Verdict{Class: class, Kind: kind}
	}
	mended := of(verdict.KnownLie, verdict.LostWrite)
	mended.Fixed = true
	lost, kept := of(verdict.Lied, verdict.LostWrite), of(verdict.Kept, "")
	for _, each := range []struct {
		was, is verdict.Verdict
		want    Outcome
		why     string
	}{
		{lost, kept, Fixed, ""},
		{lost, lost, StillLying, ""},
		{lost, of(verdict.Lied, verdict.DroppedField), Changed, ""},
		{lost, of(verdict.Broken, verdict.WasRefused), Changed, "it says now what it does"},
		{lost, of(verdict.Inconclusive, verdict.ProbeFailed), CannotTell, ""},
		{lost, verdict.Verdict{}, CannotTell, "it never began"},
		{lost, of(verdict.KnownLie, verdict.LostWrite), StillLying, "it is documented by now, and told"},
		{lost, mended, Fixed, "it is documented, and not told any more"},
		{of(verdict.KnownLie, verdict.LostWrite), lost, StillLying, ""},
		{of(verdict.Broken, verdict.LateEffect), of(verdict.Broken, verdict.LateEffect), StillLying, ""},
		{kept, kept, Fixed, ""},
		{kept, lost, Changed, ""},
		{of(verdict.Inconclusive, verdict.Flapping), of(verdict.Inconclusive, verdict.Flapping), CannotTell, ""},
		{of(verdict.Inconclusive, verdict.Flapping), kept, Fixed, ""},
	} {
		if got := Compared(&engine.Result{Verdict: each.was}, &engine.Result{Verdict: each.is}); got != each.want {
			t.Errorf("%s %s, then %s %s: %s, want %s %s", each.was.Class, each.was.Kind, each.is.Class, each.is.Kind, got, each.want, each.why)
		}
	}
}

func TestRewrittenSaysWhatTheContractPromisedOnce(t *testing.T) {
	t.Parallel()
	of := func(sentence string, codes ...int) *engine.Result {
		return &engine.Result{Operation: "createReview", Record: &verdict.Record{
			Wanted:  verdict.Wanted{Status: verdict.Status{Codes: codes}},
			Effects: []verdict.Effect{{Sentence: sentence, Where: []verdict.Where{{Place: 0}}}},
			Places:  []verdict.Place{{Probe: "read", Look: verdict.ByKey}},
		}}
	}
	if notes := Rewritten(of("creates: review"), of("creates: review")); len(notes) != 0 {
		t.Errorf("the same: %q", notes)
	}
	if notes := Rewritten(of("creates: review"), of("updates: review", 422)); len(notes) != 2 {
		t.Errorf("another effect and status: %q", notes)
	}
}
