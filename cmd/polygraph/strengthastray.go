package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/liar"
	"github.com/polygraph-dev/polygraph/runner/engine"
)

// astray is the lie that a creation is stored on another account. Trials have one account, and
// nobody would see it there: this lie's has one more, which is only read.
func (y *lying) astray(effect *contracts.Effect) {
	if len(y.suite.Target.Accounts) < 2 {
		return // there is nowhere to go
	}
	lie := liar.Lie{Name: "misdirected-write"}
	witness, why := y.p.witness(trial{contract: y.contract, of: y.done.of, again: y.done.again})
	if witness == "" {
		y.cannot(lie.Name, why)
		return
	}
	y.ask(lie, y.done, y.places("and that of other accounts is asked for what went astray"))
	for i := range y.questions {
		if y.questions[i].lie.Name == lie.Name {
			y.questions[i].witness = witness
		}
	}
}

// mostWitnesses is how many accounts are tried for one whose credential is at hand.
const mostWitnesses = 16

// witness is the next account of the target that a trial does not look with by itself and
// whose credential is at hand; "" and why where there is none.
func (p *proving) witness(t trial) (name, why string) {
	known := map[string]bool{}
	requests, _ := p.purse.paper.Planned(p.purse.cell(t))
	for _, r := range requests {
		known[r.Eyes] = true
	}
	accounts := p.suite.Target.Accounts
	at := slices.Index(accounts, p.account)
	for i := 1; i <= min(len(accounts)-1, mostWitnesses); i++ {
		next := accounts[(at+i)%len(accounts)].Name
		if known[next] {
			continue
		}
		err := p.atHand(next)
		if err == nil {
			return next, ""
		}
		if why == "" {
			first, _, _ := strings.Cut(err.Error(), "\n")
			why = "nobody can be asked whether it went to another account: " + first
		}
	}
	if why == "" {
		why = "the contract looks with every account of the target by itself"
	}
	return "", why
}

// atHand tells why the credential of an account cannot be had, nil where it can. It sends
// nothing.
func (p *proving) atHand(name string) error {
	if p.suite.Target.Embedded != "" {
		return nil // the sandbox knows them all
	}
	if err, asked := p.hands[name]; asked {
		return err
	}
	only := *p.suite
	only.Contracts = p.contracts
	e, err := engine.New(engine.Options{
		Suite: &only, Target: p.suite.Target, Server: p.suite.Target.Server,
		Accounts: []string{p.account.Name}, Witnesses: []string{name}, Env: p.c.env,
	})
	if err == nil {
		e.Stop(nil)
	}
	if p.hands == nil {
		p.hands = map[string]error{}
	}
	p.hands[name] = err
	return err
}

// witnesses are the accounts that are only read, sorted.
func witnesses(all []*posed) []string {
	names := map[string]bool{}
	for _, a := range all {
		if a.witness != "" {
			names[a.witness] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
