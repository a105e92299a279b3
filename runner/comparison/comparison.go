// Package comparison says what is different between two runs, two accounts or two
// targets, and what of it is no chance.
//
// It compares rows ([Row]), one for each cell: its verdict, its times, and its outlines
// ([Outline]), which are the names, types and headers of the replies without what is new each
// time. History keeps a row beside each cell, so two runs of ten thousand cells are compared
// without reading one of their records:
//
//	outlines := comparison.OutlinesOf(result) // once, when the cell is kept
//	...
//	c := comparison.Of(comparison.Runs, before, after)
//	c.Verdicts   // cells whose verdict is another
//	c.Slower     // endpoints whose effects or replies came later, by a test (ranks.go)
//	c.Shapes     // fields, types, statuses, headers and snapshots that are others
//
// A cell is held against its own twin: the same contract, case and account in two runs; the
// same contract and case on two accounts. Every sentence counts its cells.
//
// # What is noise
//
// A difference between A and B says nothing where the same differs within A alone, or within
// B alone, between cells that should agree. Which those are, and how many cells it takes
// before a difference counts all the same, stands in calm.go.
//
// It is pure: no clock, no file, no network. The same rows give the same comparison, in
// whatever order they come.
package comparison

import (
	"cmp"
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A Form is what A and B are.
type Form string

// The forms.
const (
	Runs     Form = "runs"     // of one target
	Accounts Form = "accounts" // of one run
	Targets  Form = "targets"  // a run of each
)

// A Side is A or B. A is what is expected, B is what is looked at.
type Side struct {
	Name    string `json:"name"` // 7f3a, shop-rome or sandbox
	Run     string `json:"run"`
	Suite   string `json:"suite"`
	Target  string `json:"target"`
	Account string `json:"account,omitempty"` // of two accounts: which
	// Halted says why cells of the run may be missing: "was interrupted", "was killed"; "" where none are.
	Halted  string         `json:"halted,omitempty"`
	Started time.Time      `json:"started"`
	Rows    []Row          `json:"-"` // of the whole run, the other accounts' too: they show what is noise
	Facts   []engine.Facts `json:"-"`
	// Earlier are the rows of runs before A, which show how much its times swing by themselves.
	Earlier [][]Row `json:"-"`
}

// A Comparison is what is different.
type Comparison struct {
	Form     Form            `json:"form"`
	A        Side            `json:"a"`
	B        Side            `json:"b"`
	Cells    int             `json:"cells"` // that were compared: those that are in both
	Notes    []string        `json:"notes"` // what could not be compared, and why
	Verdicts []VerdictChange `json:"verdicts"`
	Facts    []FactChange    `json:"facts"`
	Latency  Latency         `json:"latency"`
	Shapes   []ShapeChange   `json:"shapes"`
	Noise    int             `json:"noise"` // differences of shape that were subtracted
}

// Of compares two sides.
func Of(form Form, a, b Side) *Comparison {
	a.Rows, b.Rows = ordered(a.Rows), ordered(b.Rows)
	c := &Comparison{Form: form, A: a, B: b}
	p := pairing{form: form, a: a, b: b}
	p.pair()
	c.Cells, c.Notes = len(p.pairs), p.notes()
	c.Verdicts = verdictChanges(&p)
	c.Facts = factChanges(&p)
	c.Latency = latencyOf(&p)
	c.Shapes, c.Noise = shapeChanges(&p)
	return c
}

func ordered(rows []Row) []Row {
	return slices.SortedStableFunc(slices.Values(rows), func(a, b Row) int { return cmp.Compare(a.Number, b.Number) })
}

// Worse are the verdicts by which B is lied to or broken, and A is not, or not like that.
func (c *Comparison) Worse() int { return c.count(Worse) }

// Unsure are those that are inconclusive in B and were not in A.
func (c *Comparison) Unsure() int { return c.count(Unsure) }

// Better are those by which A is lied to or broken, and B is not.
func (c *Comparison) Better() int { return c.count(Better) }

func (c *Comparison) count(way Way) int {
	n := 0
	for i := range c.Verdicts {
		if c.Verdicts[i].Way == way {
			n++
		}
	}
	return n
}

// Same says that nothing at all is different.
func (c *Comparison) Same() bool {
	return len(c.Verdicts) == 0 && len(c.Facts) == 0 && len(c.Latency.Slower) == 0 && len(c.Latency.Faster) == 0 && len(c.Shapes) == 0
}

// rank orders verdicts, the worst first.
func rank(class verdict.Class) int {
	return slices.Index([]verdict.Class{verdict.Lied, verdict.Broken, verdict.Inconclusive, verdict.KnownLie, verdict.Kept}, class)
}
