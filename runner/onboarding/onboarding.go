// Package onboarding says whether an account can really do what it is meant to do.
//
// An account is opened, its scopes are asked for, every call answers 200, and weeks
// later it comes out that one of them never did anything. So before an account is
// used, each scope that any contract `needs` is proved by an effect:
//
//	set := onboarding.Choose(suite, e, false)      // the smallest set of contracts
//	trimmed := set.Suite(suite)                    // their bases alone, for an ordinary run
//	profiles := onboarding.Of(run, trimmed, set, accounts)
//
// # Words
//
// What an account is declared to be able to do stands in its facts (account.take.can) or
// in polygraph.yaml (expects.lacks). What it answered is the claim of the reply to the act.
// What it did is what was seen of the effect. A provider says that an account can do
// something where its facts name the scope, and where it answers that it was done: a 200 to
// a call that needs a scope is a statement about that scope, whatever the facts are. So an
// account whose facts lack a scope, which is answered 200 and nothing comes of it, "says it
// can and cannot": the answer is the statement that its users live by.
//
// Everything here is a function of a finished run: nothing is sent or timed, and a run from
// history gives the same profiles.
package onboarding

import (
	"slices"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A State is what is known of a scope on an account: what the provider says of it,
// against what was seen.
type State string

// The states.
const (
	Can        State = "can"                    // answered as done, and seen to be done
	SaysCan    State = "says it can and cannot" // by its facts or by the answer; and it was not done, or not all of it
	SaysCannot State = "says it cannot and can" // likewise, and it was done
	Cannot     State = "cannot and says so"     // refused, and not done
	Unknown    State = "unknown"                // and Why says why
)

// States are all of them, the worst first.
func States() []State { return []State{SaysCan, SaysCannot, Unknown, Cannot, Can} }

// A Declared is what was said of a scope before anything was sent.
type Declared string

// What is declared.
const (
	Undeclared  Declared = ""              // neither facts nor polygraph.yaml say anything
	Has         Declared = "has it"        // by the account's facts
	Lacks       Declared = "lacks it"      // by the account's facts
	LacksStated Declared = "is to lack it" // by expects.lacks
)

// lacks tells that a scope is declared not to be there.
func (d Declared) lacks() bool { return d == Lacks || d == LacksStated }

// A Profile is what an account can do, scope by scope.
type Profile struct {
	Account      string
	Facts        string       // why its facts, or some of them, are not known; "" where they are, or none are read
	Capabilities []Capability // by the names of the scopes
	Unasked      []string     // scopes that its facts name and no contract needs
}

// A Capability is one scope of one account.
type Capability struct {
	Scope    string
	State    State
	Declared Declared
	Answered string         // the status of the answer, with what it claims: "200 done"; "" where none came
	Result   *engine.Result // the cell that shows it; nil where none was run
	// With are further scopes that the cell needs and that may as well be what is lacking.
	With []string
	Why  string // of unknown, and of what else there is to know
	Hint string // what would settle it
}

// Documented tells that the provider is known for this: `known` or `without` say so.
func (c *Capability) Documented() bool {
	return c.Result != nil && c.Result.Verdict.Class == verdict.KnownLie
}

// Seen is what was seen of the effect, in a word or two.
func (c *Capability) Seen() string {
	if c.Result == nil {
		return ""
	}
	switch s := shown(c.Result); {
	case s.did == done:
		return "done"
	case s.did == undone && told(&c.Result.Verdict, verdict.HalfDone),
		s.did == undone && told(&c.Result.Verdict, verdict.DroppedField),
		s.did == undone && told(&c.Result.Verdict, verdict.AlteredValue):
		return "not all of it"
	case s.did == undone:
		return "not done"
	}
	return ""
}

// Wrong tells that the account is not what it is declared to be, or that the proof came
// out as a lie or a broken contract in any other way. What an account lacks, and says that
// it lacks, is not wrong. A refusal that nobody declared is, as it is in every run: who
// means it says so in expects.lacks.
func (c *Capability) Wrong() bool {
	switch {
	case c.Documented():
		return false
	case c.State == SaysCan || c.State == SaysCannot:
		return true
	case c.State == Cannot && c.Declared.lacks() && c.Result.Verdict.Kind == verdict.WasRefused:
		return false
	}
	return c.Result != nil && (c.Result.Verdict.Class == verdict.Lied || c.Result.Verdict.Class == verdict.Broken)
}

// Worst is the first state of States that a capability of the account has; Can for none.
func (p *Profile) Worst() State {
	for _, state := range States() {
		if slices.ContainsFunc(p.Capabilities, func(c Capability) bool { return c.State == state }) {
			return state
		}
	}
	return Can
}

// Wrongest is the first state of States that a wrong capability has; Unknown where none is
// wrong and something is unknown, else Can.
func (p *Profile) Wrongest() State {
	for _, state := range States() {
		if slices.ContainsFunc(p.Capabilities, func(c Capability) bool { return c.State == state && c.Wrong() }) {
			return state
		}
	}
	if p.Worst() == Unknown {
		return Unknown
	}
	return Can
}

// Wrong tells whether any capability is.
func (p *Profile) Wrong() bool {
	return slices.ContainsFunc(p.Capabilities, func(c Capability) bool { return c.Wrong() })
}

// AsDeclared tells that everything is known, and nothing wrong.
func (p *Profile) AsDeclared() bool { return !p.Wrong() && p.Worst() != Unknown }

// Of makes the profiles of accounts of a finished run of the set's contracts. The run may
// have been interrupted, and may hold other accounts.
func Of(run *engine.Finished, target *contracts.Target, set *Set, accounts []string) []Profile {
	facts := map[string]engine.Facts{}
	for _, known := range run.Accounts {
		facts[known.Account] = known
	}
	cells := map[[2]string]*engine.Result{}
	for _, r := range run.Results {
		c := r.Subject()
		cells[[2]string{c.Contract, c.Account}] = r
	}
	var profiles []Profile
	for _, name := range accounts {
		s := &subject{set: set, facts: facts[name], account: target.Account(name)}
		for _, proof := range set.Proofs {
			s.showings = append(s.showings, shown(cells[[2]string{proof.Contract.Title, name}]))
		}
		profiles = append(profiles, s.profile(name))
	}
	return profiles
}
