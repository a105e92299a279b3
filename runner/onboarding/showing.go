package onboarding

import (
	"fmt"
	"slices"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A showing is what one cell shows of the scopes that its contract needs.
type showing struct {
	result   *engine.Result // nil: it was not run
	answered string
	said     claim
	did      effect
	why      string // of what is not known
	hint     string
}

// A claim is what the provider said of the act in the end.
type claim int

const (
	saidNothing claim = iota
	saidDone
	saidNo
)

// An effect is what was seen of the act.
type effect int

const (
	unseen effect = iota
	done
	undone // or not all of it
)

// shown reads a cell's result. What is inconclusive shows nothing, in either direction.
func shown(r *engine.Result) showing {
	if r == nil {
		return showing{why: "it was not asked: its cell did not run"}
	}
	s := showing{result: r}
	if len(r.Verdict.Findings) > 0 {
		s.why, s.hint = r.Verdict.Findings[0].Reason, r.Verdict.Findings[0].Hint
	}
	if r.Record == nil || r.Record.Act == nil {
		return s
	}
	act := r.Record.Act
	s.said = saying(r)
	if act.Status != 0 {
		s.answered = fmt.Sprint(act.Status)
	}
	if r.Verdict.Class == verdict.Inconclusive {
		s.said = saidNothing
		return s
	}
	s.did = s.seen()
	return s
}

// saying is the claim that the cell was judged by: of a promise what its job came to. A
// success whose body says no where it was to say yes is one by its status, and that is what
// in-band-error holds against it.
func saying(r *engine.Result) claim {
	v := &r.Verdict
	switch claimed := verdict.Claim(r.Record.Act); {
	case told(v, verdict.InBandError):
		return saidDone
	case claimed == contracts.Refused, slices.ContainsFunc(v.Lines, ofRefusal), slices.ContainsFunc(v.Findings, isRefusal):
		return saidNo
	case claimed == contracts.Done, claimed == contracts.Accepted:
		return saidDone
	}
	return saidNothing
}

// ofRefusal tells an effect that was judged by whether a refused act left a trace.
func ofRefusal(line verdict.Line) bool { return line.Outcome == "no trace" || line.Outcome == "trace" }

func isRefusal(f verdict.Finding) bool { return f.Kind == verdict.WasRefused }

// told tells whether a lie of this kind was told, documented or not.
func told(v *verdict.Verdict, kind verdict.Kind) bool {
	for _, f := range v.Findings {
		if f.Kind == kind && (f.Class == verdict.Lied || f.Class == verdict.KnownLie && !v.Fixed) {
			return true
		}
	}
	return false
}

// seen is what became of the act. A lie about it says so by its kind; else a refusal was
// kept to, and what was done must have been seen in some place.
func (s *showing) seen() effect {
	v := &s.result.Verdict
	for _, row := range verdict.Kinds() {
		if meaning := of(row.Kind); meaning != unseen && told(v, row.Kind) {
			return meaning
		}
	}
	if s.said == saidNo {
		return undone
	}
	if slices.ContainsFunc(v.Lines, s.cameOfIt) {
		return done
	}
	return unseen
}

// cameOfIt tells whether a line shows that the act had its effect. That something stayed as
// it was, or hidden, shows nothing: it would after a call that does nothing, too.
func (s *showing) cameOfIt(line verdict.Line) bool {
	effects := s.result.Record.Effects
	if line.Effect < 0 || line.Effect >= len(effects) {
		return false
	}
	switch effects[line.Effect].Verb {
	case contracts.Keeps, contracts.Hides:
		return false
	}
	return slices.Contains([]string{"applied", "late", "duplicated", "collateral"}, line.Outcome)
}

// of is what a kind of lie says of the effect: that it is not there as the answer has it,
// or that it is, in spite of the answer. Unseen is for those that are told of something
// beside the effect, which is there.
func of(kind verdict.Kind) effect {
	switch kind {
	case verdict.PhantomWrite, verdict.ErrorLeftATrace:
		return done
	case verdict.Leaked, verdict.DuplicatedWrite, verdict.SideEffect, verdict.IgnoredDirective, verdict.WrongSuccess:
		return unseen
	}
	for _, row := range verdict.Kinds() {
		if row.Kind == kind && row.Class == verdict.Lied {
			return undone
		}
	}
	return unseen
}
