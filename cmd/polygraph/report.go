package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/history"
	"github.com/polygraph-dev/polygraph/runner/report"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

func reportCommand(c *console) *cobra.Command {
	var o outputs
	cmd := &cobra.Command{
		Use:   "report RUN[/CELL]",
		Short: "A kept run as HTML, JUnit, JSON, CTRF, SARIF, HAR or Markdown, or as run printed it",
		Long: `Report writes a run that was kept in .polygraph in the forms that other programs read.
All are made from what was kept: nothing is sent, and what is written is what polygraph run
with the same flag wrote.

Each form takes a FILE, and several can be written at once. "-", or no FILE, is standard
output. Without any form the report is printed as polygraph run printed it.

Markdown is for a comment, of which GitHub takes 65536 characters. Where FILE is the one that
GITHUB_STEP_SUMMARY names, it is added to the summary, which has room for a mebibyte.

RUN is an id, the beginning of one, or "last". RUN/CELL is one cell of it, as HTML, JSON or HAR
or as polygraph show prints it.`,
		Example: `  polygraph report last
  polygraph report last --html report.html --junit report.xml --sarif report.sarif
  polygraph report last --markdown "$GITHUB_STEP_SUMMARY"
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
	id, number, err := keptName(name)
	if err == nil {
		err = o.check()
	}
	if err == nil && number > 0 {
		err = o.checkOfCell(id)
	}
	if err != nil {
		return err
	}
	store, err := c.readHistory()
	if err != nil {
		return err
	}
	defer store.Close()
	if number > 0 {
		return c.reportCell(ctx, store, id, number, o)
	}
	run, err := keptRun(ctx, store, id)
	if err != nil {
		return err
	}
	lookBack(ctx, store, run)
	return c.deliver(source{run: run, cells: withExchanges(ctx, store, run)}, o, func() error {
		return report.Terminal(c.out, run, c.style())
	})
}

func (c *console) reportCell(ctx context.Context, store *history.Store, id string, number int, o outputs) error {
	run, r, err := store.Cell(ctx, id, number)
	if err != nil {
		return err
	}
	lookBack(ctx, store, run)
	one := *run
	one.Results = []*engine.Result{r}
	return c.deliver(source{run: &one, cells: report.ResultsOf(&one), beside: run}, o, func() error {
		return report.Cell(c.out, run, r, c.style())
	})
}

// deliver writes the forms that are wanted, or prints what is printed where none is.
func (c *console) deliver(from source, o outputs, print func() error) error {
	drafts, err := c.open(o)
	if err != nil {
		return err
	}
	if err := drafts.write(from); err != nil || len(drafts) > 0 {
		return err
	}
	if err := print(); err != nil {
		return fmt.Errorf("print the run: %w", err)
	}
	return nil
}

// keptRun is a run as its forms need it, which of ten thousand cells is far less than is
// kept: evidence of those that are not kept, and of whom they are compared with. With the
// exchanges of all cells, one after another, it is what polygraph run had in its hands.
func keptRun(ctx context.Context, store *history.Store, id string) (*engine.Finished, error) {
	run, err := store.Outline(ctx, id)
	if err != nil || !run.Pruned.IsZero() {
		return run, err
	}
	row := func(r *engine.Result) [2]string { return [2]string{r.Subject().Contract, r.Subject().Case} }
	accused := map[[2]string]int{} // the number of one cell of the row
	for _, r := range run.Results {
		if r.Verdict.Class == verdict.Lied || r.Verdict.Class == verdict.Broken {
			accused[row(r)] = r.Number
		}
	}
	run.Results = nil
	own := map[int]*engine.Result{}
	err = store.EachBare(ctx, run.ID, func(r *engine.Result) error {
		if accused[row(r)] == 0 {
			slim(r)
		}
		run.Results, own[r.Number] = append(run.Results, r), r
		return nil
	})
	for _, number := range accused {
		if err == nil {
			err = sentBefore(ctx, store, run.ID, number, own)
		}
	}
	return run, err
}

// sentBefore gives the cells of one row the exchanges up to their act: they are what the
// diagnosis compares, and what came later is most of a run.
func sentBefore(ctx context.Context, store *history.Store, id string, number int, own map[int]*engine.Result) error {
	row, _, err := store.Cell(ctx, id, number)
	if err != nil {
		return err
	}
	for _, r := range row.Results {
		if mine := own[r.Number]; mine != nil && r.Record != nil && r.Record.Act != nil {
			mine.Exchanges = slices.DeleteFunc(r.Exchanges, func(x *wire.Exchange) bool { return x.Number > r.Record.Act.Exchange })
		}
	}
	return nil
}

// slim leaves a kept cell what forms say of it: what was asked and answered, and not what was seen.
func slim(r *engine.Result) {
	if r.Verdict.Class != verdict.Kept || r.Record == nil {
		return
	}
	whole := r.Record
	r.Record = &verdict.Record{Cell: whole.Cell, Began: whole.Began, Wanted: whole.Wanted}
	for _, earlier := range whole.Earlier {
		r.Record.Earlier = append(r.Record.Earlier, &verdict.Record{Cell: earlier.Cell, Began: earlier.Began, Act: answerOf(earlier.Act)})
	}
	r.Record.Act = answerOf(whole.Act)
	r.Trials = nil
}

// answerOf is an act without the bodies.
func answerOf(act *verdict.Act) *verdict.Act {
	if act == nil {
		return nil
	}
	short := *act
	short.Body, short.Sent, short.Marked, short.Snapshot = nil, nil, nil, nil
	return &short
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
