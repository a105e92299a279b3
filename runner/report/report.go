// Package report shows a finished run to people and to programs: on a terminal
// as the matrix of accounts and contracts and then every lie, as one JSON
// document, and one cell as the time line of what was said, seen and judged.
//
// Everything here is a function of an [engine.Finished], that is of what the engine brought
// back. Nothing is measured, asked or judged again, so a run from history is
// shown exactly as it was on the day:
//
//	run := &engine.Finished{ID: "7f3a", Suite: "fixtures/reviewhub", Target: "sandbox", Results: results}
//	report.Terminal(os.Stdout, run, report.Style{Width: 100})
//
// The same run gives the same text, whatever the order of its results.
//
// [HTML] writes the page for a browser: html.go its frame and policy, statement.go who is
// lied to and why, sheet.go the data of the matrix, exhibit.go, phase.go and change.go what a
// cell opens to, dossier.go what there is room for; the folder html has its script and style.
//
// # Whose text this is
//
// Titles come from contracts that a stranger may have written, values and
// bodies from a provider. Both are hostile: they reach the terminal only
// through [Text] and [Line], which write out what would move the cursor, change
// colours or pretend to be a new line of the report.
//
// # What goes to a provider
//
// A [Ticket] is made of [Evidence] alone, which has a hash and goes to JSON and back. Its
// [Script] and every [Curl] line are shell, in which whatever somebody else has said is
// text and nothing else.
//
// # What nearby evidence says
//
// Under a lie stands what the same contract showed on the other accounts, and
// the facts that set this account apart from all of those that were told the
// truth. What separates them is for package diagnosis to say, which says
// "cannot tell" where that is so.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// sorted gives the results in the plan's order, for reading: the run's own slice where
// it has that order already, else a sorted copy.
func sorted(run *engine.Finished) []*engine.Result {
	byNumber := func(a, b *engine.Result) int { return a.Number - b.Number }
	if slices.IsSortedFunc(run.Results, byNumber) {
		return run.Results
	}
	return slices.SortedStableFunc(slices.Values(run.Results), byNumber)
}

// Terminal shows a run to a person: the matrix, then everything that is not
// kept, worst first, then what was left behind, then the counts. The error is
// the writer's.
func Terminal(w io.Writer, run *engine.Finished, s Style) error {
	p := &page{w: w, style: s}
	p.line("%s", heading(run))
	p.line("")
	p.matrix(run)
	p.findings(run)
	p.leftovers(run)
	p.line("%s", p.counts(run))
	return p.err
}

// heading is the run's first line: "run 7f3a  ./my-suite on live  2026-11-23 12:00:00".
func heading(run *engine.Finished) string {
	text := Line(run.Suite) + " on " + Line(run.Target)
	if run.ID != "" {
		text = "run " + run.ID + "  " + text
	}
	if !run.Started.IsZero() {
		text += "  " + run.Started.Format("2006-01-02 15:04:05")
	}
	return text
}

// counts is the run's last line: "120 cells on 12 accounts: 119 kept, 1 lied (4.1 s, 1312 requests)".
// What was left behind is counted in things, not in cells.
func (p *page) counts(run *engine.Finished) string {
	c := engine.Count(run.Results)
	text := fmt.Sprintf("%s on %s: %s", plural(c.Cells, "cell"), plural(c.Accounts, "account"), counted(c, p.style))
	if c.Left > 0 {
		text += ", " + p.style.paint(red, fmt.Sprintf("%d left behind", c.Left))
	}
	var cost []string
	if !run.Ended.IsZero() {
		cost = append(cost, span(took(run.Started, run.Ended)))
	}
	if run.Requests > 0 {
		cost = append(cost, plural(int(run.Requests), "request"))
	}
	if len(cost) > 0 {
		text += " (" + strings.Join(cost, ", ") + ")"
	}
	if run.Interrupted {
		text += ", interrupted"
	}
	if why := unfinished(run); why != "" {
		text += "\n" + why
	}
	return text
}

// title is the contract's title, with the case where there is one.
func title(r *engine.Result) string {
	c := r.Subject()
	if c.Case == "" {
		return Line(c.Contract)
	}
	return Line(c.Contract) + ": " + Line(c.Case)
}
