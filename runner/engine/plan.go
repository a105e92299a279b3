package engine

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// plan multiplies the chosen contracts by the chosen accounts. Its errors are the
// user's: nothing has been sent.
func (e *Engine) plan() error {
	accounts, err := e.chosenAccounts()
	if err != nil {
		return err
	}
	if e.o.OnlyFacts {
		e.learners = accounts
		return nil
	}
	chosen, err := e.chosenContracts()
	if err != nil {
		return err
	}
	for _, contract := range chosen {
		for _, c := range cellsOf(contract) {
			for _, account := range accounts {
				cell := c
				cell.Account = account
				if e.o.Only == nil || e.o.Only(&cell) {
					e.cells = append(e.cells, &cell)
				}
			}
		}
	}
	if err := e.guardWrites(); err != nil {
		return err
	}
	for i, cell := range e.cells {
		cell.Number = i + 1
	}
	return nil
}

// cellsOf gives the base where the contract has one, its cases, and the entries of
// `again`, for no account yet.
func cellsOf(contract *contracts.Contract) []Cell {
	var cells []Cell
	if contract.Base {
		cells = append(cells, Cell{Contract: contract})
	}
	for _, c := range contract.Cases {
		cells = append(cells, Cell{Contract: contract, Case: c})
	}
	for _, a := range contract.Again {
		cells = append(cells, Cell{Contract: contract, Again: a})
	}
	return cells
}

func (e *Engine) chosenAccounts() ([]*contracts.Account, error) {
	all := e.o.Target.Accounts
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: target %q has no accounts", e.o.Target.Pos, e.o.Target.Name)
	}
	if len(e.o.Accounts) == 0 {
		return all, nil
	}
	var chosen []*contracts.Account
	for _, pattern := range e.o.Accounts {
		found := false
		for _, account := range all {
			if matches(pattern, account.Name) {
				found = true
				chosen = append(chosen, account)
			}
		}
		if !found {
			return nil, fmt.Errorf("target %q has no account %q: it has %s%s", e.o.Target.Name, pattern, accountNames(all), meant(pattern, all))
		}
	}
	slices.SortFunc(chosen, func(a, b *contracts.Account) int { return strings.Compare(a.Name, b.Name) })
	return slices.Compact(chosen), nil // several patterns may fit one
}

// meant is a hint at the account whose name is nearest to one that is not there; "" for none.
func meant(pattern string, all []*contracts.Account) string {
	names := make([]string, len(all))
	for i, account := range all {
		names[i] = account.Name
	}
	if name := contracts.Nearest(pattern, names); name != "" {
		return fmt.Sprintf("\nhint: did you mean %q?", name)
	}
	return ""
}

func accountNames(accounts []*contracts.Account) string {
	const most = 12
	names := make([]string, 0, most)
	for _, account := range accounts[:min(most, len(accounts))] {
		names = append(names, account.Name)
	}
	text := strings.Join(names, ", ")
	if len(accounts) > most {
		text += fmt.Sprintf(" and %d more", len(accounts)-most)
	}
	return text
}

// matches compares with a pattern of *, ? and […], or as the whole name.
func matches(pattern, name string) bool {
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", "\x01"), strings.ReplaceAll(name, "/", "\x01"))
	return ok && err == nil || pattern == name
}

func (e *Engine) chosenContracts() ([]*contracts.Contract, error) {
	all := e.o.Suite.Contracts
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: the suite has no contracts (*.contract.yaml)", e.o.Suite.Dir)
	}
	if len(e.o.Contracts) == 0 {
		return all, nil
	}
	var chosen []*contracts.Contract
	for _, contract := range all {
		for _, pattern := range e.o.Contracts {
			if titled(pattern, contract.Title) {
				chosen = append(chosen, contract)
				break
			}
		}
	}
	if len(chosen) == 0 {
		titles := make([]string, len(all))
		for i, contract := range all {
			titles[i] = "  " + contract.Title
		}
		return nil, fmt.Errorf("no contract matches %s; there are:\n%s", strings.Join(quoted(e.o.Contracts), ", "), strings.Join(titles, "\n"))
	}
	return chosen, nil
}

// titled matches a title: whole, by pattern, or by a part of it; letters of any case.
func titled(pattern, title string) bool {
	pattern, title = strings.ToLower(pattern), strings.ToLower(title)
	return matches(pattern, title) || strings.Contains(title, pattern)
}

func quoted(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = fmt.Sprintf("%q", text)
	}
	return out
}

func refsOf(program *expr.Program) [][]string {
	if program == nil {
		return nil
	}
	return program.Refs()
}

// Planned gives every request that a cell would send, in order, and how long it
// may take at the longest, second attempts left out.
func (e *Engine) Planned(cell *Cell) ([]Planned, time.Duration) {
	a := e.newAttempt(cell, 1)
	a.actor = a.me
	if actor, err := a.role(firstOr(cell.Act().As, "me")); err == nil {
		a.actor = actor
	}
	if a.name() != nil || a.bind() != nil {
		return nil, 0
	}
	p := &planning{attempt: a}
	if read := e.o.Suite.Provider.Account; read != nil && read.Read != nil {
		if asker, err := a.role(firstOr(read.Read.As, "me")); err == nil {
			p.add(Planned{Phase: "account", AtMost: 1}, asker, read.Read)
		}
	}
	p.proofs()
	p.makes()
	p.places("before", 2)
	p.act()
	p.poll()
	p.places("watch", 0)
	p.again()
	p.cleanUp()
	p.countTrials()
	return p.requests, p.longest() * time.Duration(e.rounds(cell))
}

type planning struct {
	*attempt
	requests []Planned
}

// add appends a request: what is known of it besides its eyes and call.
func (p *planning) add(r Planned, who *eyes, call *contracts.Call) {
	r.who, r.call, r.Eyes, r.Call = who, call, who.name, call.Method+" "+call.Template
	p.requests = append(p.requests, r)
}

// countTrials counts what every trial sends anew; the account's facts are read once.
func (p *planning) countTrials() {
	for i := range p.requests {
		if p.requests[i].Phase != "account" {
			p.requests[i].AtMost *= p.cell.trials()
		}
	}
}

// proofs are what the run sends to its own inbox, and to nobody else.
func (p *planning) proofs() {
	if sendsAny(p.cell.Contract) {
		p.requests = append(p.requests, Planned{Phase: "inbox", Eyes: nobody, Call: "POST to the inbox of this run, by itself"})
	}
}

func (p *planning) makes() {
	for i, given := range p.cell.Contract.Given {
		p.add(Planned{Phase: "given", Write: givenWrites(given), AtMost: 1}, p.given[i].maker, given.Call)
	}
	for i, given := range p.cell.Contract.Given {
		if given.Removed {
			p.add(Planned{Phase: "given", Write: true, AtMost: 1}, p.remover(p.given[i]), given.Resource.Delete)
		}
	}
}

func (p *planning) act() {
	p.add(Planned{Phase: "act", Write: actWrites(p.cell), AtMost: 1}, p.actor, p.cell.Act())
}

// poll plans what asks for the job of an answer that only promises.
func (p *planning) poll() {
	if job := p.job; job != nil && job.place.call != nil {
		p.add(Planned{Phase: "poll"}, job.place.eyes, job.place.call)
	}
}

func (p *planning) places(phase string, most int) {
	for _, at := range p.attempt.places {
		base := at.probe == verdict.Base
		if at.call == nil || at.look == verdict.Job || phase == "before" && (at.look == verdict.Reply && !base || at.thing == p.created && at.look == verdict.ByKey) || phase == "watch" && base {
			continue
		}
		p.add(Planned{Phase: phase, AtMost: most}, at.eyes, at.call)
	}
	p.items(phase)
}

// items are the reads by key of what a bulk call makes.
func (p *planning) items(phase string) {
	if p.bulk == nil || p.created == nil || p.created.resource.Read == nil || phase == "before" {
		return
	}
	if who, err := p.role(p.defaultRole("read", p.created)); err == nil {
		p.add(Planned{Phase: phase}, who, p.created.resource.Read)
	}
}

func (p *planning) cleanUp() {
	if p.mayMakeUp() && p.never.resource.Delete != nil && !p.never.resource.Never {
		p.add(Planned{Phase: "clean-up", Write: true, AtMost: 1}, p.remover(p.never), p.never.resource.Delete)
	}
	if p.cell.Contract.Cleanup != nil {
		for _, call := range p.cell.Contract.Cleanup {
			who, err := p.role(firstOr(call.As, "me"))
			if err == nil {
				p.add(Planned{Phase: "clean-up", Write: true, AtMost: 1}, who, call)
			}
		}
		return
	}
	var things []*thing
	for i, given := range p.cell.Contract.Given {
		if givenWrites(given) {
			things = append(things, p.given[i])
		}
	}
	if p.created != nil {
		things = append(things, p.created)
	}
	for i := len(things) - 1; i >= 0; i-- {
		most := 1
		if things[i] == p.created {
			most = plannedItems(p.cell)
		}
		if r := things[i].resource; r != nil && r.Delete != nil && !r.Never {
			p.add(Planned{Phase: "clean-up", Write: true, AtMost: most}, p.remover(things[i]), r.Delete)
		}
	}
}

// longest is the patience of the slowest place, its final reads included, after
// the waits for what is given.
func (p *planning) longest() time.Duration {
	var longest time.Duration
	for _, effect := range p.record.Effects {
		for _, w := range effect.Where {
			longest = max(longest, w.Longest())
		}
	}
	if accepted := p.record.Accepted; accepted != nil {
		longest += contracts.PatienceFactor * accepted.Within // as far as Retry-After is followed
	}
	if len(p.given) > 0 {
		longest += or(p.e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin)
	}
	if entry := p.cell.Again; entry != nil {
		longest = 2*longest + entry.After
	}
	return longest
}
