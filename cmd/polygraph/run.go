package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// A runOrder is what `polygraph run` was asked for.
type runOrder struct {
	choice
	labels string
	json   bool
	outputs
	quiet  bool
	follow string // the plan's file
	keep   retention
	flips  bool // suspected causes are changed to see
}

func runCommand(c *console) *cobra.Command {
	var o runOrder
	cmd := &cobra.Command{
		Use:   "run SUITE",
		Short: "Run contracts on accounts: the matrix, every lie, an exit code",
		Long: `Run sends every contract's call on every account, watches what it really did, cleans
up, and shows the matrix of accounts and contracts, then everything that was not kept,
with the evidence. Runs are kept in .polygraph, or where --history says; "polygraph show" shows them again.

Writes are sent only to a target on loopback or with "writes: allowed". "polygraph plan"
shows every request beforehand; a run with --plan refuses to send anything else. What a run may make is written to .polygraph/journal
before it is sent; "polygraph sweep" removes what a crash left behind.`,
		Example: `  polygraph run ./my-suite
  polygraph run ./my-suite --target live --account shop-oslo --contract 'Publishing*'
  polygraph run ./my-suite --label-filter 'operation:createReview && !account:shop-rome'
  polygraph run ./my-suite --json --junit report.xml`,
		Args: exactly("a suite: a folder with provider.yaml, contracts and polygraph.yaml"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0], o) },
	}
	o.choice.flags(c, cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.labels, "label-filter", "", "only cells whose labels match `QUERY`, such as 'account:shop-rome && !needs:reviews_write'")
	flags.BoolVar(&o.json, "json", false, "print one JSON document instead of the matrix")
	flags.StringVar(&o.follow, "plan", "", "refuse to begin if this would send anything but what `FILE` says, written by polygraph plan --out")
	flags.BoolVar(&o.flips, "flip", false, "change what is suspected to be the cause of a lie, run the contract again, and change it back; the target must say flip: allowed")
	flags.StringVar(&o.webhooks.URL, "webhook-url", "", "the `URL` under which the provider reaches the webhooks' inbox of this run, such as a tunnel's")
	flags.StringVar(&o.webhooks.Listen, "webhook-listen", "", "receive webhooks at `HOST:PORT`; 127.0.0.1:8765 with --webhook-url, else a free port of 127.0.0.1")
	o.outputs.flags(cmd, slices.DeleteFunc(formatNames(), func(name string) bool { return name == "json" })...)
	o.keep.flag(cmd)
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "no progress, no matrix; only what was not kept")
	return cmd
}

func (c *console) run(ctx context.Context, dir string, o runOrder) error {
	if err := o.checkPrinted(); err != nil {
		return err
	}
	defer c.paceHeap()()
	suite, err := c.load(dir, o.target)
	if err != nil {
		return err
	}
	o.journaled = true
	if err := o.mayFlip(suite); err != nil {
		return err
	}
	if o.follow != "" {
		if o.plan, err = engine.ReadPlan(o.follow); err != nil {
			return err
		}
	}
	drafts, err := c.open(o.outputs)
	if err != nil {
		return err
	}
	c.recall()
	m := c.remember(ctx, dir, suite.Target.Name)
	defer m.close()
	o.ended = m.add
	run, err := c.carryOut(suite, dir, m.id, o)
	if err != nil && run == nil {
		drafts.discard()
		return errors.Join(err, m.drop(ctx))
	}
	kept := m.keep(ctx, run)
	if o.flips && !run.Interrupted {
		c.proveCauses(ctx, suite, dir, run, o)
		m.prove(ctx, run)
	}
	if !kept && !o.json {
		run.ID = "" // nothing can show it, so nothing says that it could
	}
	m.prune(ctx, o.keep)
	lookBack(ctx, m.store, run)
	written := drafts.write(source{run: run, cells: report.ResultsOf(run)})
	if show := c.show(run, o); show != nil {
		return errors.Join(show, written)
	}
	switch {
	case written == nil:
	case !run.Interrupted:
		return written
	default:
		c.warn("%v", written)
	}
	return exit(codeOfRun(run))
}

// checkPrinted sees that no two texts go to standard output.
func (o runOrder) checkPrinted() error {
	if o.json {
		return o.check("--json")
	}
	return o.check()
}

// carryOut runs a suite to its end. With a run, the error is runner.ErrInterrupted.
func (c *console) carryOut(suite *contracts.Suite, dir, id string, o runOrder) (*engine.Finished, error) {
	s, err := c.stage(suite, o.choice, id)
	if err != nil {
		return nil, err
	}
	defer s.close()
	defer c.endJournal(s)
	if !o.quiet && c.erases(c.err) {
		defer c.bar(s.engine)()
	}
	results, err := runner.Run(s.engine, runner.RunOptions{Folder: dir, LabelFilter: o.labels})
	if len(results) == 0 && err != nil && !errors.Is(err, runner.ErrInterrupted) {
		return nil, err
	}
	s.ended(err)
	run := finished(s, dir, results, err)
	if o.choice.flip != nil {
		became := s.engine.Flipped()
		run.Flipped = &became
	}
	return run, err
}

// finished is the run as it is kept and shown.
func finished(s *stage, dir string, results []*engine.Result, err error) *engine.Finished {
	return &engine.Finished{
		ID: s.engine.Run(), Suite: dir, Target: s.suite.Target.Name,
		Started: s.engine.Started(), Ended: time.Now(), Requests: s.engine.Progress().Requests,
		Interrupted: errors.Is(err, runner.ErrInterrupted), Accounts: s.engine.Facts(), Results: results,
	}
}

// show prints a finished run in the form that was asked for.
func (c *console) show(run *engine.Finished, o runOrder) error {
	var err error
	switch {
	case len(o.printed()) > 0: // another form has been printed
	case o.json:
		err = report.JSON(c.out, run)
	case o.quiet:
		err = report.Findings(c.out, run, c.style())
	default:
		err = report.Terminal(c.out, run, c.style())
	}
	if err != nil {
		return fmt.Errorf("print the run: %w", err)
	}
	return nil
}
