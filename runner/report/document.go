package report

import (
	"io"
	"time"

	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A Document is a run for programs: what `polygraph run --json` prints.
type Document struct {
	Run         string        `json:"run"`
	Suite       string        `json:"suite"`
	Target      string        `json:"target"`
	Started     time.Time     `json:"started"`
	Ended       time.Time     `json:"ended"`
	Interrupted bool          `json:"interrupted,omitempty"`
	Killed      bool          `json:"killed,omitempty"`  // from history: its process died, and cells may be missing
	Running     bool          `json:"running,omitempty"` // from history: it goes on
	Pruned      *time.Time    `json:"pruned,omitempty"`  // when history let go of its evidence
	Cells       []Entry       `json:"cells"`
	Counts      engine.Counts `json:"counts"`
	Left        []Left        `json:"left"`
}

// An Entry is one cell of a Document.
type Entry struct {
	Number    int             `json:"number"`
	Contract  string          `json:"contract"`
	Case      string          `json:"case"` // "" for the base
	Account   string          `json:"account"`
	Operation string          `json:"operation"`
	Verdict   verdict.Class   `json:"verdict"`
	Kind      verdict.Kind    `json:"kind"`            // "" for kept
	Fixed     bool            `json:"fixed,omitempty"` // known, and not told this time
	Reason    string          `json:"reason"`
	Said      string          `json:"said"`
	Seen      string          `json:"seen"`
	Want      string          `json:"want,omitempty"`
	Hint      string          `json:"hint,omitempty"`
	Fields    []string        `json:"fields,omitempty"`
	Trials    *verdict.Trials `json:"trials,omitempty"` // where the contract is repeated
	// Diagnosis is what sets the account apart, of a lie or a broken contract that other
	// accounts kept, and Cause the same in words.
	Diagnosis *diagnosis.Diagnosis `json:"diagnosis,omitempty"`
	Proof     *engine.Proof        `json:"proof,omitempty"`
	Cause     string               `json:"cause,omitempty"`
	Timings   Timings              `json:"timings"`
	Place     string               `json:"place"` // file:line
}

// Timings are a cell's times in milliseconds. First, Stable and Lost count from
// the last byte of the reply and are those of the effect that decided; null
// where there was no such moment.
type Timings struct {
	Cell   float64  `json:"cell_ms"`
	Reply  *float64 `json:"reply_ms"` // from sending the act to the last byte of its reply
	First  *float64 `json:"first_ms"` // the effect was first seen
	Stable *float64 `json:"stable_ms"`
	Lost   *float64 `json:"lost_ms"`
}

// Left is one thing that was left behind, and by which cell.
type Left struct {
	Cell int `json:"cell"`
	engine.Leftover
}

// JSON writes a run as one Document, the cells in the plan's order.
func JSON(w io.Writer, run *engine.Finished) error { return writeJSON(w, DocumentOf(run)) }

// JSONOf writes a Document of one cell of a run. The other accounts are not in it, but in
// the cell's diagnosis.
func JSONOf(w io.Writer, run *engine.Finished, r *engine.Result) error {
	one := *run
	one.Results = []*engine.Result{r}
	return writeJSON(w, documentOf(&one, diagnosis.Over(run)))
}

func writeJSON(w io.Writer, d *Document) error {
	text, err := JSONText(d)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// DocumentOf is the run as a Document. Lists are never nil, so that they are [] and not null.
func DocumentOf(run *engine.Finished) *Document { return documentOf(run, diagnosis.Over(run)) }

func documentOf(run *engine.Finished, known *diagnosis.Matrix) *Document {
	d := &Document{
		Run: run.ID, Suite: run.Suite, Target: run.Target, Started: run.Started, Ended: run.Ended,
		Interrupted: run.Interrupted, Killed: run.Killed, Running: run.Running, Cells: []Entry{}, Counts: engine.Count(run.Results), Left: []Left{},
	}
	if !run.Pruned.IsZero() {
		d.Pruned = &run.Pruned
	}
	for _, r := range sorted(run) {
		d.Cells = append(d.Cells, entry(r, known))
		for _, left := range r.Left {
			d.Left = append(d.Left, Left{Cell: r.Number, Leftover: left})
		}
	}
	return d
}

func entry(r *engine.Result, known *diagnosis.Matrix) Entry {
	c := r.Subject()
	e := Entry{
		Number: r.Number, Contract: c.Contract, Case: c.Case, Account: c.Account, Operation: r.Operation,
		Verdict: r.Verdict.Class, Kind: r.Verdict.Kind, Fixed: r.Verdict.Fixed, Trials: r.Verdict.Trials, Timings: timings(r), Place: r.Place,
	}
	e.Diagnosis, e.Proof = known.Of(r), r.Proof
	e.Cause = e.Diagnosis.Text()
	if len(r.Verdict.Findings) > 0 {
		f := r.Verdict.Findings[0]
		e.Reason, e.Said, e.Seen, e.Want, e.Hint, e.Fields = f.Reason, f.Said, f.Seen, f.Want, f.Hint, f.Fields
	}
	if e.Said == "" {
		e.Said = answered(r)
	}
	if e.Seen == "" && len(r.Verdict.Lines) > 0 {
		e.Seen = r.Verdict.Lines[0].Text
	}
	return e
}

func timings(r *engine.Result) Timings {
	t := Timings{Cell: milliseconds(took(r.Started, r.Ended))}
	if r.Record != nil && r.Record.Act != nil {
		t.Reply = some(r.Record.Act.SaidAt - r.Record.Act.SentAt)
	}
	if len(r.Verdict.Lines) > 0 {
		line := r.Verdict.Lines[0]
		t.First, t.Stable, t.Lost = some(line.First), some(line.Stable), some(line.Lost)
	}
	return t
}

// some is the duration in milliseconds, nil for none.
func some(d time.Duration) *float64 {
	if d <= 0 {
		return nil
	}
	ms := milliseconds(d)
	return &ms
}

// milliseconds keeps microseconds: more is noise.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
