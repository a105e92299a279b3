package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A replayOrder is how `polygraph replay` was asked.
type replayOrder struct {
	suite    string
	target   string
	times    int
	json     bool
	webhooks engine.Webhooks
}

func replayCommand(c *console) *cobra.Command {
	var o replayOrder
	cmd := &cobra.Command{
		Use:   "replay RUN/CELL",
		Short: "A cell once more: fixed, still lying, changed, cannot tell",
		Long: `Replay runs one cell again that was kept in .polygraph: the same case of the same
contract, on the same account and target, from the suite's folder as it is now. It is an
ordinary run of that one cell: with a journal and limits, and kept. What it comes to:

  fixed        it is kept now (exit code 0; also for a cell that was kept before)
  still lying  the same verdict of the same kind (1)
  changed      another verdict that accuses (1)
  cannot tell  inconclusive (3)

A lie that is told only sometimes is not fixed because it was not told once: --times.`,
		Example: `  polygraph replay last/12
  polygraph replay 7f3a/12 --times 5
  polygraph replay 7f3a/12 --suite ./my-suite --target sandbox`,
		Args: exactly("a cell, such as last/12"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.replay(cmd.Context(), args[0], o) },
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			return c.accusedCells(cmd.Context(), args, typed)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.suite, "suite", "", "the suite's `FOLDER`, where it is not the one of the run any more")
	flags.StringVar(&o.target, "target", "", "the `TARGET`, where it is not to be that of the run")
	flags.IntVar(&o.times, "times", 1, "replay it so `OFTEN`, one after another, while nobody interrupts")
	flags.BoolVar(&o.json, "json", false, "print one JSON document instead")
	flags.StringVar(&o.webhooks.URL, "webhook-url", "", "the `URL` under which the provider reaches the webhooks' inbox of this run, such as a tunnel's")
	flags.StringVar(&o.webhooks.Listen, "webhook-listen", "", "receive webhooks at `HOST:PORT`; 127.0.0.1:8765 with --webhook-url, else a free port of 127.0.0.1")
	return cmd
}

// A replay is what became of a cell that was run again.
type replay struct {
	Replays string          `json:"replays"` // RUN/CELL
	Outcome report.Outcome  `json:"outcome"` // of all replays, the worst
	Was     report.Standing `json:"was"`
	Is      []replayed      `json:"is"`
	Notes   []string        `json:"notes,omitempty"`
	runs    []*engine.Finished
}

// A replayed is one replay.
type replayed struct {
	Cell    string         `json:"cell"` // RUN/CELL; "" where it is not kept
	Outcome report.Outcome `json:"outcome"`
	report.Standing
}

func (c *console) replay(ctx context.Context, name string, o replayOrder) error {
	if o.times < 1 {
		return fmt.Errorf("--times %d: it is replayed at least once", o.times)
	}
	run, was, store, err := c.keptCell(ctx, name)
	if err != nil {
		return err
	}
	store.Close() // the replay keeps its own run
	dir, suite, err := c.suiteOfRun(run, o)
	if err != nil {
		return err
	}
	r := &replay{Replays: fmt.Sprintf("%s/%d", run.ID, was.Number), Was: report.StandingOf(was)}
	for range o.times {
		again, err := c.once(ctx, suite, dir, r.Replays, was, o)
		if err != nil && again == nil {
			return err
		}
		r.runs = append(r.runs, again)
		if again.Interrupted {
			break
		}
	}
	r.sum(was)
	if err := c.showReplay(r, run, was, o.json); err != nil {
		return err
	}
	return exit(r.code())
}

// suiteOfRun loads the suite of a run as it is now.
func (c *console) suiteOfRun(run *engine.Finished, o replayOrder) (dir string, suite *contracts.Suite, err error) {
	dir, target := run.Suite, run.Target
	if o.suite != "" {
		dir = o.suite
	}
	if o.target != "" {
		target = o.target
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return "", nil, fmt.Errorf("run %s was of the suite %s, and there is no such folder here\nhint: --suite FOLDER names it", run.ID, dir)
	}
	suite, err = c.load(dir, target)
	return dir, suite, err
}

// once runs the cell once and keeps the run. Without a run the error is the user's.
func (c *console) once(ctx context.Context, suite *contracts.Suite, dir, name string, was *engine.Result, o replayOrder) (*engine.Finished, error) {
	defer c.paceHeap()()
	subject := was.Subject()
	m := c.remember(ctx, dir, suite.Target.Name)
	defer m.close()
	order := runOrder{quiet: o.json, choice: choice{
		journaled: true, webhooks: o.webhooks,
		only: func(cell *engine.Cell) bool {
			return cell.Contract.Title == subject.Contract && cell.CaseName() == subject.Case && cell.Account.Name == subject.Account
		},
		ended: func(r *engine.Result) {
			r.Verdict.Remarks = append(r.Verdict.Remarks, "replays "+name)
			m.add(r)
		},
	}}
	if !slices.ContainsFunc(suite.Contracts, func(c *contracts.Contract) bool { return c.Title == subject.Contract }) {
		return nil, errors.Join(fmt.Errorf("the suite %s has no contract %q any more\nhint: polygraph check %s lists what it has", dir, subject.Contract, dir), m.drop(ctx))
	}
	// All credentials are read, though one account acts: a provider may repeat what another
	// has sent, and only a secret that is known is masked. Where one cannot be read, the
	// account's own has to do.
	run, err := c.carryOut(suite, dir, m.id, order)
	if err != nil && run == nil && !errors.Is(err, runner.ErrNothingToRun) {
		order.accounts = []string{subject.Account}
		run, err = c.carryOut(suite, dir, m.id, order)
	}
	if errors.Is(err, runner.ErrNothingToRun) {
		err = fmt.Errorf("the contract %q has no case %q on %s any more\nhint: polygraph explain %s shows what it has", subject.Contract, subject.Case, subject.Account, dir)
	}
	if err != nil && run == nil {
		return nil, errors.Join(err, m.drop(ctx))
	}
	if !m.keep(ctx, run) {
		run.ID = ""
	}
	return run, err
}

// sum compares every replay with what was kept, and all of them as one.
func (r *replay) sum(was *engine.Result) {
	for _, run := range r.runs {
		for _, again := range run.Results {
			is := replayed{Outcome: report.Compared(was, again), Standing: report.StandingOf(again)}
			if run.ID != "" {
				is.Cell = fmt.Sprintf("%s/%d", run.ID, again.Number)
			}
			r.Is = append(r.Is, is)
			for _, note := range report.Rewritten(was, again) {
				if !slices.Contains(r.Notes, note) {
					r.Notes = append(r.Notes, note)
				}
			}
		}
	}
	r.Outcome = report.CannotTell
	if len(r.Is) > 0 {
		r.Outcome = slices.MinFunc(r.Is, func(a, b replayed) int { return a.Outcome.Rank() - b.Outcome.Rank() }).Outcome
	}
}

// code is the exit code of a replay.
func (r *replay) code() int {
	left := false
	for _, run := range r.runs {
		if run.Interrupted {
			return exitInterrupted
		}
		left = left || engine.Count(run.Results).Left > 0
	}
	switch {
	case r.Outcome == report.StillLying || r.Outcome == report.Changed:
		return exitLied
	case left:
		return exitLeft
	case r.Outcome == report.CannotTell:
		return exitInconclusive
	}
	return exitKept
}

// showReplay prints what became of it: the outcome first, then what was seen this time.
func (c *console) showReplay(r *replay, run *engine.Finished, was *engine.Result, asJSON bool) error {
	if asJSON {
		text, err := report.JSONText(r)
		if err != nil {
			return err
		}
		_, err = c.out.Write(text)
		return err
	}
	fmt.Fprintf(c.out, "%s  %s  (%s), %s on %s\n", r.Replays, report.Title(was), report.Line(was.Subject().Account), verdictText(was.Verdict), run.Started.Format("2006-01-02 15:04"))
	for _, note := range r.Notes {
		fmt.Fprintf(c.out, "  note   %s\n", report.Line(note))
	}
	for i, is := range r.Is {
		line := fmt.Sprintf("  now    %s", report.Line(is.String()))
		if is.Cell != "" {
			line += "   polygraph show " + is.Cell
		}
		if len(r.Is) > 1 {
			line += fmt.Sprintf("   (%d of %d)", i+1, len(r.Is))
		}
		fmt.Fprintln(c.out, line)
	}
	fmt.Fprintf(c.out, "\n%s\n", r.conclusion())
	for _, again := range r.runs { // the first that is not kept, in full
		for _, each := range again.Results {
			if each.Verdict.Class != verdict.Kept {
				fmt.Fprintln(c.out)
				return report.Finding(c.out, again, each, c.style())
			}
		}
	}
	return nil
}

// conclusion is the outcome in a sentence.
func (r *replay) conclusion() string {
	accused := 0
	for _, is := range r.Is {
		if is.Outcome == report.StillLying || is.Outcome == report.Changed {
			accused++
		}
	}
	text := string(r.Outcome)
	switch {
	case r.Outcome == report.Fixed && r.Was.Class == verdict.Kept:
		text = "kept, as before"
	case r.Outcome == report.Fixed && r.Was.Trials != nil && len(r.Is) == 1:
		text += ", this time: it was told sometimes; --times says more"
	case r.Outcome == report.StillLying && r.Was.Class == verdict.Broken:
		text = "still broken"
	case r.Outcome == report.Changed:
		text += ": it was " + r.Was.String()
	}
	if len(r.Is) > 1 && accused > 0 {
		text += fmt.Sprintf(", in %d of %d replays", accused, len(r.Is))
	}
	return text
}
