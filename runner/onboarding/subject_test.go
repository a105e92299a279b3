package onboarding

import (
	"slices"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

func TestStateOf(t *testing.T) {
	for _, each := range []struct {
		name     string
		declared Declared
		said     claim
		did      effect
		want     State
	}{
		{"all agree", Has, saidDone, done, Can},
		{"nothing is declared, and it works", Undeclared, saidDone, done, Can},
		{"the facts lack it, and it works", Lacks, saidDone, done, SaysCannot},
		{"it is to lack it, and it works", LacksStated, saidDone, done, SaysCannot},
		{"refused and done", Has, saidNo, done, SaysCannot},
		{"lacked, refused and done", Lacks, saidNo, done, SaysCannot},
		{"the incident", Lacks, saidDone, undone, SaysCan},
		{"a lost write", Has, saidDone, undone, SaysCan},
		{"the facts have it, and it is refused", Has, saidNo, undone, SaysCan},
		{"nothing is declared, and it is refused", Undeclared, saidNo, undone, Cannot},
		{"lacked and refused", Lacks, saidNo, undone, Cannot},
		{"no answer, and not all of it is there", Has, saidNothing, undone, Unknown},
		{"no answer", Has, saidNothing, unseen, Unknown},
		{"an answer, and nobody saw", Has, saidDone, unseen, Unknown},
	} {
		t.Run(each.name, func(t *testing.T) {
			if got := stateOf(each.declared, &showing{said: each.said, did: each.did}); got != each.want {
				t.Errorf("%s, want %s", got, each.want)
			}
		})
	}
}

// A contract that needs two scopes and fails is for want of one of them.
func TestBlame(t *testing.T) {
	lied := &engine.Result{Verdict: verdict.Verdict{Class: verdict.Lied, Kind: verdict.LostWrite}}
	fails := showing{result: lied, said: saidDone, did: undone}
	works := showing{result: &engine.Result{Verdict: verdict.Verdict{Class: verdict.Kept}}, said: saidDone, did: done}
	both, a := []string{"a", "b"}, []string{"a"}
	for _, each := range []struct {
		name     string
		proofs   [][]string
		showings []showing
		can      []string
		known    bool
		want     [2]State
		with     [2][]string
	}{
		{name: "both work", proofs: [][]string{both}, showings: []showing{works}, want: [2]State{Can, Can}},
		{name: "nobody knows which", proofs: [][]string{both}, showings: []showing{fails}, want: [2]State{SaysCan, SaysCan}, with: [2][]string{{"b"}, {"a"}}},
		{name: "the facts have both", proofs: [][]string{both}, showings: []showing{fails}, can: both, known: true, want: [2]State{SaysCan, SaysCan}, with: [2][]string{{"b"}, {"a"}}},
		{name: "the facts lack one", proofs: [][]string{both}, showings: []showing{fails}, can: a, known: true, want: [2]State{Unknown, SaysCan}},
		{name: "another proof shows one at work", proofs: [][]string{both, a}, showings: []showing{fails, works}, want: [2]State{Can, SaysCan}},
		{name: "another proof fails, too", proofs: [][]string{both, a}, showings: []showing{fails, fails}, want: [2]State{SaysCan, SaysCan}, with: [2][]string{{"b"}, {"a"}}},
		{name: "the other proof did not run", proofs: [][]string{both, a}, showings: []showing{works, {}}, want: [2]State{Can, Can}},
	} {
		t.Run(each.name, func(t *testing.T) {
			s := &subject{set: &Set{Scopes: both}, facts: engine.Facts{Can: each.can, Known: each.known}, showings: each.showings}
			for _, scopes := range each.proofs {
				s.set.Proofs = append(s.set.Proofs, Proof{Contract: &contracts.Contract{}, Scopes: scopes})
			}
			p := s.profile("shop")
			for i, c := range p.Capabilities {
				if c.State != each.want[i] || !slices.Equal(c.With, each.with[i]) {
					t.Errorf("%s %s with %v, want %s with %v", c.Scope, c.State, c.With, each.want[i], each.with[i])
				}
			}
			if wrong := slices.Contains(each.want[:], SaysCan); p.Wrong() != wrong {
				t.Errorf("wrong is %v", p.Wrong())
			}
		})
	}
}

// Every lie about an act says what became of it, or is about something beside it.
func TestOfEveryKind(t *testing.T) {
	beside := []verdict.Kind{verdict.Leaked, verdict.DuplicatedWrite, verdict.SideEffect, verdict.IgnoredDirective, verdict.WrongSuccess}
	for _, row := range verdict.Kinds() {
		want := unseen
		switch {
		case row.Class != verdict.Lied || slices.Contains(beside, row.Kind):
		case row.Kind == verdict.PhantomWrite || row.Kind == verdict.ErrorLeftATrace:
			want = done
		default:
			want = undone
		}
		if got := of(row.Kind); got != want {
			t.Errorf("%s says %d of the effect, want %d", row.Kind, got, want)
		}
	}
}

// What cannot be told is unknown, whatever is declared, and never wrong.
func TestInconclusiveIsUnknown(t *testing.T) {
	r := &engine.Result{
		Record:  &verdict.Record{Act: &verdict.Act{Status: 200}, Effects: []verdict.Effect{{Verb: contracts.Creates}}},
		Verdict: verdict.Verdict{Class: verdict.Inconclusive, Kind: verdict.BlindProbe, Lines: []verdict.Line{{Outcome: "applied"}}, Findings: []verdict.Finding{{Class: verdict.Inconclusive, Reason: "nobody could see it", Hint: "one more account"}}},
	}
	s := &subject{set: &Set{Scopes: []string{"a"}, Proofs: []Proof{{Contract: &contracts.Contract{}, Scopes: []string{"a"}}}}, showings: []showing{shown(r)}}
	p := s.profile("shop")
	if c := p.Capabilities[0]; c.State != Unknown || c.Wrong() || c.Why != "nobody could see it" || c.Hint == "" || p.AsDeclared() {
		t.Errorf("%+v", c)
	}
	s.showings[0] = shown(nil)
	if c := s.profile("shop").Capabilities[0]; c.State != Unknown || c.Wrong() || c.Why == "" {
		t.Errorf("not run: %+v", c)
	}
}

// That something stayed as it was proves nothing: it would without the scope, too.
func TestOnlyWhatCameOfItCounts(t *testing.T) {
	r := &engine.Result{
		Record:  &verdict.Record{Act: &verdict.Act{Status: 202}, Effects: []verdict.Effect{{Verb: contracts.Creates}, {Verb: contracts.Keeps}}},
		Verdict: verdict.Verdict{Class: verdict.Broken, Kind: verdict.LateEffect, Lines: []verdict.Line{{Effect: 0, Outcome: "absent"}, {Effect: 1, Outcome: "applied"}}},
	}
	if got := shown(r); got.did != unseen {
		t.Errorf("a job that still runs has done %v", got.did)
	}
}
