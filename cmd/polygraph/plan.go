package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
)

func planCommand(c *console) *cobra.Command {
	var o choice
	cmd := &cobra.Command{
		Use:   "plan SUITE",
		Short: "Every request that a run would send; nothing is sent",
		Long: `Plan shows what "polygraph run" with the same flags would send: for each contract and
case the accounts, and each request with its method, path and eyes, whether it writes, how
often at most, what cleans up, and the longest wait. Nothing is sent, so it asks for no
secret, and shows what would be written also where the target does not allow it yet.`,
		Example: "  polygraph plan ./my-suite --target live --account shop-oslo",
		Args:    exactly("a suite: a folder with provider.yaml, contracts and polygraph.yaml"),
		RunE:    func(_ *cobra.Command, args []string) error { return c.plan(args[0], o) },
	}
	o.flags(c, cmd)
	return cmd
}

func (c *console) plan(dir string, o choice) error {
	suite, err := c.load(dir, o.target)
	if err != nil {
		return err
	}
	t := suite.Target
	forbidden := !o.readOnly && !t.Writes && (t.WritesSet || !t.Loopback())
	onPaper(t)
	s, err := c.stage(suite, o, "")
	if err != nil {
		return err
	}
	defer s.close()
	defer s.engine.Stop(nil) // nothing runs: it gives back its connections
	p := &planPage{w: c.out, engine: s.engine, roles: suite.Target.Roles}
	for _, group := range p.groups() {
		p.group(group)
	}
	p.totals(suite.Target.Name)
	if forbidden && p.writes > 0 {
		p.line("the target does not allow writes: until polygraph.yaml says `writes: allowed`, a run refuses to begin")
	}
	return p.err
}

// onPaper makes a target one that can be planned by anybody: one looks before
// allowing writes and before having the secrets, which ${exec.…} may even ask
// a person for. Its engine is never started. A sandbox has secrets of its own.
func onPaper(t *contracts.Target) {
	t.Writes, t.WritesSet = true, true
	if t.Embedded != "" {
		return
	}
	for _, account := range t.Accounts {
		account.Credentials = nil
	}
}

// A planned group is the cells of one contract and case whose requests are the
// same but for the account.
type plannedGroup struct {
	cells    []*engine.Cell
	requests []engine.Planned
	longest  time.Duration
}

type planPage struct {
	w      io.Writer
	engine *engine.Engine
	roles  map[string]string // of the target: their accounts are named
	err    error

	cells, writes, cleanups int
	longest                 time.Duration
}

func (p *planPage) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, report.Line(strings.TrimRight(fmt.Sprintf(format, args...), " ")))
	}
}

// groups gathers the cells, in the plan's order. In a group's requests ACCOUNT
// stands for the account under test, and OTHER for whichever account plays the
// role other for it, so that a thousand accounts are one group.
func (p *planPage) groups() []*plannedGroup {
	index := map[string]*plannedGroup{}
	var groups []*plannedGroup
	for _, cell := range p.engine.Cells() {
		requests, longest := p.engine.Planned(cell)
		for i := range requests {
			requests[i].Eyes = p.role(cell, requests[i].Eyes)
		}
		p.count(requests, longest)
		key := fmt.Sprintf("%p %p %v %v", cell.Contract, cell.Case, requests, longest)
		if index[key] == nil {
			index[key] = &plannedGroup{requests: requests, longest: longest}
			groups = append(groups, index[key])
		}
		index[key].cells = append(index[key].cells, cell)
	}
	return groups
}

// role is the part that an account plays in a cell.
func (p *planPage) role(cell *engine.Cell, eyes string) string {
	if eyes == cell.Account.Name {
		return "ACCOUNT"
	}
	named := eyes == "nobody"
	for _, account := range p.roles {
		named = named || account == eyes
	}
	if named {
		return eyes
	}
	return "OTHER"
}

func (p *planPage) count(requests []engine.Planned, longest time.Duration) {
	p.cells++
	p.longest = max(p.longest, longest)
	for _, r := range requests {
		switch {
		case !r.Write:
		case r.Phase == "clean-up":
			p.cleanups += r.AtMost
		default:
			p.writes += r.AtMost
		}
	}
}

func (p *planPage) group(g *plannedGroup) {
	cell := g.cells[0]
	title := cell.Contract.Title
	if name := cell.CaseName(); name != "" {
		title += ": " + name
	}
	p.line("%s", title)
	p.line("  %s", cell.Place())
	names := make([]string, len(g.cells))
	for i, each := range g.cells {
		names[i] = each.Account.Name
	}
	p.line("  %s: %s", counted(len(names), "account"), strings.Join(names, ", "))
	if len(g.requests) == 0 {
		p.line("  cannot be planned: it will come out as setup-failed")
	}
	eyes, call := 0, 0
	for _, r := range g.requests {
		eyes, call = max(eyes, len(r.Eyes)), max(call, len(r.Call))
	}
	for _, r := range g.requests {
		p.line("    %-8s  %-*s  %-*s  %-6s  %s", r.Phase, eyes, report.Line(r.Eyes), call, report.Line(r.Call), writeMark(r), frequency(r.AtMost))
	}
	p.line("  longest wait %s", brief(g.longest))
	p.line("")
}

func writeMark(r engine.Planned) string {
	if r.Write {
		return "writes"
	}
	return ""
}

// frequency is how often a request is sent.
func frequency(most int) string {
	switch most {
	case 0:
		return "until the watch ends"
	case 1:
		return "once"
	}
	return fmt.Sprintf("at most %d times", most)
}

func (p *planPage) totals(target string) {
	p.line("%s on %s: %s, and %s that clean up; the longest cell takes at most %s",
		counted(p.cells, "cell"), target, counted(p.writes, "write"), counted(p.cleanups, "write"), brief(p.longest))
	p.line("ACCOUNT is each account named above its requests, OTHER another account of the target")
	p.line("a second attempt, where a finding needs one to be sure or a 429 asks for it, sends a cell's requests again with new things")
}

// brief is a duration as one writes it in a contract: 2m, 1m30s, 9.3s.
func brief(d time.Duration) string {
	text := d.Round(time.Millisecond).String()
	text = strings.Replace(text, "m0s", "m", 1)
	return strings.Replace(text, "h0m", "h", 1)
}
