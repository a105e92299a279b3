package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// mostFlips is how many suspected causes of one lie are tried.
const mostFlips = 3

// A suspicion is a change of an account that would show why it is lied to, with the lies that
// it would explain.
type suspicion struct {
	flip engine.Flip
	lies []*engine.Result
}

// mayFlip refuses --flip where nothing could be changed, before anything is sent.
func (o runOrder) mayFlip(suite *contracts.Suite) error {
	read := suite.Provider.Account
	switch {
	case !o.flips:
		return nil
	case o.readOnly:
		return errors.New("--flip changes accounts, and --read-only changes nothing\nhint: leave one of them out")
	case o.follow != "":
		return errors.New("what --flip sends depends on what the run finds, so no plan can name it beforehand\nhint: leave --flip or --plan out")
	case !suite.Target.Flip:
		return fmt.Errorf("%s: target %q does not allow that facts of its accounts are changed\nhint: say flip: allowed there, if it may be granted and taken back what an account lacks", suite.Target.Pos, suite.Target.Name)
	case read == nil || len(read.Set) == 0:
		return fmt.Errorf("%s: the suite does not say how a fact of an account is changed\nhint: account: {set: {can: {call: PUT /scopes, body: {scopes: \"${value}\"}}}}", suite.Provider.Pos)
	}
	return nil
}

// proveCauses tries what the diagnosis suspects: it changes the fact, runs the contracts again,
// puts the fact back, and runs them once more. What it finds stands with each lie.
func (c *console) proveCauses(ctx context.Context, suite *contracts.Suite, dir string, run *engine.Finished, o runOrder) {
	for _, s := range suspicions(suite, run) {
		if s.open() == nil {
			continue // proved by an earlier one
		}
		changed := o
		changed.flip = &s.flip
		with := c.tryAgain(ctx, suite, dir, s, changed)
		if with == nil || with.Interrupted {
			return
		}
		var without *engine.Finished
		if with.Flipped.Set && with.Flipped.Back {
			if without = c.tryAgain(ctx, suite, dir, s, o); without == nil || without.Interrupted {
				return
			}
		}
		for _, lie := range s.open() {
			p := engine.Prove(lie, sameCell(with, lie), sameCell(without, lie), *with.Flipped)
			p.Runs = provedIn(with, without)
			if lie.Proof == nil || p.Outcome == engine.Proved {
				lie.Proof = &p
			}
			if !p.Back {
				lie.Left = append(lie.Left, engine.Leftover{
					Account: p.Account, Resource: "account." + p.Fact, Call: p.Hint, Why: p.Why,
				})
			}
		}
	}
}

// open are the lies that nothing is proved of yet.
func (s *suspicion) open() (lies []*engine.Result) {
	for _, r := range s.lies {
		if r.Proof == nil || r.Proof.Outcome != engine.Proved {
			lies = append(lies, r)
		}
	}
	return lies
}

// suspicions are what the diagnosis of every lie suggests to change, and the suite has words
// for; each change once, however many lies it would explain.
func suspicions(suite *contracts.Suite, run *engine.Finished) []*suspicion {
	matrix, byChange := diagnosis.Over(run), map[string]*suspicion{}
	var all []*suspicion
	for _, r := range run.Results {
		d := matrix.Of(r)
		if d == nil || r.Verdict.Class != verdict.Lied {
			continue
		}
		for _, cause := range d.Causes[:min(mostFlips, len(d.Causes))] {
			flip, ok := cause.Flip(run, r)
			if !ok || suite.Provider.Account.Setter(flip.Fact) == nil {
				continue
			}
			name, err := json.Marshal(flip)
			if err != nil {
				continue
			}
			if byChange[string(name)] == nil {
				byChange[string(name)] = &suspicion{flip: flip}
				all = append(all, byChange[string(name)])
			}
			byChange[string(name)].lies = append(byChange[string(name)].lies, r)
		}
	}
	return all
}

// tryAgain runs the cells of a suspicion again; nil where nothing could be run.
func (c *console) tryAgain(ctx context.Context, suite *contracts.Suite, dir string, s *suspicion, o runOrder) *engine.Finished {
	wanted := map[string]bool{}
	for _, r := range s.open() {
		wanted[rowName(r.Subject().Contract, r.Subject().Case)] = true
	}
	o.accounts, o.quiet = []string{s.flip.Account}, true
	o.only = func(cell *engine.Cell) bool {
		return wanted[rowName(cell.Contract.Title, cell.CaseName())]
	}
	run, err := c.runProofs(ctx, suite, dir, o)
	if err != nil {
		c.warn("%s of %s was not tried: %v", report.Line("account."+s.flip.Fact), report.Line(s.flip.Account), err)
	}
	return run
}

// rowName names the cells of one account in any run.
func rowName(contract, variant string) string { return fmt.Sprintf("%q %q", contract, variant) }

// sameCell is the cell of a run, of one account only, that does what another did.
func sameCell(run *engine.Finished, of *engine.Result) *engine.Result {
	if run == nil {
		return nil
	}
	for _, r := range run.Results {
		if r.Subject().Contract == of.Subject().Contract && r.Subject().Case == of.Subject().Case {
			return r
		}
	}
	return nil
}

func provedIn(runs ...*engine.Finished) (ids []string) {
	for _, run := range runs {
		if run != nil && run.ID != "" {
			ids = append(ids, run.ID)
		}
	}
	return ids
}
