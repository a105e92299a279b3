package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/runner/comparison"
	"github.com/polygraph-dev/polygraph/runner/history"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// A compareOrder is what `polygraph compare` was asked for.
type compareOrder struct {
	run      string // of two accounts
	suite    string // of two targets
	failOn   []string
	json     bool
	markdown bool
}

// The grounds on which a comparison fails.
const (
	onVerdict = "verdict"
	onLatency = "latency"
	onShape   = "shape"
)

func compareCommand(c *console) *cobra.Command {
	var o compareOrder
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "What is different between two runs, two accounts, or two targets",
		Long: `Compare holds B against A, which is what is expected: verdicts that are others, effects
and replies that became slower, and fields, types, statuses, headers and snapshots of the
replies that are others, new or gone. It reads what was kept of runs and sends nothing.

A and B are both one of
  runs      7f3a, the beginning of an id, last, or previous: the run before the other one
            of the same suite on the same target
  accounts  shop-rome: of the last run, or of the one that --run names
  targets   sandbox: the last run on each; --suite says of which suite
Where a name could be two of these, say which: run:7f3a, account:shop-rome, target:live.

A cell is compared with its own twin: the same contract and case, and of two runs the same
account. What differs as much within A alone, or within B alone, is noise and is left
out; so are identities, times and our own markers. Slower is what a Mann-Whitney test finds
(fewer than 1 wrong alarm in 100 comparisons, measured), by a quarter and 10 ms at least, and
by more than the other endpoints, and up to five runs before A, swing by themselves.

It exits with 0 whatever is different, unless --fail-on says otherwise: verdict (a cell is
lied to or broken that was not; 3 where it is only inconclusive now), latency (something
became slower; 3 where nearly all replies did, which may be the network or this computer) or
shape (replies are others). Then it exits with 1.`,
		Example: `  polygraph compare 7f3a last
  polygraph compare previous last --fail-on verdict --fail-on latency
  polygraph compare shop-rome shop-oslo
  polygraph compare sandbox live --suite ./my-suite --markdown`,
		Args: exactly("A: a run, an account or a target", "B: what is compared with it"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.compare(cmd.Context(), args[0], args[1], o) },
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 1 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return c.comparable(cmd.Context()), cobra.ShellCompDirectiveNoFileComp
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.run, "run", history.Last, "of two accounts, the `RUN` to compare them in")
	flags.StringVar(&o.suite, "suite", "", "of two targets, only runs of this `SUITE`")
	flags.StringArrayVar(&o.failOn, "fail-on", nil, "exit with 1 where this is different: verdict, latency or shape; may be repeated")
	flags.BoolVar(&o.json, "json", false, "print one JSON document instead")
	flags.BoolVar(&o.markdown, "markdown", false, "print Markdown instead, for a pull request or a job's summary")
	return cmd
}

// comparable are the names that compare takes.
func (c *console) comparable(ctx context.Context) []string {
	names := append(c.keptRuns(ctx), previous+"\tthe run before the other one, of the same suite and target")
	seen := map[string]bool{}
	for _, r := range c.runsToComplete(ctx) {
		if !seen[r.Target] {
			seen[r.Target] = true
			names = append(names, fmt.Sprintf("%s\tthe last run on this target", report.Line(r.Target)))
		}
	}
	return names
}

func (c *console) compare(ctx context.Context, a, b string, o compareOrder) error {
	if o.json && o.markdown {
		return errors.New("--json and --markdown are two forms of one answer: choose one")
	}
	for _, each := range o.failOn {
		if !slices.Contains([]string{onVerdict, onLatency, onShape}, each) {
			return fmt.Errorf("--fail-on %s: it is verdict, latency or shape", each)
		}
	}
	store, err := c.readHistory()
	if err != nil {
		return err
	}
	defer store.Close()
	found, err := (&sides{store: store, order: o, pool: comparison.Pool{}}).compare(ctx, a, b)
	if err != nil {
		return err
	}
	switch {
	case o.json:
		err = report.ComparisonJSON(c.out, found)
	case o.markdown:
		err = report.ComparisonMarkdown(c.out, found)
	default:
		err = report.Comparison(c.out, found, c.style())
	}
	if err != nil {
		return fmt.Errorf("print the comparison: %w", err)
	}
	return exit(codeOfComparison(found, o.failOn))
}

// codeOfComparison is 0 unless something is different that must not be.
func codeOfComparison(found *comparison.Comparison, failOn []string) int {
	code := exitKept
	for _, each := range failOn {
		switch {
		case each == onLatency && found.Latency.Whole:
			code = exitInconclusive
		case each == onVerdict && found.Worse() > 0, each == onLatency && len(found.Latency.Slower) > 0, each == onShape && len(found.Shapes) > 0:
			return exitLied
		case each == onVerdict && (found.Unsure() > 0 || found.Cells == 0):
			code = exitInconclusive
		}
	}
	return code
}

// forms of a name, with what stands before it to say so.
var forms = []struct {
	form   comparison.Form
	prefix string
}{{comparison.Runs, "run:"}, {comparison.Accounts, "account:"}, {comparison.Targets, "target:"}}

// formOf takes the prefix off a name; "" where it has none.
func formOf(name string) (comparison.Form, string) {
	for _, each := range forms {
		if rest, ok := strings.CutPrefix(name, each.prefix); ok {
			return each.form, rest
		}
	}
	return "", name
}
