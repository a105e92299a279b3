package report

import (
	"path"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A standing is what a cell is to those who count tests.
type standing int

const (
	passed  standing = iota // kept, or lied as documented
	failed                  // lied or broken: the provider is to blame
	errored                 // it could not be told, or something of ours is left behind: the provider is not accused
	skipped                 // interrupted, with the run, before it could be judged, and cleaned up
)

// standingOf says how a cell is counted. Only a run that was stopped has skipped cells: one that came out as
// interrupted of itself was not judged, and must not look green.
func standingOf(run *engine.Finished, r *engine.Result) standing {
	v := r.Verdict
	switch {
	case v.Class == verdict.Lied || v.Class == verdict.Broken:
		return failed
	case len(r.Left) > 0:
		return errored
	case v.Class == verdict.Kept || v.Class == verdict.KnownLie:
		return passed
	case run.Interrupted && v.Kind == verdict.Interrupted:
		return skipped
	}
	return errored
}

// tally counts cells by standing.
func tally(run *engine.Finished) map[standing]int {
	n := map[standing]int{}
	for _, r := range run.Results {
		n[standingOf(run, r)]++
	}
	return n
}

// testName completes the contract's title to what names the cell among all: "Publishing
// a review (no title) on shop-oslo".
func testName(r *engine.Result) string {
	c := r.Subject()
	name := c.Contract
	if c.Case != "" {
		name += " (" + c.Case + ")"
	}
	return Line(name + " on " + c.Account)
}

// headline is a cell's verdict on one line: "LIED lost-write: GET /reviews/8841 as
// shop-oslo still says …".
func headline(r *engine.Result) string {
	text := strings.TrimSpace(strings.ToUpper(string(r.Verdict.Class)) + " " + string(r.Verdict.Kind))
	if len(r.Verdict.Findings) > 0 {
		f := r.Verdict.Findings[0]
		if said := either(f.Seen, f.Reason); said != "" {
			text += ": " + Line(said)
		}
	}
	if len(r.Left) > 0 {
		text += "; " + plural(len(r.Left), "thing") + " left behind"
	}
	return text
}

// Prose is what the terminal says of cells, for forms that hold it as text. What all cells
// have in common is worked out once.
type prose struct {
	run  *engine.Finished
	page page
}

// whole is everything that the run's report says of a cell.
func (o *prose) whole(r *engine.Result) string {
	return o.text(func(p *page) {
		p.finding(o.run, r)
		for _, left := range r.Left {
			p.leftover(r, left)
		}
	})
}

// group is a finding, and what is alike.
func (o *prose) group(all []*engine.Result) string {
	return o.text(func(p *page) {
		p.finding(o.run, all[0])
		p.further(o.run, all[0], all[1:])
	})
}

func (o *prose) text(write func(p *page)) string {
	var text strings.Builder
	o.page.w = &text
	write(&o.page)
	return strings.TrimRight(text.String(), "\n")
}

// unjudged is what the attempts were answered that came before the one that was judged.
func unjudged(r *engine.Result) []string {
	if r.Record == nil {
		return nil
	}
	var texts []string
	for _, earlier := range r.Record.Earlier {
		text := "nothing was sent"
		if earlier.Act != nil {
			text = Line(answer(earlier.Act))
		}
		texts = append(texts, text)
	}
	return texts
}

// placeIn is where a cell's contract stands, from where the suite was named: "my-suite/reviews.contract.yaml:11".
func placeIn(run *engine.Finished, r *engine.Result) string {
	return Line(path.Join(strings.ReplaceAll(run.Suite, `\`, "/"), r.Place))
}

// either is the first of two texts that is not empty.
func either(first, second string) string {
	if first != "" {
		return first
	}
	return second
}
