package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A write is every request but a read: what makes a thing, what acts, what deletes, what
// cleans up. A read is what only looks by its method, and a call whose author vouches that
// it does: by writing it where only reads stand, or a POST by `finds`.

// looks tells whether a method is safe by the IANA registry of HTTP methods (RFC 9110, 16.1).
func looks(method string) bool {
	return slices.Contains([]string{"GET", "HEAD", "OPTIONS", "TRACE", "QUERY", "PROPFIND", "REPORT", "SEARCH"}, method)
}

// vouchable tells whether a read may have this method: its author says that it changes
// nothing. Of a DELETE nobody can, and a run that only reads takes no word for what GraphQL
// and searches do not need.
func (e *Engine) vouchable(method string) bool {
	if e.o.ReadOnly {
		return looks(method) || method == "POST"
	}
	return method != "DELETE"
}

// givenWrites tells whether a given thing is made, and so ours to remove. What a GET fetched
// was there before; only a provider whose `make` is one makes things by it.
func givenWrites(given *contracts.Given) bool {
	r := given.Resource
	return !looks(given.Call.Method) || r != nil && r.Make != nil && sameCall(r.Make, given.Call)
}

// actWrites tells whether the act of a cell changes anything, or promises to.
func actWrites(cell *Cell) bool {
	for _, effect := range cell.Contract.Effects {
		switch effect.Verb {
		case contracts.Creates, contracts.Updates, contracts.Deletes:
			return true
		}
	}
	return cell.Contract.Each != nil && cell.Contract.Each.Effect.Verb != contracts.Shows && cell.Contract.Each.Effect.Verb != contracts.Hides || !actReads(cell)
}

// actReads tells whether the act only looks, so that it may be asked again.
func actReads(cell *Cell) bool {
	method := cell.Act().Method
	return looks(method) || method == "POST" && finds(cell.Contract)
}

func finds(contract *contracts.Contract) bool {
	return slices.ContainsFunc(contract.Effects, func(effect *contracts.Effect) bool { return effect.Verb == contracts.Finds })
}

// cellWrites tells whether a cell changes anything: what it needs, its act, or the
// contract's own clean-up, which is sent after a mere read, too.
func (e *Engine) cellWrites(cell *Cell) bool {
	return actWrites(cell) || len(cell.Contract.Cleanup) > 0 || slices.ContainsFunc(cell.Contract.Given, givenWrites)
}

// guardWrites keeps writes from a target that does not allow them. With ReadOnly
// the cells that write are left out; otherwise they are the user's mistake.
func (e *Engine) guardWrites() error {
	if e.o.Paper && !e.o.ReadOnly || !e.o.ReadOnly && e.allowsWrites() {
		return nil
	}
	var reading []*Cell
	writing := map[string]bool{}
	for _, cell := range e.cells {
		if e.cellWrites(cell) {
			writing[cell.Contract.Title] = true
			continue
		}
		reading = append(reading, cell)
	}
	switch {
	case len(writing) == 0:
		return nil
	case !e.o.ReadOnly:
		return fmt.Errorf("target %q does not allow writes, and %d of the chosen contracts write: say `writes: allowed` in polygraph.yaml, or run with --read-only", e.o.Target.Name, len(writing))
	case len(reading) == 0:
		return errors.New("--read-only leaves nothing to run: every chosen contract writes")
	}
	e.cells = reading
	return nil
}

// allowsWrites tells whether the target takes writes: it says so, or it is on this machine
// and does not say otherwise.
func (e *Engine) allowsWrites() bool {
	return e.o.Target.Writes || !e.o.Target.WritesSet && contracts.Loopback(e.behind)
}

// guard is the last look at a request before it goes out: whatever planned it, what writes
// goes only where it may, and nothing but a deed may write.
func (e *Engine) guard(r *request, d *deed) error {
	if d != nil && d.writes {
		return e.mayWrite(r.url)
	}
	if !e.vouchable(r.method) {
		return fmt.Errorf("%s is not sent to read", r.method)
	}
	return nil
}

// spend is for a write that cast has kept back, if it may go where it goes.
func (a *attempt) spend(who *eyes, r *request) error {
	if err := a.e.mayWrite(r.url); err != nil {
		return &haltError{"setup-failed", r.line() + ": " + err.Error(), ""}
	}
	if a.purse[who.name] == 0 { // a sweep has cast nobody
		return a.e.allowance.Take(who.name)
	}
	a.purse[who.name]--
	a.e.allowance.Spend(who.name)
	return nil
}

// spendMore is for a write that nobody has kept back: one that is sent again, or removes what
// was not meant to be made. What is kept back stays so: it is for what is still to be removed.
func (a *attempt) spendMore(who *eyes, r *request) error {
	if err := a.e.mayWrite(r.url); err != nil {
		return &haltError{"setup-failed", r.line() + ": " + err.Error(), ""}
	}
	return a.e.allowance.Take(who.name)
}

// writes counts what an attempt may send that changes something, account by account.
func (a *attempt) writes() map[string]int {
	p := &planning{attempt: a}
	p.makes()
	p.act()
	p.again()
	p.cleanUp()
	need := map[string]int{}
	for _, r := range p.requests {
		if r.Write {
			need[r.who.name] += r.AtMost
		}
	}
	return need
}

// MostWrites is how many writes a cell may take, by account, with its clean-up and the second
// attempt that a finding may need to be sure; without what a 429 asks for.
func (e *Engine) MostWrites(cell *Cell) map[string]int {
	requests, _ := e.Planned(cell)
	need := map[string]int{}
	for _, r := range requests {
		if r.Write {
			need[r.Eyes] += (1 + mostConfirmations) * r.AtMost
		}
	}
	return need
}

// mayWrite says why a write must not go to an address. The plan leaves out what writes; this
// is the last look at the request itself, which also sees where an address that a var names
// really leads: from a target on this machine, perhaps to somebody's live server.
func (e *Engine) mayWrite(address string) error {
	target := e.o.Target
	switch {
	case e.o.ReadOnly:
		return errors.New("the run is read-only, and this writes")
	case !e.allowsWrites():
		return fmt.Errorf("target %q does not allow writes, and this writes", target.Name)
	case target.Writes || contracts.Loopback(address):
		return nil
	}
	if origin, err := wire.Origin(address); err == nil && origin == e.origin {
		return nil
	}
	return fmt.Errorf("target %q is on this machine, and this writes to another: say `writes: allowed`", target.Name)
}
