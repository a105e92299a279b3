package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// An Outcome is what became of a cell that was run again.
type Outcome string

// The outcomes, the worst first.
const (
	StillLying Outcome = "still lying" // the same verdict of the same kind; of a contract that is not kept, too
	Changed    Outcome = "changed"     // accused, and of something else
	CannotTell Outcome = "cannot tell"
	Fixed      Outcome = "fixed" // kept
)

// Rank is the place of an outcome among them, from 0.
func (o Outcome) Rank() int {
	return slices.Index([]Outcome{StillLying, Changed, CannotTell, Fixed}, o)
}

// Compared says what became of a cell. A lie that is documented by now is a lie still.
func Compared(was, is *engine.Result) Outcome {
	before, now := was.Verdict, is.Verdict
	accused := now.Class == verdict.Lied || now.Class == verdict.Broken || now.Class == verdict.KnownLie && !now.Fixed
	switch {
	case now.Class == verdict.Inconclusive || now.Class == "":
		return CannotTell
	case accused && now.Kind == before.Kind && before.Class != verdict.Kept && before.Class != verdict.Inconclusive:
		return StillLying
	case accused:
		return Changed
	}
	return Fixed
}

// A Standing is a verdict in a few words.
type Standing struct {
	Class  verdict.Class   `json:"verdict"`
	Kind   verdict.Kind    `json:"kind"` // "" for kept
	Fixed  bool            `json:"fixed,omitempty"`
	Trials *verdict.Trials `json:"trials,omitempty"`
}

// StandingOf is a result's.
func StandingOf(r *engine.Result) Standing {
	return Standing{r.Verdict.Class, r.Verdict.Kind, r.Verdict.Fixed, r.Verdict.Trials}
}

func (s Standing) String() string {
	text := strings.TrimSpace(fmt.Sprintf("%s %s", s.Class, s.Kind))
	if s.Trials != nil {
		text += ", " + s.Trials.String()
	}
	return text
}

// Title is the name of a cell's contract and case.
func Title(r *engine.Result) string { return title(r) }

// Rewritten says what of the contract is not what it was: then two verdicts are
// about two different promises.
func Rewritten(was, is *engine.Result) []string {
	if was.Record == nil || is.Record == nil {
		return nil
	}
	var notes []string
	differ := func(what, before, now string) {
		if before != now {
			notes = append(notes, fmt.Sprintf("the contract has changed since: %s was %s, and is %s", what, before, now))
		}
	}
	differ("its call", was.Operation, is.Operation)
	if was.Record.Halt == nil && is.Record.Halt == nil {
		differ("the status that it wants", statusText(was.Record.Wanted.Status), statusText(is.Record.Wanted.Status))
		differ("what it promises", promises(was.Record), promises(is.Record))
	}
	return notes
}

func statusText(s verdict.Status) string { return fmt.Sprintf("%v", s) }

// promises are the effects with their times.
func promises(record *verdict.Record) string {
	var out []string
	for _, e := range record.Effects {
		text := e.Sentence
		for _, w := range e.Where {
			if w.Place >= 0 && w.Place < len(record.Places) {
				place := record.Places[w.Place]
				text += fmt.Sprintf(" %s/%s within %s", place.Probe, place.Look, span(w.Within))
			}
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "; ")
}
