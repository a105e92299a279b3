package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

func tryCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "try",
		Short: "The built-in sandbox lies; see it caught. No file, no network, no account",
		Long: `Try starts the sandbox that ships in this program, a review platform with twelve
accounts, and runs its contracts. All calls are answered as they should be, and for one
account one of them does nothing. It takes some seconds, stays on this machine and
writes no file.

It exits with 0 when exactly that lie was caught, and with 1 when it was not, or not alone.`,
		Example: "  polygraph try",
		Args:    exactly(),
		RunE:    func(*cobra.Command, []string) error { return c.try() },
	}
}

func (c *console) try() error {
	suite, err := contracts.LoadFS(reviewhub.Files(), contracts.Options{Scope: contracts.Run})
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "The sandbox is a review platform with %s. It answers every call, and to one of\nthem it lies. Polygraph looks at what the calls really did.\n\n",
		counted(len(suite.Target.Accounts), "account"))
	run, err := c.carryOut(suite, "the sandbox's suite", "", runOrder{})
	if err != nil && run == nil {
		return err
	}
	run.ID = "" // it is not kept, so nothing can show it
	if err := report.Terminal(c.out, run, c.style()); err != nil {
		return err
	}
	if run.Interrupted {
		return exit(exitInterrupted)
	}
	return c.conclude(run)
}

// conclude says what was caught, and whether that is what there was to catch.
func (c *console) conclude(run *engine.Finished) error {
	lie := reviewhub.Incident()
	told := incident(lie)
	caught, more := sift(run, lie.Account, told)
	counts := engine.Count(run.Results)
	switch {
	case len(caught) == 0:
		fmt.Fprintf(c.out, "\nThe lie was not caught: %s should have come out as %s on %s.\n", told.Contract, told.Kind, lie.Account)
		return exit(exitLied)
	case len(more) > 0:
		fmt.Fprintf(c.out, "\nMore was found than the lie that was told (%s on %s); see above.\n", told.Kind, lie.Account)
		return exit(exitLied)
	case counts.Left > 0:
		return exit(exitLeft)
	case counts.Inconclusive > 0:
		fmt.Fprintf(c.out, "\nThe lie was caught, but not everything could be told; see above. Is this machine very busy?\n")
		return exit(exitInconclusive)
	}
	c.explainCatch(run, caught[0])
	return nil
}

// incident is the lie that the sandbox tells by itself.
func incident(lie reviewhub.Lie) reviewhub.Behaviour {
	all := reviewhub.Lies()
	return all[slices.IndexFunc(all, func(b reviewhub.Behaviour) bool { return b.Name == lie.Name })]
}

// sift tells the cells in which that lie was caught from whatever else lied or was broken.
func sift(run *engine.Finished, account string, told reviewhub.Behaviour) (caught, more []*engine.Result) {
	for _, r := range run.Results {
		cell := r.Record.Cell
		switch {
		case r.Verdict.Class != verdict.Lied && r.Verdict.Class != verdict.Broken:
		case cell.Account == account && cell.Contract == told.Contract && string(r.Verdict.Kind) == told.Kind:
			caught = append(caught, r)
		default:
			more = append(more, r)
		}
	}
	return caught, more
}

func (c *console) explainCatch(run *engine.Finished, r *engine.Result) {
	fmt.Fprintf(c.out, `
Caught. %s was told that publishing worked: %s.
Nothing was published; that is a %s. The truth was told to %s.
The cause: %s.

Next:
  polygraph sandbox --list         every lie that the sandbox can tell
  polygraph sandbox                the sandbox on a port, with its accounts, to point curl or a suite at
  polygraph check SUITE            your own contracts: does the suite load?
  polygraph run SUITE              and does their API tell the truth?
  polygraph ticket last/CELL       what the provider's support needs of a lie that was found
`, r.Record.Cell.Account, r.Verdict.Findings[0].Said, r.Verdict.Kind, others(run), causeOf(run, r))
}

// causeOf is what sets the account apart, as a sentence's end.
func causeOf(run *engine.Finished, r *engine.Result) string {
	return report.Line(strings.TrimPrefix(diagnosis.Of(run, r).Text(), "differs only here: "))
}

// others is "the 11 others".
func others(run *engine.Finished) string {
	if n := engine.Count(run.Results).Accounts - 1; n != 1 {
		return fmt.Sprintf("the %d others", n)
	}
	return "the other one"
}
