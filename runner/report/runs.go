package report

import (
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/history"
)

// A RunList is what `polygraph runs --json` prints.
type RunList struct {
	Runs []history.Summary `json:"runs"`
}

// RunsJSON writes a list of runs for programs.
func RunsJSON(w io.Writer, list []history.Summary) error {
	if list == nil {
		list = []history.Summary{} // [] and not null
	}
	text, err := JSONText(RunList{list})
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// Runs lists runs, one on a line: its id, when it began, how long it took, what was run
// where, what came of it, and how far it came where that is not its end.
func Runs(w io.Writer, list []history.Summary, s Style) error {
	p := &page{w: w, style: s}
	if len(list) == 0 {
		p.line("no run is kept")
	}
	ids, places := 0, 0
	for _, r := range list {
		ids, places = max(ids, len(r.ID)), max(places, text.StringWidth(where(r)))
	}
	for _, r := range list {
		p.line("%-*s  %s  %8s  %s  %s%s", ids, r.ID, r.Started.Format("2006-01-02 15:04:05"), span(took(r.Started, r.Ended)),
			text.Pad(where(r), places, ' '), outcome(r.Counts, s), condition(r, s))
	}
	return p.err
}

// where is what was run, and on which target.
func where(r history.Summary) string { return Line(r.Suite) + " on " + Line(r.Target) }

// outcome is "120 cells: 119 kept, 1 lied".
func outcome(c engine.Counts, s Style) string {
	out := plural(c.Cells, "cell") + ": " + counted(c, s)
	if c.Left > 0 {
		out += ", " + s.paint(red, fmt.Sprintf("%d left behind", c.Left))
	}
	return out
}

// condition says what is not as it usually is.
func condition(r history.Summary, s Style) (out string) {
	switch r.State {
	case history.Running:
		out = ", running, last heard of at " + r.Ended.Format(time.TimeOnly)
	case history.Killed:
		out = ", " + s.paint(red, "killed") + " after " + r.Ended.Format(time.TimeOnly)
	case history.Interrupted:
		out = ", interrupted"
	}
	if r.Pruned != nil {
		out += ", its evidence is gone"
	}
	return out
}

// unfinished says of a run from history why it is not whole; "" where it is.
func unfinished(run *engine.Finished) (out string) {
	switch {
	case run.Killed:
		out = fmt.Sprintf("it was killed: its process has written nothing since %s, and what it had not saved until then is lost", run.Ended.Format(time.TimeOnly))
	case run.Running:
		out = "it is still running: this is what it has saved so far"
	}
	if !run.Pruned.IsZero() {
		out = "what was sent and read is gone: --keep let go of it on " + run.Pruned.Format(time.DateOnly)
	}
	return out
}
