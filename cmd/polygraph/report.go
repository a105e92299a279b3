package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/history"
	"github.com/polygraph-dev/polygraph/runner/report"
)

func reportCommand(c *console) *cobra.Command {
	var o outputs
	cmd := &cobra.Command{
		Use:   "report RUN[/CELL]",
		Short: "A kept run as JUnit, CTRF, SARIF, HAR, JSON, or as it stood on the terminal",
		Long: `Report writes a run that was kept in .polygraph in the forms that other programs read.
All are made from what was kept: nothing is sent, and the same run gives the same text.

Each form takes a FILE, and several can be written at once. "-", or no FILE, is standard
output. Without any form the report is printed as polygraph run printed it.

RUN is an id, the beginning of one, or "last". RUN/CELL is one cell of it.`,
		Example: `  polygraph report last
  polygraph report last --junit report.xml --sarif report.sarif
  polygraph report 7f3a/12 --har cell.har`,
		Args: exactly("a run, such as last, 7f3a or 7f3a/12"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.report(cmd.Context(), args[0], o) },
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return c.keptRuns(cmd.Context()), cobra.ShellCompDirectiveNoFileComp
		},
	}
	o.flags(cmd, formatNames()...)
	return cmd
}

func (c *console) report(ctx context.Context, name string, o outputs) error {
	if err := o.check(); err != nil {
		return err
	}
	store, err := c.readHistory()
	if err != nil {
		return err
	}
	defer store.Close()
	run, cells, err := keptRun(ctx, store, name)
	if err != nil {
		return err
	}
	drafts, err := c.open(o)
	if err != nil {
		return err
	}
	if err := drafts.write(run, cells); err != nil {
		return err
	}
	if len(drafts) > 0 {
		return nil
	}
	if err := report.Terminal(c.out, run, c.style()); err != nil {
		return fmt.Errorf("print the run: %w", err)
	}
	return nil
}

// keptRun is a run without exchanges, and its cells with them; or the same of one cell.
func keptRun(ctx context.Context, store *history.Store, name string) (*engine.Finished, report.Results, error) {
	name, number, err := keptName(name)
	if err != nil {
		return nil, nil, err
	}
	if number == 0 {
		run, err := store.Load(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		lookBack(ctx, store, run)
		return run, withExchanges(ctx, store, run), nil
	}
	run, result, err := store.Cell(ctx, name, number)
	if err != nil {
		return nil, nil, err
	}
	lookBack(ctx, store, run)
	run.Results = []*engine.Result{result}
	return run, report.ResultsOf(run), nil
}

// keptName takes RUN or RUN/CELL apart; cell is 0 for the whole run.
func keptName(name string) (run string, cell int, err error) {
	run, text, one := strings.Cut(name, "/")
	if run == "" {
		return "", 0, errors.New("a cell is named with its run, like last/12")
	}
	if !one {
		return run, 0, nil
	}
	if cell, err = strconv.Atoi(text); err != nil || cell < 1 {
		return "", 0, fmt.Errorf("%q is no cell: a cell is named by its number, like %s/12", text, run)
	}
	return run, cell, nil
}

// withExchanges reads the cells of a run once more, one after another, with what went
// over the line.
func withExchanges(ctx context.Context, store *history.Store, run *engine.Finished) report.Results {
	return func(yield func(*engine.Result, error) bool) {
		err := store.Each(ctx, run.ID, func(r *engine.Result) error {
			if !yield(r, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}

// errEnough ends the reading of cells that nobody wants any more.
var errEnough = errors.New("enough")

// A format is a form in which a run can be written for other programs.
type format struct {
	name  string // of its flag
	title string // in messages
	usage string // of its flag
	write func(w io.Writer, run *engine.Finished, cells report.Results) error
}

// formats is the table of forms, in the order of the help.
func formats() []format {
	plain := func(write func(io.Writer, *engine.Finished) error) func(io.Writer, *engine.Finished, report.Results) error {
		return func(w io.Writer, run *engine.Finished, _ report.Results) error { return write(w, run) }
	}
	return []format{
		{"html", "HTML page", "the report as one page for a browser, which needs no network, to `FILE`", report.HTML},
		{"junit", "JUnit report", "a JUnit report, to `FILE`", plain(report.JUnit)},
		{"json", "JSON document", "one JSON document, as run --json prints it, to `FILE`", plain(report.JSON)},
		{"ctrf", "CTRF report", "a report in the Common Test Report Format, to `FILE`", plain(report.CTRF)},
		{"sarif", "SARIF log", "lies and broken contracts as SARIF 2.1.0, for code scanners, to `FILE`", plain(report.SARIF)},
		{"har", "HTTP Archive", "the requests and replies as an HTTP Archive 1.2, to `FILE`", report.HAR},
	}
}

func formatNames() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}
