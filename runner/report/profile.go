package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/onboarding"
)

// namesShown is how many accounts of one profile are named.
const namesShown = 12

// An Onboarding is a run that was made to learn what accounts can do.
type Onboarding struct {
	Run      *engine.Finished
	Set      *onboarding.Set
	Profiles []onboarding.Profile // in the order in which they are shown
	Written  map[string]int       // writes sent, clean-up included, by account
	ReadOnly bool

	known *diagnosis.Matrix // worked out once, when it is first asked for
}

// Profiles shows what accounts can do to a person: by what each scope was proved, what is
// not as it is declared, worst first, and then every account.
func Profiles(w io.Writer, o *Onboarding, s Style) error {
	p := &page{w: w, style: s}
	p.line("%s", heading(o.Run))
	p.line("")
	p.proofs(o.Set)
	for _, group := range capabilityGroups(o) {
		p.capability(o.Run, group)
		p.line("")
	}
	p.profiles(o.Profiles)
	p.leftovers(o.Run)
	p.line("%s", o.counts(s))
	p.line("%s", o.wrote())
	return p.err
}

// proofs names what proves each scope.
func (p *page) proofs(set *onboarding.Set) {
	width := 0
	for _, scope := range set.Scopes {
		width = max(width, len(Line(scope)))
	}
	for _, scope := range set.Scopes {
		p.line("%-*s  %s", width, Line(scope), Line(provedBy(set, scope)))
	}
	if len(set.Scopes) > 0 {
		p.line("")
	}
}

// provedBy is the contract that proves a scope, or why none does.
func provedBy(set *onboarding.Set, scope string) string {
	var titles []string
	for _, proof := range set.Proofs {
		if slices.Contains(proof.Scopes, scope) {
			titles = append(titles, proof.Contract.Title)
		}
	}
	for _, missing := range set.Unproved {
		if missing.Scope == scope {
			titles = append(titles, missing.Why)
		}
	}
	return strings.Join(titles, ", ")
}

// A capabilityGroup is what is to be said of one scope, alike on several accounts; of what
// could not be told for one and the same reason, also of several scopes.
type capabilityGroup struct {
	first   onboarding.Capability
	account string
	facts   string // why the account's are not known
	scopes  []string
	rest    []*engine.Result
}

// capabilityGroups are everything that is to be shown by itself, worst first: what is wrong,
// and what is not known though a contract could prove it.
func capabilityGroups(o *Onboarding) []*capabilityGroup {
	index := map[string]*capabilityGroup{}
	var groups []*capabilityGroup
	for _, profile := range o.Profiles {
		for _, c := range profile.Capabilities {
			if !c.Wrong() && !c.Documented() && c.State != onboarding.Unknown || c.State == onboarding.Unknown && unproved(o.Set, c.Scope) {
				continue
			}
			key := keyOf(&c)
			group := index[key]
			switch {
			case group == nil:
				group = &capabilityGroup{first: c, account: profile.Account, facts: profile.Facts}
				index[key], groups = group, append(groups, group)
			case c.Result != nil:
				group.rest = append(group.rest, c.Result)
			}
			if !slices.Contains(group.scopes, c.Scope) {
				group.scopes = append(group.scopes, c.Scope)
			}
		}
	}
	slices.SortStableFunc(groups, func(a, b *capabilityGroup) int { return stateRank(a.first.State) - stateRank(b.first.State) })
	return groups
}

// keyOf is the same for capabilities that are shown as one.
func keyOf(c *onboarding.Capability) string {
	switch {
	case c.Result == nil:
		return fmt.Sprintf("%q %q %q", c.Scope, c.State, c.Why)
	case c.State == onboarding.Unknown:
		return fmt.Sprintf("%q %s", c.State, groupOf(c.Result))
	}
	return fmt.Sprintf("%q %q %q %s", c.Scope, c.State, c.Declared, groupOf(c.Result))
}

func unproved(set *onboarding.Set, scope string) bool {
	return slices.ContainsFunc(set.Unproved, func(u onboarding.Unproved) bool { return u.Scope == scope })
}

func stateRank(state onboarding.State) int { return slices.Index(onboarding.States(), state) }

// capability shows one scope of one account: what was declared, said and seen, and what sets
// the account apart.
func (p *page) capability(run *engine.Finished, group *capabilityGroup) {
	c := &group.first
	p.line("%s  %s  (%s)", p.style.state(c.State, strings.ToUpper(string(c.State))), p.style.paint(bold, Line(strings.Join(group.scopes, ", "))), Line(group.account))
	p.field("facts", group.declared())
	if len(c.With) > 0 {
		p.field("or", Line(strings.Join(c.With, ", "))+": the contract needs all of them")
	}
	if c.Result == nil {
		p.field("reason", Line(c.Why))
		p.field("hint", Line(c.Hint))
		return
	}
	r := c.Result
	if v := r.Verdict; len(v.Findings) > 0 {
		p.field("found", p.style.class(v.Class, strings.TrimSpace(string(v.Class)+" "+string(v.Kind))))
		p.first(r, v.Findings[0])
		p.beside(run, r)
	} else {
		p.field("said", answered(r))
		p.field("seen", c.Seen())
	}
	p.further(run, r, group.rest)
	p.source(run, r)
}

// declared is what was declared of the scope, as a sentence about the account.
func (g *capabilityGroup) declared() string {
	c := &g.first
	switch {
	case c.Declared == onboarding.LacksStated:
		return "the account is to lack it, by expects.lacks"
	case len(g.scopes) > 1:
		return ""
	case c.Declared != onboarding.Undeclared:
		return "the account " + string(c.Declared)
	}
	text := "nothing is declared"
	if g.facts != "" {
		text = "not known: " + Line(g.facts)
	}
	if c.State == onboarding.Cannot {
		text += "; if this is meant, say so in polygraph.yaml: expects: {lacks: [" + Line(c.Scope) + "]}"
	}
	return text
}

// state paints text in the colour of a state.
func (s Style) state(state onboarding.State, text string) string {
	switch state {
	case onboarding.SaysCan, onboarding.SaysCannot:
		return s.paint(red, text)
	case onboarding.Unknown:
		return s.paint(yellow, text)
	case onboarding.Cannot:
		return s.paint(cyan, text)
	}
	return s.paint(green, text)
}

// profiles shows accounts, those with the same profile together, and the fewest first.
func (p *page) profiles(profiles []onboarding.Profile) {
	byText := map[string][]string{}
	var texts []string
	for i := range profiles {
		text := p.profileText(&profiles[i])
		if byText[text] == nil {
			texts = append(texts, text)
		}
		byText[text] = append(byText[text], Line(profiles[i].Account))
	}
	slices.SortStableFunc(texts, func(a, b string) int { return len(byText[a]) - len(byText[b]) })
	for _, text := range texts {
		names := byText[text]
		shown := strings.Join(names[:min(len(names), namesShown)], ", ")
		if more := len(names) - namesShown; more > 0 {
			shown += fmt.Sprintf(" and %d more", more)
		}
		p.line("%s", p.style.paint(bold, shown))
		p.line("%s", text)
	}
	if len(texts) > 0 {
		p.line("")
	}
}

// profileText is the states of a profile, each with its scopes.
func (p *page) profileText(profile *onboarding.Profile) string {
	var lines []string
	for _, state := range onboarding.States() {
		if scopes := scopesIn(profile, state); len(scopes) > 0 {
			lines = append(lines, fmt.Sprintf("  %s  %s", p.style.state(state, fmt.Sprintf("%-23s", state)), strings.Join(scopes, ", ")))
		}
	}
	if profile.Facts != "" {
		lines = append(lines, "  facts                    not known: "+Line(profile.Facts))
	}
	if len(profile.Unasked) > 0 {
		lines = append(lines, p.style.paint(dim, "  no contract needs        "+Line(strings.Join(profile.Unasked, ", "))))
	}
	return strings.Join(lines, "\n")
}

func scopesIn(profile *onboarding.Profile, state onboarding.State) []string {
	var scopes []string
	for _, c := range profile.Capabilities {
		if c.State == state {
			name := Line(c.Scope)
			if c.Documented() {
				name += " (documented)"
			}
			if state == onboarding.Unknown && c.Declared != onboarding.Undeclared {
				name += " (the account " + string(c.Declared) + ")"
			}
			scopes = append(scopes, name)
		}
	}
	return scopes
}

// counts is "12 accounts: 11 as declared, 1 says it can and cannot".
func (o *Onboarding) counts(s Style) string {
	sound, worst := 0, map[onboarding.State]int{}
	for i := range o.Profiles {
		switch profile := &o.Profiles[i]; {
		case profile.AsDeclared():
			sound++
		default:
			worst[profile.Wrongest()]++
		}
	}
	parts := []string{fmt.Sprintf("%d as declared", sound)}
	for _, state := range onboarding.States() {
		if n := worst[state]; n > 0 {
			parts = append(parts, s.state(state, fmt.Sprintf("%d %s", n, wrongText(state))))
		}
	}
	text := plural(len(o.Profiles), "account") + ": " + strings.Join(parts, ", ")
	if o.Run.Interrupted {
		text += ", interrupted"
	}
	return text
}

// wrongText is a state as it is counted among what is not as declared.
func wrongText(state onboarding.State) string {
	switch state {
	case onboarding.Can:
		return "can, and the contract is not kept"
	case onboarding.Cannot:
		return "cannot and says so, which nobody declared"
	}
	return string(state)
}

// wrote says what the run left in the accounts and what it cost.
func (o *Onboarding) wrote() string {
	n := 0
	for _, sent := range o.Written {
		n += sent
	}
	counts := engine.Count(o.Run.Results)
	text := "nothing was written"
	if n > 0 {
		text = plural(n, "write") + " sent, clean-up included; nothing is left behind"
	}
	if kept := o.kept(); kept > 0 {
		text = fmt.Sprintf("%s sent, clean-up included; %s stay for good", plural(n, "write"), plural(kept, "thing"))
	}
	if counts.Left > 0 {
		text = fmt.Sprintf("%s sent, clean-up included; %d left behind", plural(n, "write"), counts.Left)
	}
	cost := []string{span(o.Run.Ended.Sub(o.Run.Started))}
	if o.Run.Requests > 0 {
		cost = append(cost, plural(int(o.Run.Requests), "request"))
	}
	return text + " (" + strings.Join(cost, ", ") + ")"
}

// kept counts the things that nothing can remove.
func (o *Onboarding) kept() int {
	n := 0
	for _, r := range o.Run.Results {
		n += r.Kept
	}
	return n
}
