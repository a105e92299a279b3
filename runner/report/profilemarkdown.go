package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/onboarding"
)

// ProfilesMarkdown writes an onboarding for the hand-over: what was asked and how, all
// accounts at a glance, and a table for each of them.
func ProfilesMarkdown(w io.Writer, o *Onboarding) error {
	p := &page{w: w}
	run := o.Run
	p.line("# Onboarding on %s", markdownCode(run.Target))
	p.line("")
	p.line("- suite: %s", markdownCode(run.Suite))
	p.line("- date: %s", run.Started.UTC().Format(time.RFC3339))
	if run.ID != "" {
		p.line("- run: %s", run.ID)
	}
	if o.ReadOnly {
		p.line("- nothing was allowed to write")
	}
	p.line("- %s", o.counts(Style{}))
	p.line("- %s", o.wrote())
	p.markdownProofs(o.Set)
	for i := range o.Profiles {
		p.markdownProfile(o, &o.Profiles[i])
	}
	p.markdownLeft(run)
	return p.err
}

func (p *page) markdownProofs(set *onboarding.Set) {
	p.line("")
	p.line("## What proves what")
	p.line("")
	p.row("scope", "proved by", "writes at most")
	p.line("|---|---|---|")
	for _, scope := range set.Scopes {
		writes := ""
		for _, proof := range set.Proofs {
			if slices.Contains(proof.Scopes, scope) {
				writes = fmt.Sprint(proof.Writes)
			}
		}
		p.row(inCell(scope), inCell(provedBy(set, scope)), writes)
	}
}

func (p *page) markdownProfile(o *Onboarding, profile *onboarding.Profile) {
	p.line("")
	p.line("## %s", markdownCode(profile.Account))
	p.line("")
	state := "As declared."
	if !profile.AsDeclared() {
		state = "**" + capital(wrongText(profile.Wrongest())) + ".**"
	}
	p.line("%s %s sent, clean-up included.", state, capital(plural(o.Written[profile.Account], "write")))
	p.line("")
	p.row("scope", "declared", "answered", "seen", "so it", "evidence")
	p.line("|---|---|---|---|---|---|")
	for i := range profile.Capabilities {
		c := &profile.Capabilities[i]
		p.row(inCell(c.Scope), declaredWord(c.Declared), c.Answered, c.Seen(), stateText(c), inCell(shownBy(o.Run, c)))
	}
	first := true
	for i := range profile.Capabilities {
		if why := o.why(&profile.Capabilities[i]); why != "" {
			if first {
				p.line("")
			}
			first = false
			p.line("- %s: %s", markdownCode(profile.Capabilities[i].Scope), markdownCode(why))
		}
	}
	if profile.Facts != "" {
		p.line("")
		p.line("Its facts are not known: %s", markdownCode(profile.Facts))
	}
	if len(profile.Unasked) > 0 {
		p.line("")
		p.line("No contract needs: %s", markdownCode(strings.Join(profile.Unasked, ", ")))
	}
}

// why says of a capability that is not as it should be what it is about; "" of any other, and
// of one that no contract proves, which stands above all accounts.
func (o *Onboarding) why(c *onboarding.Capability) string {
	if !c.Wrong() && c.State != onboarding.Unknown || unproved(o.Set, c.Scope) {
		return ""
	}
	parts := []string{c.Why}
	if c.Result != nil && len(c.Result.Verdict.Findings) > 0 {
		f := c.Result.Verdict.Findings[0]
		parts = []string{string(f.Kind), f.Said, f.Seen, f.Reason, o.cause(c.Result)}
	}
	if c.Hint != "" {
		parts = append(parts, "hint: "+c.Hint)
	}
	return strings.Join(slices.DeleteFunc(parts, func(text string) bool { return text == "" }), "; ")
}

func (p *page) markdownLeft(run *engine.Finished) {
	left := DocumentOf(run).Left
	if len(left) == 0 {
		return
	}
	p.line("")
	p.line("## Left behind")
	p.line("")
	p.row("account", "thing", "key or marker", "why")
	p.line("|---|---|---|---|")
	for _, l := range left {
		p.row(inCell(l.Account), inCell(l.Resource), inCell(cmp.Or(l.Key, l.Marker)), inCell(l.Why))
	}
}

// row writes a row of a table. What a stranger wrote comes through inCell.
func (p *page) row(columns ...string) { p.line("| %s |", strings.Join(columns, " | ")) }

// stateText is the state as it stands in a table.
func stateText(c *onboarding.Capability) string {
	switch {
	case c.Documented():
		return string(c.State) + " (documented)"
	case c.Wrong() && (c.State == onboarding.Can || c.State == onboarding.Cannot):
		return wrongText(c.State)
	}
	return string(c.State)
}

func declaredWord(d onboarding.Declared) string {
	if d == onboarding.Undeclared {
		return "not declared"
	}
	return string(d)
}

func shownBy(run *engine.Finished, c *onboarding.Capability) string {
	if c.Result == nil || run.ID == "" {
		return ""
	}
	return "polygraph show " + evidence(run, c.Result)
}

// capital is a text as it begins a sentence.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
