package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
)

func explainCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "explain SUITE [TITLE] | FILE.contract.yaml[:LINE]",
		Short: "What a contract expands to: reads, writes, waits",
		Long: `Explain prints in full what a contract's sentences stand for: what is made first, what is
sent, where it is looked for and through whose eyes, for how long, and what a refusal must
leave untouched. TITLE is a contract's title or a part of it; * stands for any text.`,
		Example: "  polygraph explain ./my-suite 'Publishing'\n  polygraph explain ./my-suite/reviews.contract.yaml:11",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return exactly("a suite and a title, or FILE.contract.yaml:LINE")(cmd, args)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error { return c.explain(args[0], args[1:]) },
	}
}

func (c *console) explain(source string, titles []string) error {
	dir, file, line, err := sourceOf(source)
	if err != nil {
		return err
	}
	suite, err := contracts.Load(dir, contracts.Options{Env: c.env})
	if err != nil {
		return underFolder(dir, err)
	}
	chosen := slices.Clone(suite.Contracts)
	if file != "" {
		chosen = standingIn(chosen, file, line)
	}
	if len(titles) > 0 {
		chosen = slices.DeleteFunc(chosen, func(each *contracts.Contract) bool { return !titled(titles[0], each.Title) })
	}
	if len(chosen) == 0 {
		return noContract(suite, source, titles)
	}
	for i, each := range chosen {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		if err := c.explainOne(suite, each); err != nil {
			return err
		}
	}
	return nil
}

// anywhere is a target on which every role is an account of the same name: an
// explanation is about roles, and a suite may be without targets. Nothing is sent.
func anywhere(suite *contracts.Suite) *contracts.Target {
	t := &contracts.Target{Name: "anywhere", Server: "http://127.0.0.1", Roles: map[string]string{}, Vars: map[string]any{}}
	for _, name := range []string{"me", "other"} {
		t.Accounts = append(t.Accounts, &contracts.Account{Name: name})
	}
	for _, role := range rolesOf(suite) {
		t.Roles[role] = role
		t.Accounts = append(t.Accounts, &contracts.Account{Name: role})
	}
	return t
}

// rolesOf are the roles of a suite that a target would have to map, sorted.
func rolesOf(suite *contracts.Suite) []string {
	var roles []string
	calls := func(all ...*contracts.Call) {
		for _, call := range all {
			if call != nil {
				roles = append(roles, call.As...)
			}
		}
	}
	for _, r := range suite.Provider.Resources {
		calls(r.Make, r.Read, r.List, r.Delete)
	}
	for _, probe := range suite.Provider.Probes {
		roles = append(roles, probe.As...)
		calls(probe.Call)
	}
	for _, c := range suite.Contracts {
		calls(append(c.Cleanup, c.Act)...)
		for _, each := range c.Cases {
			calls(each.Act)
		}
		for _, each := range c.Again {
			calls(each.Act)
		}
		for _, g := range c.Given {
			calls(g.Call)
		}
		for _, effect := range c.Effects {
			roles = append(roles, effect.As...)
		}
	}
	slices.Sort(roles)
	return slices.DeleteFunc(slices.Compact(roles), func(role string) bool {
		return slices.Contains([]string{"me", "other", "nobody"}, role)
	})
}

// standingIn keeps the contracts of a file; with a line, the one that the line belongs to.
func standingIn(all []*contracts.Contract, file string, line int) []*contracts.Contract {
	var in []*contracts.Contract
	for _, each := range all {
		if each.Pos.File == file {
			in = append(in, each)
		}
	}
	if line == 0 {
		return in
	}
	for i := len(in) - 1; i >= 0; i-- {
		if in[i].Pos.Line <= line {
			return in[i : i+1]
		}
	}
	return nil
}

// titled compares as `run --contract` does: whole, by pattern or by a part; letters of any case.
func titled(pattern, title string) bool {
	pattern, title = strings.ToLower(pattern), strings.ToLower(title)
	separate := func(s string) string { return strings.ReplaceAll(s, "/", "\x01") } // path.Match stops at slashes
	ok, err := path.Match(separate(pattern), separate(title))
	return ok && err == nil || strings.Contains(title, pattern)
}

func noContract(suite *contracts.Suite, source string, titles []string) error {
	if len(suite.Contracts) == 0 {
		return fmt.Errorf("%s has no contracts (*.contract.yaml)", source)
	}
	what := source
	if len(titles) > 0 {
		what = fmt.Sprintf("%q", titles[0])
	}
	lines := []string{"no contract matches " + what + "; there are:"}
	for _, each := range suite.Contracts {
		lines = append(lines, "  "+each.Title)
	}
	return fmt.Errorf("%s", strings.Join(lines, "\n"))
}

// explainOne writes out one contract: what all its cells share, then its cases.
func (c *console) explainOne(suite *contracts.Suite, contract *contracts.Contract) error {
	x, note := expanded(suite, contract)
	p := &explanation{}
	p.add("%s", contract.Title)
	p.add("  %s", contract.Pos)
	p.field("why", contract.Why)
	p.field("see", contract.See)
	p.head(contract)
	for i, line := range x.Promise {
		p.field(only(i == 0, "job"), line)
	}
	for _, effect := range x.Effects {
		p.effect(effect)
	}
	p.fields(contract, x.Explanation)
	p.cases(contract)
	p.again(contract)
	for i, r := range x.Requests {
		p.field(only(i == 0, "sends"), sent(r))
	}
	for i, r := range x.besides {
		p.field(only(i == 0, "then"), sent(r)) // in the cells of `again`
	}
	if note != nil {
		p.field("note", note.Error())
	} else {
		p.field("cost", fmt.Sprintf("%s on each account, each with at most %s; %s at the longest",
			counted(cellsOf(contract), "cell"), counted(x.Writes, "write"), brief(x.Longest)))
	}
	_, err := fmt.Fprintln(c.out, report.Text(strings.Join(p.lines, "\n")))
	return err
}

// An expansion is what a contract's first cell expands to, the most that any of its
// cells writes and waits, and what those of `again` send besides.
type expansion struct {
	engine.Explanation
	besides []engine.Planned
}

// expanded asks the engine what the contract's cells will do. The error says
// why there is none, as for a contract that has nothing to send.
func expanded(suite *contracts.Suite, contract *contracts.Contract) (expansion, error) {
	alone := *suite
	alone.Contracts = []*contracts.Contract{contract}
	e, err := engine.New(engine.Options{Suite: &alone, Target: anywhere(suite), Accounts: []string{"me"}})
	if err != nil {
		return expansion{}, err
	}
	defer e.Stop(nil) // nothing runs: it gives back its connections
	cells := e.Cells()
	if len(cells) == 0 {
		return expansion{}, fmt.Errorf("%s: there is nothing in it to send", contract.Pos)
	}
	var x expansion
	if x.Explanation, err = e.Explain(cells[0]); err != nil {
		return x, err
	}
	for _, cell := range cells[1:] {
		requests, longest := e.Planned(cell)
		x.Writes, x.Longest = max(x.Writes, engine.Writes(requests)), max(x.Longest, longest)
		if cell.Again != nil {
			x.add(requests)
		}
	}
	return x, nil
}

// add puts in what neither the first cell sends nor what is here already.
func (x *expansion) add(requests []engine.Planned) {
	known := map[string]int{}
	for _, r := range append(slices.Clone(x.Requests), x.besides...) {
		known[sent(r)]++
	}
	for _, r := range requests {
		if known[sent(r)]--; known[sent(r)] < 0 {
			x.besides = append(x.besides, r)
		}
	}
}
