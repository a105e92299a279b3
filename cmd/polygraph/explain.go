package main

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/contracts"
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
		e := &explanation{suite: suite, contract: each}
		if err := e.write(c.out); err != nil {
			return err
		}
	}
	return nil
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

// An explanation is one contract, written out.
type explanation struct {
	suite    *contracts.Suite
	contract *contracts.Contract
	lines    []string
}

func (e *explanation) write(w io.Writer) error {
	c := e.contract
	e.add("%s", c.Title)
	e.add("  %s", c.Pos)
	e.field("why", c.Why)
	e.field("see", c.See)
	for _, g := range c.Given {
		e.field("given", e.given(g))
	}
	e.field("act", e.call(c.Act))
	if c.Base {
		e.field("wants", wanted(c.Status))
	} else {
		e.field("wants", "nothing by itself: only its cases are sent")
	}
	e.needs()
	for _, effect := range c.Effects {
		e.effect(effect)
	}
	if c.Expect != nil {
		e.field("reply", "must have "+c.Expect.Source())
	}
	for _, each := range c.Cases {
		e.field("case", e.variant(each))
	}
	e.cost()
	_, err := fmt.Fprintln(w, report.Text(strings.Join(e.lines, "\n")))
	return err
}

func (e *explanation) add(format string, args ...any) {
	e.lines = append(e.lines, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

// field adds "  act      POST /reviews"; no text, no line.
func (e *explanation) field(name, text string) {
	if text != "" {
		e.add("  %-8s %s", name, text)
	}
}

// more adds a line under a field.
func (e *explanation) more(name, text string) {
	if text != "" {
		e.add("           %-8s %s", name, text)
	}
}

func (e *explanation) given(g *contracts.Given) string {
	text := g.Name + ", made by " + e.call(g.Call)
	if g.Implied {
		text += ", because what is made next names it"
	}
	return text
}

func (e *explanation) call(c *contracts.Call) string {
	text := c.Method + " " + c.Template
	if c.Operation != "" {
		text += " (" + c.Operation + ")"
	}
	if len(c.As) > 0 {
		text += " as " + strings.Join(c.As, ", ")
	}
	if c.Body != nil {
		text += " with " + written(c.Body)
	}
	return text
}

func (e *explanation) needs() {
	c := e.contract
	if len(c.Needs) == 0 {
		return
	}
	text := strings.Join(c.Needs, ", ")
	if c.Without != "" {
		text += "; without it: " + c.Without
	}
	e.field("needs", text)
}

// wanted is an expected answer in words.
func wanted(s contracts.Status) string {
	var parts []string
	for _, code := range s.Codes {
		parts = append(parts, fmt.Sprint(code))
	}
	for _, class := range s.Classes {
		parts = append(parts, fmt.Sprintf("%dxx", class))
	}
	switch {
	case len(parts) > 0:
		return "an answer of " + strings.Join(parts, " or ")
	case s.Claim == contracts.Refused:
		return "to be refused, and to leave no trace"
	}
	return "an answer of 2xx, and that it is true"
}

func (e *explanation) variant(c *contracts.Case) string {
	text := c.Name + ": "
	if c.Recast {
		text += "sent as " + strings.Join(c.Act.As, ", ") + ", "
	}
	if c.Act.Body != nil && c.Act.Body != e.contract.Act.Body {
		text += "with " + written(c.Act.Body) + ", "
	}
	text += "wants " + wanted(c.Status)
	if c.Expect != nil {
		text += ", and " + c.Expect.Source()
	}
	return text
}

// cost says what a cell sends and how long it may take.
func (e *explanation) cost() {
	c := e.contract
	writes, removals := 0, 0
	for _, g := range c.Given {
		if changes(g.Call) {
			writes++
			removals++
		}
	}
	if changes(c.Act) {
		writes++
	}
	for _, effect := range c.Effects {
		if effect.Verb == contracts.Creates {
			removals++
		}
	}
	if c.Cleanup != nil {
		removals = len(c.Cleanup)
	}
	cells := len(c.Cases)
	if c.Base {
		cells++
	}
	e.field("cells", fmt.Sprintf("%d on each account, each with %s and %s to clean up", cells, counted(writes, "write"), counted(removals, "call")))
	e.field("longest", "a truthful answer ends the wait; a missing effect is watched for "+e.longest())
}

func changes(c *contracts.Call) bool {
	return !slices.Contains([]string{"GET", "HEAD", "OPTIONS", "TRACE"}, c.Method)
}

func (e *explanation) longest() string {
	var longest time.Duration
	for _, effect := range e.contract.Effects {
		for _, place := range placesOf(effect) {
			w := e.waits(effect, place)
			longest = max(longest, w.patience+w.stays)
		}
	}
	return brief(longest) + ", and three final reads"
}
