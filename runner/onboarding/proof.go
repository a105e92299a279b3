package onboarding

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
)

// A Proof is a contract whose effect, on an account, shows that the account has the scopes
// which the contract needs.
type Proof struct {
	Contract *contracts.Contract
	Scopes   []string      // all that it needs, sorted
	Writes   int           // what it sends that writes on one account, clean-up included, at most
	Wait     time.Duration // the longest
	Debts    int           // things that it makes and that nothing removes
}

// A Set is what is run to learn what accounts can do.
type Set struct {
	Scopes   []string // every scope that a contract needs, sorted
	Proofs   []Proof  // in the order of the suite
	Unproved []Unproved
}

// An Unproved scope is one that no contract shows by an effect.
type Unproved struct {
	Scope string
	Why   string
}

// Choose finds the smallest set of contracts that proves every scope of the suite, as far
// as it can be proved. Fewest things that nothing removes come first, then fewest contracts,
// fewest writes, the shortest wait and the order of the suite: the same suite gives the
// same set. The engine plans the whole suite; nothing is sent.
func Choose(suite *contracts.Suite, e *engine.Engine, readOnly bool) *Set {
	bases := map[*contracts.Contract]*engine.Cell{}
	for _, cell := range e.Cells() {
		if cell.Case == nil && cell.Again == nil && bases[cell.Contract] == nil {
			bases[cell.Contract] = cell
		}
	}
	set := &Set{}
	var proofs []Proof
	whyNot := map[string][]string{}
	for _, contract := range suite.Contracts {
		if len(contract.Needs) == 0 {
			continue
		}
		set.Scopes = append(set.Scopes, contract.Needs...)
		proof, why := proofOf(contract, e, bases[contract], readOnly)
		if why == "" {
			proofs = append(proofs, proof)
			continue
		}
		for _, scope := range contract.Needs {
			whyNot[scope] = append(whyNot[scope], fmt.Sprintf("%s (%s) %s", contract.Title, place(contract), why))
		}
	}
	slices.Sort(set.Scopes)
	set.Scopes = slices.Compact(set.Scopes)
	set.Proofs = smallest(proofs)
	for _, scope := range set.Scopes {
		if !slices.ContainsFunc(set.Proofs, func(p Proof) bool { return slices.Contains(p.Scopes, scope) }) {
			set.Unproved = append(set.Unproved, Unproved{scope, "no contract proves it: " + someOf(whyNot[scope])})
		}
	}
	return set
}

// Place is where the contract stands.
func (p *Proof) Place() string { return place(p.Contract) }

func place(c *contracts.Contract) string { return fmt.Sprintf("%s:%d", c.Pos.File, c.Pos.Line) }

// someOf joins reasons; of many it counts the rest.
func someOf(reasons []string) string {
	const most = 3
	if more := len(reasons) - most; more > 0 {
		return strings.Join(reasons[:most], "; ") + fmt.Sprintf("; and %d more", more)
	}
	return strings.Join(reasons, "; ")
}

// proofOf makes a proof of a contract, or says why it is none.
func proofOf(contract *contracts.Contract, e *engine.Engine, base *engine.Cell, readOnly bool) (Proof, string) {
	if why := unfit(contract); why != "" {
		return Proof{}, why
	}
	if base == nil {
		return Proof{}, "is not in the plan"
	}
	requests, wait := e.Planned(base)
	if len(requests) == 0 {
		return Proof{}, "cannot be planned on this target"
	}
	p := Proof{Contract: contract, Scopes: slices.Compact(slices.Sorted(slices.Values(contract.Needs))), Wait: wait, Debts: debts(contract)}
	for _, r := range requests {
		if r.Write {
			p.Writes += r.AtMost
		}
	}
	if readOnly && p.Writes > 0 {
		return Proof{}, "writes, and --read-only was given"
	}
	return p, ""
}

// unfit says why a contract tells nothing of what an account can do; "" where it does.
func unfit(c *contracts.Contract) string {
	switch {
	case !c.Base:
		return "sends only cases"
	case slices.ContainsFunc(c.Act.As, func(role string) bool { return role != "me" }):
		return "acts as " + strings.Join(c.Act.As, ", ")
	case refuses(c.Status):
		return "expects to be refused"
	case c.Each == nil && !slices.ContainsFunc(c.Effects, positive):
		return "looks at no effect"
	}
	return ""
}

// positive tells an effect that something comes of it. What only stays as it was, or is
// nowhere to be seen, comes of a call that does nothing, too.
func positive(e *contracts.Effect) bool {
	return e.Verb != contracts.Keeps && e.Verb != contracts.Hides
}

// refuses tells a status that no success would meet.
func refuses(s contracts.Status) bool {
	good := func(code int) bool { return code < 400 }
	return s.Claim == contracts.Refused ||
		len(s.Codes)+len(s.Classes) > 0 && !slices.ContainsFunc(s.Codes, good) && !slices.ContainsFunc(s.Classes, func(class int) bool { return class < 4 })
}

// debts counts the things that a contract makes and nothing removes.
func debts(c *contracts.Contract) int {
	if c.Cleanup != nil {
		return 0
	}
	n := 0
	for _, given := range c.Given {
		if made := given.Resource != nil || given.Call.Method != "GET"; made && !removable(given.Resource) {
			n++
		}
	}
	for _, e := range c.Effects {
		if e.Verb == contracts.Creates && !removable(e.Resource) {
			n++
		}
	}
	if c.Each != nil && c.Each.Effect.Verb == contracts.Creates && !removable(c.Each.Effect.Resource) {
		n++
	}
	return n
}

func removable(r *contracts.Resource) bool { return r != nil && r.Delete != nil && !r.Never }

// Suite is the suite with the set's contracts alone, and of these the base: an engine that
// is made of it runs the proofs and nothing else.
func (s *Set) Suite(whole *contracts.Suite) *contracts.Suite {
	trimmed := *whole
	trimmed.Contracts = nil
	for _, proof := range s.Proofs {
		base := *proof.Contract
		base.Cases, base.Again = nil, nil
		trimmed.Contracts = append(trimmed.Contracts, &base)
	}
	return &trimmed
}
