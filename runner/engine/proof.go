package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A Proof is what came of changing the fact that was suspected to be why an account is lied
// to, and of changing it back.
type Proof struct {
	Flipped
	Outcome Outcome       `json:"outcome"`
	Because string        `json:"because,omitempty"` // of what could not be told
	With    verdict.Class `json:"with,omitempty"`    // while it was changed
	Without verdict.Class `json:"without,omitempty"` // after it had been put back
	Runs    []string      `json:"runs,omitempty"`    // ids of both, where they are kept
}

// An Outcome is what a proof has shown.
type Outcome string

// The outcomes.
const (
	Proved     Outcome = "proved"        // lied to, kept with the fact changed, and lied to again without
	NotTheCase Outcome = "not the cause" // lied to with the fact changed, too
	Unproved   Outcome = "cannot tell"
)

// Prove compares a cell that was lied to with the same cell while the fact was changed, and
// after it had been put back. Either may be nil: it was not run.
func Prove(lied, with, without *Result, f Flipped) Proof {
	p := Proof{Flipped: f, Outcome: Unproved}
	if with != nil && f.Set {
		p.With = with.Verdict.Class
	}
	if without != nil {
		p.Without = without.Verdict.Class
	}
	switch {
	case !f.Set:
		p.Because = "it could not be changed: " + f.Why
	case p.With == "":
		p.Because = "the contract was not run again"
	case p.With == verdict.Lied && with.Verdict.Kind == lied.Verdict.Kind:
		p.Outcome = NotTheCase
	case p.With != verdict.Kept:
		p.Because = "while it was changed, the contract came out " + outcomeOf(with)
	case !f.Back:
		p.Because = "it was kept while it was changed, and is not put back"
	case p.Without == "":
		p.Because = "it was kept while it was changed, and not asked again afterwards"
	case p.Without == verdict.Kept:
		p.Because = "it was kept while it was changed, and still is with the fact as before"
	case without.Verdict.Class != verdict.Lied || without.Verdict.Kind != lied.Verdict.Kind:
		p.Because = "it was kept while it was changed, and afterwards came out " + outcomeOf(without)
	default:
		p.Outcome = Proved
	}
	return p
}

func outcomeOf(r *Result) string {
	if r.Verdict.Kind == "" {
		return string(r.Verdict.Class)
	}
	return fmt.Sprintf("%s, %s", r.Verdict.Class, r.Verdict.Kind)
}

// Text says it in a line: `proved: once account.can has "reviews:publish" it is kept, and
// without that it is lied to again`.
func (p *Proof) Text() string {
	if p == nil {
		return ""
	}
	switch p.Outcome {
	case Proved:
		return fmt.Sprintf("proved: once %s it is kept, and without that it is lied to again", p.change())
	case NotTheCase:
		return fmt.Sprintf("not the cause: it is lied to just the same once %s", p.change())
	}
	return fmt.Sprintf("not proved: %s (tried: %s)", p.Because, p.change())
}

// change is what was changed: of lists, the members.
func (f *Flipped) change() string {
	was, is := severalTexts(f.Was)
	now, alike := severalTexts(f.Value)
	if !is || !alike {
		return fmt.Sprintf("account.%s is %s", f.Fact, jsonText(f.Value))
	}
	var changes []string
	for _, member := range now {
		if !slices.Contains(was, member) {
			changes = append(changes, fmt.Sprintf("has %q", member))
		}
	}
	for _, member := range was {
		if !slices.Contains(now, member) {
			changes = append(changes, fmt.Sprintf("lacks %q", member))
		}
	}
	return fmt.Sprintf("account.%s %s", f.Fact, strings.Join(changes, " and "))
}

// severalTexts is a list of texts; a single word is none.
func severalTexts(value any) ([]string, bool) {
	if text, is := value.(string); is && !strings.Contains(text, " ") {
		return nil, false
	}
	return textList(value)
}
