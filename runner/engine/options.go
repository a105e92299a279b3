package engine

import (
	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// Options say what to run, and where.
type Options struct {
	Suite  *contracts.Suite
	Target *contracts.Target
	// Server is the base address; "" takes the target's own. An embedded sandbox
	// gives it, and its accounts' Credentials: account → name → value.
	Server      string
	Credentials map[string]map[string]string
	// Behind is the address that Server passes everything on to, where it is a proxy of ours:
	// the limits are those of that place, and the journal names it, since a sweep goes there.
	// "" is Server itself.
	Behind    string
	Accounts  []string // patterns; empty: all
	Witnesses []string // further accounts, on which no cell is run: their listings are asked for what went astray
	Contracts []string // patterns, or parts of titles; empty: all
	// Only says of a cell of the chosen contracts and accounts whether it is planned; nil: all are.
	Only      func(*Cell) bool
	ReadOnly  bool // no cell that writes is planned
	OnlyFacts bool // no cell is planned at all: the run is for Learn
	// Paper is for a run that is planned and never started: writes that the target does not
	// allow are in the plan, and no secret is resolved.
	Paper bool
	// Plan is what was planned; New gives a *PlanChanged where it would send anything else.
	// nil: nothing was.
	Plan       *Plan
	Probes     map[string]Probe
	Env        func(string) (string, bool) // for references; nil: none are set
	Run        string                      // the run's id; "" draws one
	OneAtATime bool                        // cells do not overlap
	// Journal opens the journal of the run, once the plan is known to be good and
	// only if it writes; its error is New's. nil: none is kept, and what a crash
	// leaves behind nobody knows of.
	Journal func(run string, header journal.Header) (Journal, error)
	// Budgets is the folder through which runs share what is left of the limits of an account;
	// "" keeps them to this run.
	Budgets string
	// Allowance is how many writes may still be sent, where the run shares that with others of
	// one command; nil: as many as the limits say.
	Allowance *Allowance
	Webhooks  Webhooks
	// Flip is a fact of an account that is changed before the first cell begins, and put back
	// after the last; nil: none.
	Flip *Flip
	// Ended is called once for each cell, when its result is final and before anybody gets
	// it. It must not wait. nil: nobody wants to know.
	Ended func(*Result)
	Wire  wire.Options
}
