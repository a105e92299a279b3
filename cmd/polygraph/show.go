package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/runner/history"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// A showOrder is how `polygraph show` was asked to show.
type showOrder struct {
	json  bool
	all   bool
	curl  bool
	trial int // 1-based; 0: the worst
}

func showCommand(c *console) *cobra.Command {
	var o showOrder
	cmd := &cobra.Command{
		Use:   "show RUN[/CELL]",
		Short: "One cell: said, seen, judged, with the exchanges; or a run's cells",
		Long: `Show prints what was kept of a run in .polygraph under this folder.

RUN/CELL is one cell as a time line: what was seen before, what the reply said, what was
seen afterwards, what was made of it, and every request and reply, without secrets. RUN
lists the cells of a run. RUN is an id, the beginning of one, or "last".`,
		Example: "  polygraph show last\n  polygraph show 7f3a\n  polygraph show 7f3a/12\n  polygraph show 7f3a/12 --curl",
		Args:    exactly("a run, such as last, 7f3a or 7f3a/12"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.showKept(cmd.Context(), args[0], o) },
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return c.keptRuns(cmd.Context()), cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print the JSON document instead")
	cmd.Flags().IntVar(&o.trial, "trial", 0, "of a contract with trials, show the one with this `NUMBER` and not the worst")
	cmd.Flags().BoolVar(&o.curl, "curl", false, "under each exchange, the request as a curl command; secrets are variables in it")
	cmd.Flags().BoolVar(&o.all, "all", false, "every exchange of the cell, with whole bodies")
	return cmd
}

// runsToComplete are the runs that are kept; none where they cannot be read, as a shell that
// completes a word has no place for a message.
func (c *console) runsToComplete(ctx context.Context) []history.Summary {
	store, err := c.readHistory()
	if err != nil {
		return nil
	}
	defer store.Close()
	runs, err := store.Runs(ctx)
	if err != nil {
		return nil
	}
	return runs
}

// keptRuns are the names that show takes, the newest first.
func (c *console) keptRuns(ctx context.Context) []string {
	names := []string{history.Last}
	for _, r := range c.runsToComplete(ctx) {
		names = append(names, fmt.Sprintf("%s\t%s on %s, %s: %s", r.ID, report.Line(r.Suite), report.Line(r.Target), r.Started.Format("2006-01-02 15:04"), r.Counts))
	}
	return names
}

func (c *console) showKept(ctx context.Context, name string, o showOrder) error {
	name, number, err := keptName(name)
	if err != nil {
		return err
	}
	store, err := c.readHistory()
	if err != nil {
		return err
	}
	defer store.Close()
	if number == 0 && o.trial != 0 {
		return errors.New("--trial is of one cell: name it, like last/12")
	}
	if number == 0 && o.json {
		run, err := store.Load(ctx, name)
		if err != nil {
			return err
		}
		lookBack(ctx, store, run)
		return report.JSON(c.out, run)
	}
	if number == 0 {
		run, err := store.Outline(ctx, name)
		if err != nil {
			return err
		}
		return report.Cells(c.out, run, c.style())
	}
	run, result, err := store.Cell(ctx, name, number)
	if err != nil {
		return err
	}
	if o.trial != 0 {
		trials := len(result.Trials)
		if result = result.Trial(o.trial); result == nil {
			return fmt.Errorf("there is no trial %d: the cell has %d", o.trial, max(trials, 1))
		}
	}
	lookBack(ctx, store, run)
	if o.json {
		return report.JSONOf(c.out, run, result)
	}
	style := c.style()
	style.Whole, style.Curl = o.all, o.curl
	return report.Cell(c.out, run, result, style)
}
