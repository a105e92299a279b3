package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// A planOrder is what `polygraph plan` was asked for.
type planOrder struct {
	choice
	out string // file; "" for none
}

func planCommand(c *console) *cobra.Command {
	var o planOrder
	cmd := &cobra.Command{
		Use:   "plan SUITE",
		Short: "Every request that a run would send; nothing is sent",
		Long: `Plan shows what "polygraph run" with the same flags would send: for each contract and
case the accounts, and each request with its method, path and eyes, whether it writes, how
often at most, what cleans up, and the longest wait. Nothing is sent, so it asks for no
secret, and shows what would be written also where the target does not allow it yet.

With --out the plan is also written to a file, and "polygraph run --plan" with the same
flags refuses to begin where it would send anything else by then: another body, path,
account, limit, server or clean-up. What a contract expects may change, and so may the
order of files and lines.`,
		Example: `  polygraph plan ./my-suite --target live --account shop-oslo
  polygraph plan ./my-suite --out plan.json && polygraph run ./my-suite --plan plan.json`,
		Args: exactly("a suite: a folder with provider.yaml, contracts and polygraph.yaml"),
		RunE: func(_ *cobra.Command, args []string) error { return c.plan(args[0], o) },
	}
	o.flags(c, cmd)
	cmd.Flags().StringVar(&o.out, "out", "", "also write the plan to `FILE`, for polygraph run --plan")
	return cmd
}

func (c *console) plan(dir string, o planOrder) error {
	suite, err := c.load(dir, o.target)
	if err != nil {
		return err
	}
	o.paper = true
	s, err := c.stage(suite, o.choice, "")
	if err != nil {
		return err
	}
	defer s.close()
	defer s.engine.Stop(nil) // nothing runs: it gives back its connections
	plan := s.engine.WholePlan()
	if err := writePlan(o.out, plan); err != nil {
		return err
	}
	return c.printPlan(s, plan, o.readOnly)
}

// printPlan shows the plan of a stage.
func (c *console) printPlan(s *stage, plan *engine.Plan, readOnly bool) error {
	p := &planPage{w: c.out, writesOf: map[string]int{}}
	for i := range plan.Cells {
		p.group(&plan.Cells[i])
	}
	t := s.suite.Target
	p.totals(t.Name)
	p.stalled(s.engine)
	p.limits(s.engine.Limits(), t)
	if !readOnly && !t.Writes && (t.WritesSet || !t.Loopback()) && p.writes > 0 {
		p.line("the target does not allow writes: until polygraph.yaml says `writes: allowed`, a run refuses to begin")
	}
	return p.err
}

// writePlan puts a plan into its file, whole or not at all.
func writePlan(path string, plan *engine.Plan) error {
	if path == "" {
		return nil
	}
	text, err := report.JSONText(plan)
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	draft, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	defer os.Remove(draft.Name()) // once it has its name there is none
	_, err = draft.Write(text)
	if err == nil {
		err = draft.Sync()
	}
	if err := errors.Join(err, draft.Close()); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	if err := os.Rename(draft.Name(), path); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

// A planPage is a plan as it is printed.
type planPage struct {
	w   io.Writer
	err error

	cells, writes, cleanups int
	writesOf                map[string]int // by account, clean-up included
	longest                 time.Duration
}

func (p *planPage) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, report.Line(strings.TrimRight(fmt.Sprintf(format, args...), " ")))
	}
}

// count adds up what a group of cells sends.
func (p *planPage) count(g *engine.PlannedCell) {
	n := len(g.Accounts)
	p.cells += n
	p.longest = max(p.longest, g.Wait)
	for _, r := range g.Requests {
		switch {
		case !r.Write:
			continue
		case r.Phase == "clean-up":
			p.cleanups += n * r.AtMost
		default:
			p.writes += n * r.AtMost
		}
		if r.Eyes != "ACCOUNT" { // OTHER is a different one for each, and is not added up
			p.writesOf[r.Eyes] += n * r.AtMost
			continue
		}
		for _, account := range g.Accounts {
			p.writesOf[account] += r.AtMost
		}
	}
}

func (p *planPage) group(g *engine.PlannedCell) {
	p.count(g)
	title := g.Contract
	if g.Case != "" {
		title += ": " + g.Case
	}
	p.line("%s", title)
	p.line("  %s", g.Place)
	p.line("  %s: %s", counted(len(g.Accounts), "account"), strings.Join(g.Accounts, ", "))
	if g.Trials > 1 {
		p.line("  %s, each with new things", counted(g.Trials, "trial"))
	}
	if len(g.Requests) == 0 {
		p.line("  cannot be planned: it will come out as setup-failed")
	}
	eyes, call := 0, 0
	for _, r := range g.Requests {
		eyes, call = max(eyes, len(r.Eyes)), max(call, len(r.Call))
	}
	for _, r := range g.Requests {
		p.line("    %-8s  %-*s  %-*s  %-6s  %s", r.Phase, eyes, report.Line(r.Eyes), call, report.Line(r.Call), writeMark(r), frequency(r.AtMost))
	}
	p.line("  longest wait %s", brief(g.Wait))
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
	p.line("a further attempt, where a finding needs one to be sure (two at most) or a 429 asks for it, sends a cell's requests again with new things")
}

// stalled says how long a cell may take where nobody answers.
func (p *planPage) stalled(e *engine.Engine) {
	longest := time.Duration(0)
	for _, cell := range e.Cells() {
		longest = max(longest, e.Stalled(cell))
	}
	p.line("where the provider leaves requests without an answer, a cell may take up to %s longer, and is inconclusive then", brief(longest.Round(time.Minute)))
}

// limits says what each account is held to, and who would need more writes than that.
func (p *planPage) limits(l contracts.Limits, target *contracts.Target) {
	lines := l.Lines()
	if len(lines) == 0 {
		return
	}
	text := "limits of each account: " + strings.Join(lines, ", ")
	if l != target.Limits {
		text += "; what polygraph.yaml does not say is the default for what is not on this machine"
	}
	p.line("%s", text)
	for _, account := range slices.Sorted(maps.Keys(p.writesOf)) {
		if n := p.writesOf[account]; l.Writes > 0 && n > l.Writes && account != "OTHER" {
			p.line("%s needs %s: cells that do not fit into writes_per_run %d send nothing and are inconclusive", account, counted(n, "write"), l.Writes)
		}
	}
}

// brief is a duration as one writes it in a contract: 2m, 1m30s, 9.3s.
func brief(d time.Duration) string {
	text := d.Round(time.Millisecond).String()
	text = strings.Replace(text, "m0s", "m", 1)
	return strings.Replace(text, "h0m", "h", 1)
}
