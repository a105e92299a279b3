package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A Finished is a run that has come to its end, as history keeps it and reports
// show it.
type Finished struct {
	ID          string // hex; names the run in "polygraph show 7f3a/12"; "" for a run that is not kept
	Suite       string // the folder, as the user gave it
	Target      string
	Started     time.Time
	Ended       time.Time
	Requests    int64 // sent in all
	Interrupted bool  // cells may be missing
	// Killed and Running are of a run in history that has not ended: its process died, or
	// still writes. Ended is then when it last did, and only the cells until then are there.
	Killed   bool
	Running  bool
	Pruned   time.Time // when history let go of its evidence; zero: it is there
	Accounts []Facts
	Results  []*Result
	// Earlier are earlier runs of some of its cells, the newest first, where somebody has looked
	// them up: the diagnosis compares an account with its own past.
	Earlier []*Finished `json:"-"`
	// Flipped is what became of the run's flip; nil for a run without one.
	Flipped *Flipped `json:"-"`
}

// Cell gives the result of the cell with this number, or nil.
func (f *Finished) Cell(number int) *Result {
	for _, each := range f.Results {
		if each.Number == number {
			return each
		}
	}
	return nil
}

// Subject says which cell a result is of. A result that was read from history has
// no Cell, and one that never began may have no record.
func (r *Result) Subject() verdict.Cell {
	if r.Record != nil {
		return r.Record.Cell
	}
	if r.Cell == nil {
		return verdict.Cell{}
	}
	return verdict.Cell{Contract: r.Cell.Contract.Title, Case: r.Cell.CaseName(), Account: r.Cell.Account.Name}
}

// Counts are a run's cells by verdict. Each cell is in exactly one of them.
type Counts struct {
	Cells        int `json:"cells"`
	Accounts     int `json:"accounts"`
	Kept         int `json:"kept"`
	Lied         int `json:"lied"`
	Broken       int `json:"broken"`
	Inconclusive int `json:"inconclusive"`
	Known        int `json:"known"`
	Left         int `json:"left"` // things made and not removed
}

// Count counts results.
func Count(results []*Result) Counts {
	c := Counts{Cells: len(results)}
	accounts := map[string]bool{}
	for _, r := range results {
		accounts[r.Subject().Account] = true
		c.Left += len(r.Left)
		switch r.Verdict.Class {
		case verdict.Kept:
			c.Kept++
		case verdict.Lied:
			c.Lied++
		case verdict.Broken:
			c.Broken++
		case verdict.KnownLie:
			c.Known++
		default:
			c.Inconclusive++
		}
	}
	c.Accounts = len(accounts)
	return c
}

// String is "119 kept, 1 lied": kept always, the others where there are any.
func (c Counts) String() string {
	parts := []string{fmt.Sprintf("%d kept", c.Kept)}
	for _, each := range []struct {
		class verdict.Class
		n     int
	}{{verdict.Lied, c.Lied}, {verdict.Broken, c.Broken}, {verdict.Inconclusive, c.Inconclusive}, {verdict.KnownLie, c.Known}} {
		if each.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", each.n, each.class))
		}
	}
	return strings.Join(parts, ", ")
}
