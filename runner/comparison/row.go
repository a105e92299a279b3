package comparison

import (
	"time"

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
	// the effect that decided was first seen. 0: there was no such moment.
	Reply, Seen time.Duration
	// Outlines are how its replies looked, one for each call, eyes and status. History keeps
	// equal ones once, and gives the same pointer for them. None, where evidence was pruned.
	Outlines []*Outline
}

// subject names the cell that a row is of, on whatever account.
type subject struct{ contract, variant string }

func (r *Row) subject() subject { return subject{r.Contract, r.Case} }
