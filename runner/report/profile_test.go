package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/onboarding"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// onboarded is the incident as onboarding finds it: shop-oslo lacks a scope and is answered
// 200, one account is refused, one could not be told, and one has nothing to hide.
func onboarded() *Onboarding {
	run := incident(6, 2)
	kinds := map[string]*engine.Result{}
	for _, r := range run.Results {
		kinds[r.Subject().Contract+r.Subject().Account] = r
	}
	verdictOf(kinds[publishing+"shop-00"], verdict.Broken, verdict.WasRefused, "POST /reviews/12/publish answered 403, and it was to be done")
	kinds[publishing+"shop-00"].Record.Act.Status = 403
	verdictOf(kinds[publishing+"shop-01"], verdict.Inconclusive, verdict.BlindProbe, "nobody saw anything through read")
	kinds[publishing+"shop-01"].Verdict.Findings[0].Hint = "one more account"
	set := &onboarding.Set{
		Scopes: []string{"reviews:export", "reviews:publish", "reviews:write"},
		Proofs: []onboarding.Proof{
			{Contract: &contracts.Contract{Title: "Contract number 1 keeps its word", Pos: contracts.Position{File: "reviews.contract.yaml", Line: 2}}, Scopes: []string{"reviews:write"}, Writes: 2},
			{Contract: &contracts.Contract{Title: publishing, Pos: contracts.Position{File: "reviews.contract.yaml", Line: 11}}, Scopes: []string{"reviews:publish"}, Writes: 4},
		},
		Unproved: []onboarding.Unproved{{Scope: "reviews:export", Why: "no contract proves it: Exporting (reviews.contract.yaml:30) looks at no effect"}},
	}
	target := &contracts.Target{}
	var accounts []string
	for i := range 6 {
		name := fmt.Sprintf("shop-%02d", i)
		if i == 3 {
			name = "shop-oslo"
		}
		facts := engine.Facts{Account: name, Known: true, Can: []string{"reviews:write", "reviews:publish", "reviews:export"}}
		switch name {
		case "shop-oslo":
			facts.Can = []string{"reviews:write", "products:read"}
		case "shop-00":
			facts = engine.Facts{Account: name, Why: "account.read answered 500"}
		}
		run.Accounts = append(run.Accounts, facts)
		target.Accounts = append(target.Accounts, &contracts.Account{Name: name})
		accounts = append(accounts, name)
	}
	return &Onboarding{Run: run, Set: set, Profiles: onboarding.Of(run, target, set, accounts), Written: map[string]int{"shop-00": 6, "shop-oslo": 6}}
}

func TestProfiles(t *testing.T) {
	var out strings.Builder
	if err := Profiles(&out, onboarded(), Style{Width: 100}); err != nil {
		t.Fatal(err)
	}
	golden(t, "profiles", out.String())
	out.Reset()
	if err := ProfilesMarkdown(&out, onboarded()); err != nil {
		t.Fatal(err)
	}
	golden(t, "profiles-markdown", out.String())
	out.Reset()
	if err := ProfilesJSON(&out, onboarded()); err != nil {
		t.Fatal(err)
	}
	golden(t, "profiles-json", out.String())
}

// A name that wants to be a column, a link, a heading or a command is a name.
const villain = "a|b`c`[x](https://evil.example) <img src=x> \x1b[31m\n::error::x\n# h **b** @team $x$ ##vso[task.x]y \u202e"

func TestHostileProfiles(t *testing.T) {
	o := onboarded()
	for i := range o.Profiles {
		o.Profiles[i].Account, o.Profiles[i].Facts, o.Profiles[i].Unasked = villain, villain, []string{villain}
		for j := range o.Profiles[i].Capabilities {
			o.Profiles[i].Capabilities[j].Scope, o.Profiles[i].Capabilities[j].Why, o.Profiles[i].Capabilities[j].With = villain, villain, []string{villain}
		}
	}
	o.Set.Scopes[0], o.Set.Unproved[0].Scope, o.Set.Unproved[0].Why, o.Set.Proofs[0].Contract.Title = villain, villain, villain, villain
	o.Run.Suite, o.Run.Target = villain, villain
	for _, r := range o.Run.Results {
		r.Left = []engine.Leftover{{Account: villain, Resource: villain, Key: villain, Why: villain, Call: villain}}
		r.Record.Cell.Contract, r.Record.Act.Call = villain, villain
		for i := range r.Verdict.Findings {
			f := &r.Verdict.Findings[i]
			f.Said, f.Seen, f.Want, f.Reason, f.Hint = villain, villain, villain, villain, villain
		}
	}
	var terminal, markdown, document strings.Builder
	for _, err := range []error{Profiles(&terminal, o, Style{}), ProfilesMarkdown(&markdown, o), ProfilesJSON(&document, o)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{terminal.String(), markdown.String(), document.String()} {
		if safe := Text(text); safe != text {
			t.Errorf("it acts on a terminal: %q", text)
		}
	}
	if !json.Valid([]byte(document.String())) {
		t.Error("it is no JSON")
	}
	for line := range strings.Lines(markdown.String()) {
		if strings.HasPrefix(line, "|") {
			columns := strings.Count(line, "|") - strings.Count(line, `\|`) - 1
			if columns != 3 && columns != 4 && columns != 6 {
				t.Errorf("a row of %d columns: %s", columns, line)
			}
		}
		for i, outside := range strings.Split(line, "``") { // a fence of two: the villain has one of its own
			if i%2 == 0 && (strings.Contains(outside, "evil") || strings.Contains(outside, "@") || strings.Contains(outside, "<img")) {
				t.Errorf("it is not code: %s", line)
			}
		}
	}
}
