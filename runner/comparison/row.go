package comparison

import (
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A Row is what of one cell is compared: little enough that ten thousand are read in
// a blink. History keeps it beside the cell, so that nobody decodes a record for it.
type Row struct {
	Number   int
	Contract string
	Case     string // "" for the base
	Account  string
	Call     string // the call under test, as the suite names it
	Class    verdict.Class
	Kind     verdict.Kind // "" for kept
	Fixed    bool         // known, and not told this time
	Status   int          // of the act; 0: none came
	// Reply is from sending the act to the last byte of its reply, Seen from there until
	// the last of its effects was first seen. 0: there was no such moment.
	Reply, Seen time.Duration
	// Outlines are how its replies looked, one for each call, eyes and status. History keeps
	// equal ones once, and gives the same pointer for them. None, where evidence was pruned.
	Outlines []*Outline
}

// RowOf takes the row out of a result that has its exchanges.
func RowOf(r *engine.Result) Row {
	c := r.Subject()
	row := Row{
		Number: r.Number, Contract: c.Contract, Case: c.Case, Account: c.Account, Call: r.Operation,
		Class: r.Verdict.Class, Kind: r.Verdict.Kind, Fixed: r.Verdict.Fixed, Outlines: OutlinesOf(r),
	}
	if r.Record == nil || r.Record.Act == nil {
		return row
	}
	act := r.Record.Act
	if row.Status = act.Status; act.Status != 0 {
		row.Reply = act.SaidAt - act.SentAt
	}
	row.Seen = seen(r)
	return row
}

// seen is when the slowest effect showed, 0 where one of them never did: then the
// verdict tells, and no time does.
func seen(r *engine.Result) time.Duration {
	slowest := time.Duration(0)
	for _, line := range r.Verdict.Lines {
		if line.First <= 0 {
			continue
		}
		slowest = max(slowest, line.First)
	}
	return slowest
}

// subject names the cell that a row is of, on whatever account.
type subject struct{ contract, variant string }

func (r *Row) subject() subject { return subject{r.Contract, r.Case} }
