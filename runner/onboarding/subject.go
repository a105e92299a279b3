package onboarding

import (
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
)

// A subject is an account whose profile is made.
type subject struct {
	set      *Set
	account  *contracts.Account // nil: the target has it no more
	facts    engine.Facts
	showings []showing // of the set's proofs
}

func (s *subject) profile(name string) Profile {
	p := Profile{Account: name, Facts: s.facts.Why}
	for _, scope := range s.set.Scopes {
		p.Capabilities = append(p.Capabilities, s.capability(scope))
	}
	for _, scope := range s.facts.Can {
		if !slices.Contains(s.set.Scopes, scope) && !slices.Contains(p.Unasked, scope) {
			p.Unasked = append(p.Unasked, scope)
		}
	}
	slices.Sort(p.Unasked)
	return p
}

// declared is what was said of a scope beforehand. What the user states goes before what
// the account's facts say.
func (s *subject) declared(scope string) Declared {
	switch {
	case s.account != nil && slices.Contains(s.account.Lacks, scope):
		return LacksStated
	case !s.facts.Known:
		return Undeclared
	case slices.Contains(s.facts.Can, scope):
		return Has
	}
	return Lacks
}

// capability judges one scope by the proof that tells most: one that shows the scope at
// work, else one that shows that it is not, else the reason why that cannot be told.
func (s *subject) capability(scope string) Capability {
	c := Capability{Scope: scope, State: Unknown, Declared: s.declared(scope)}
	for _, missing := range s.set.Unproved {
		if missing.Scope == scope {
			c.Why = missing.Why
			return c
		}
	}
	best := -1
	for i, proof := range s.set.Proofs {
		if slices.Contains(proof.Scopes, scope) && (best < 0 || s.showings[i].did.tells() > s.showings[best].did.tells()) {
			best = i
		}
	}
	shows := &s.showings[best]
	c.Result, c.Answered, c.Why, c.Hint = shows.result, shows.answered, shows.why, shows.hint
	if shows.did == undone {
		if others := s.suspects(best, scope); !s.blames(scope, others) {
			c.Result, c.Hint = nil, "a contract that needs this scope alone"
			c.Why = "its proof needs " + strings.Join(others, ", ") + " as well, which the account lacks"
			return c
		} else if !c.Declared.lacks() {
			c.With = others
		}
	}
	c.State = stateOf(c.Declared, shows)
	return c
}

// tells orders what a proof may show by how much of it is about one scope: what was done
// needed every scope, what was not may be for want of another.
func (e effect) tells() int { return []int{unseen: 0, undone: 1, done: 2}[e] }

// suspects are the other scopes for want of which a proof may have failed: those that it
// needs and that no proof shows at work.
func (s *subject) suspects(proof int, scope string) []string {
	var out []string
	for _, other := range s.set.Proofs[proof].Scopes {
		if other != scope && !s.works(other) {
			out = append(out, other)
		}
	}
	return out
}

func (s *subject) works(scope string) bool {
	for i, proof := range s.set.Proofs {
		if s.showings[i].did == done && slices.Contains(proof.Scopes, scope) {
			return true
		}
	}
	return false
}

// blames tells whether a scope is to blame for a proof that failed, where others may be:
// it is unless one of them is declared to be lacking, and it is not.
func (s *subject) blames(scope string, others []string) bool {
	return s.declared(scope).lacks() || !slices.ContainsFunc(others, func(other string) bool { return s.declared(other).lacks() })
}

// stateOf holds what is declared and was said against what was seen.
func stateOf(declared Declared, s *showing) State {
	switch {
	case s.did == done && (s.said == saidNo || declared.lacks()):
		return SaysCannot
	case s.did == done && s.said == saidDone:
		return Can
	case s.did == undone && (s.said == saidDone || s.said == saidNo && declared == Has):
		return SaysCan
	case s.did == undone && s.said == saidNo:
		return Cannot
	}
	return Unknown
}
