package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/runner/history"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// A runsOrder is which runs `polygraph runs` was asked for.
type runsOrder struct {
	history.Filter
	json bool
	keep retention
}

func runsCommand(c *console) *cobra.Command {
	o := runsOrder{}
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "What has been run: when, on what, what came of it",
		Long: `Runs lists the runs that are kept, the newest first: their id, when they began and how
long they took, the suite and the target, and how many cells came to what.

A run is running, or was interrupted (somebody stopped it, and it cleaned up), or killed:
its process died, and what it had found until then is there.

With --keep it first lets go of what is old. Evidence goes first: what was sent and read.
A run without it is still listed, and its cells with their verdicts and the sentences that
say why. After four times as long, or after the second
time of two, the run goes. That is for all suites and targets that are kept in one place.
Nothing goes by itself; polygraph run takes --keep, too.`,
		Example: `  polygraph runs
  polygraph runs --suite ./my-suite --target live --limit 5
  polygraph runs --keep 90d
  polygraph runs --json`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.runs(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Suite, "suite", "", "only runs of this `SUITE`, named as it was then")
	flags.StringVar(&o.Target, "target", "", "only runs on `TARGET`")
	flags.IntVar(&o.Limit, "limit", 20, "at most so many `RUNS`; 0 for all")
	flags.BoolVar(&o.json, "json", false, "print one JSON document instead")
	o.keep.flag(cmd)
	return cmd
}

func (c *console) runs(ctx context.Context, o runsOrder) error {
	if o.Limit < 0 {
		return errors.New("--limit is a number of runs, or 0 for all")
	}
	store, err := c.readHistory()
	if errors.Is(err, history.ErrNone) && o.json {
		return c.printRuns(nil, false, o)
	}
	if err != nil {
		return err
	}
	defer store.Close()
	if o.keep.set {
		gone, err := store.Prune(ctx, o.keep.evidenceBefore(time.Now()), o.keep.runsBefore(time.Now()))
		if err != nil {
			return err
		}
		c.warn("let go of %s, and of the evidence of %d more", counted(gone.Runs, "run"), gone.Evidence)
	}
	asked := o.Filter
	if o.Limit > 0 {
		asked.Limit++ // one more tells whether there are more
	}
	list, err := store.List(ctx, asked)
	if err != nil {
		return err
	}
	more := o.Limit > 0 && len(list) > o.Limit
	if more {
		list = list[:o.Limit]
	}
	return c.printRuns(list, more, o)
}

func (c *console) printRuns(list []history.Summary, more bool, o runsOrder) (err error) {
	if o.json {
		err = report.RunsJSON(c.out, list)
	} else {
		err = report.Runs(c.out, list, c.style())
	}
	if err != nil {
		return fmt.Errorf("print the runs: %w", err)
	}
	if more && !o.json {
		fmt.Fprintf(c.err, "hint: there are more; --limit 0 shows all\n")
	}
	return nil
}
