package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A purse is what all trials together may write, and what they have written. It is one for
// controls and trials, since to who owns the account they are one run.
type purse struct {
	*engine.Allowance
	limits contracts.Limits
	paper  *engine.Engine            // every cell, planned and never run
	paces  map[string]*budget.Budget // by account: what a liar sends by itself keeps to the rate, too
}

// A cost is what trials may write at most.
type cost struct {
	writes int
	by     map[string]int // by account
}

func (c *cost) add(more cost) {
	if c.by == nil {
		c.by = map[string]int{}
	}
	c.writes += more.writes
	for who, n := range more.by {
		c.by[who] += n
	}
}

// openPurse plans what is carried out, and sends nothing.
func (p *proving) openPurse() error {
	upstream, credentials, leave, err := p.provider()
	if err != nil {
		return err
	}
	defer leave()
	only := *p.suite
	only.Contracts = p.contracts
	e, err := engine.New(engine.Options{
		Suite: &only, Target: p.suite.Target, Server: upstream, Credentials: credentials,
		Accounts: []string{p.account.Name}, Env: p.c.env, Paper: true,
	})
	if err != nil {
		return err
	}
	p.purse = &purse{Allowance: engine.NewAllowance(e.Limits().Writes), limits: e.Limits(), paper: e, paces: map[string]*budget.Budget{}}
	origin, err := wire.Origin(upstream)
	if err != nil {
		return err
	}
	for _, account := range p.suite.Target.Accounts {
		// Without the limit of what is under way: a liar sends while it is asked, and so one at a time.
		pace, err := budget.New(budget.Limits{Rate: e.Limits().Rate}, budget.Folder(), origin, account.Name)
		if err != nil {
			return err
		}
		p.purse.paces[account.Name] = pace
	}
	return nil
}

// costOf is what a trial may write at most, and who does: each attempt with what the liar
// sends besides and what removes that, and once more what cleans up, should the lie have hidden
// something. What is not clear is tried a second time.
func (u *purse) costOf(t trial) cost {
	cell := u.cell(t)
	if cell == nil {
		return cost{}
	}
	out := cost{by: u.paper.MostWrites(cell)}
	for _, n := range out.by {
		out.writes += n
	}
	removals, attempts := 0, 2
	requests, _ := u.paper.Planned(cell)
	for _, r := range requests {
		if r.Phase == "clean-up" {
			removals += r.AtMost
		}
	}
	more := removals + attempts*t.lie.Writes()*(1+removals)
	out.writes += more
	for _, who := range u.spenders(t) {
		out.by[who] += more
	}
	if t.lie.Name != "" {
		out.add(out)
	}
	return out
}

func (u *purse) cell(t trial) *engine.Cell {
	for _, cell := range u.paper.Cells() {
		if cell.Contract == t.contract && cell.Case == t.of && cell.Again == t.again {
			return cell
		}
	}
	return nil
}

// spenders are the accounts as which the liar of a trial may write. It knows credentials and
// no accounts, so that each of them is charged for all that it sends.
func (u *purse) spenders(t trial) []string {
	cell := u.cell(t)
	names := map[string]bool{cell.Account.Name: true}
	requests, _ := u.paper.Planned(cell)
	for _, r := range requests {
		if r.Write && u.paces[r.Eyes] != nil {
			names[r.Eyes] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// spend takes a write of a liar's own out of the purse, and waits for its turn.
func (u *purse) spend(t trial) func(context.Context) (func(), error) {
	who := u.spenders(t)
	return func(ctx context.Context) (func(), error) {
		var answered []func()
		all := func() {
			for _, each := range answered {
				each()
			}
		}
		for _, name := range who {
			leave, err := u.paces[name].Enter(ctx)
			if err == nil {
				answered = append(answered, leave)
				err = u.Take(name)
			}
			if err != nil {
				all()
				return nil, err
			}
		}
		return all, nil
	}
}

// sent is how many writes there were, those included that a liar has swallowed.
func (u *purse) sent() int {
	n := u.Sent("nobody")
	for name := range u.paces {
		n += u.Sent(name)
	}
	return n
}

// lacks tells what is missing for all of it, and what would supply it; "" where there is
// enough. No trial begins that another may leave without what cleans up after it.
func (u *purse) lacks(what string, all cost) (why, hint string) {
	for _, who := range slices.Sorted(maps.Keys(all.by)) {
		need, sent := all.by[who], u.Sent(who)
		if most := u.limits.Writes; most > 0 && sent+need > most {
			return fmt.Sprintf("%s may take %s with %s, and %d of limits.writes_per_run %d are left", what, counted(need, "write"), who, most-sent, most),
				fmt.Sprintf("hint: say `writes_per_run: %d` in polygraph.yaml, or choose fewer contracts with --contract", sent+need)
		}
	}
	return "", ""
}

// affordControls asks whether there is enough before anything is sent, and says what will be.
func (p *proving) affordControls(all []trial) error {
	var sum cost
	for _, t := range all {
		sum.add(p.purse.costOf(t))
	}
	if why, hint := p.purse.lacks(counted(len(all), "control"), sum); why != "" {
		return fmt.Errorf("nothing was sent: %s\n%s", why, hint)
	}
	p.announce("%s without a lie, at most %s on %s%s", counted(len(all), "control"), counted(sum.writes, "write"), p.suite.Target.Name, p.throttle())
	return nil
}

// affordTrials asks the same before the first lie is told. Its error says what is known by then,
// so that one can choose.
func (p *proving) affordTrials(all []*posed) error {
	var sum cost
	of, lies := map[*contracts.Contract]*cost{}, map[*contracts.Contract]int{}
	for _, a := range all {
		one := p.purse.costOf(a.trial())
		sum.add(one)
		if of[a.contract] == nil {
			of[a.contract] = &cost{}
		}
		of[a.contract].add(one)
		lies[a.contract]++
	}
	if why, hint := p.purse.lacks(counted(len(all), "trial"), sum); why != "" {
		lines := []string{"no lie was told: " + why}
		for _, contract := range p.contracts {
			if of[contract] != nil {
				lines = append(lines, fmt.Sprintf("  %s, at most %s: %s", counted2(lies[contract], "lie", "lies"), counted(of[contract].writes, "write"), contract.Title))
			}
		}
		return errors.New(strings.Join(append(lines, hint), "\n"))
	}
	if len(all) == 0 {
		return nil
	}
	p.announce("%s, one for each lie, at most %s on %s%s", counted(len(all), "trial"), counted(sum.writes, "write"), p.suite.Target.Name, p.throttle())
	if asked := witnesses(all); len(asked) > 0 {
		p.announce("what goes astray is looked for with %s, too: only read there", strings.Join(asked, ", "))
	}
	return nil
}

// throttle says what is not counted, and what holds all the same.
func (p *proving) throttle() string {
	if most := p.purse.limits.Writes; most > 0 {
		return fmt.Sprintf("; a 429 may ask for more, within writes_per_run %d", most)
	}
	return "; a 429 may ask for more"
}

// announce says what will be sent, before it is.
func (p *proving) announce(format string, args ...any) {
	if !p.quiet {
		fmt.Fprintln(p.c.err, fmt.Sprintf(format, args...))
	}
}
