package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A strengthOrder is what `polygraph strength` was asked for.
type strengthOrder struct {
	target    string
	account   string
	contracts []string
	json      bool
	quiet     bool
}

func strengthCommand(c *console) *cobra.Command {
	var o strengthOrder
	cmd := &cobra.Command{
		Use:   "strength SUITE",
		Short: "Would these contracts notice a lie? Each is lied to in every way that applies",
		Long: `Strength puts a liar between the suite and its provider and carries each contract out once
for every lie that applies to it: the write is swallowed, a field dropped or altered, the
act done twice, undone, hidden from the list, done for one who may not, and so on. It
prints the lies that were not noticed, each with what to add, and a score: the lies that
a contract of the suite noticed, out of all that its calls could be lied about.

First each contract is carried out without a lie; what is not kept then is not scored. It
runs on one account, and writes there as a run does, once for each lie: on this machine,
or where polygraph.yaml says "writes: allowed". It says beforehand how many writes that
takes at most; what limits.writes_per_run says holds for all of them together, and where
it is too little nothing is begun. The provider itself is told the truth, so
that everything is cleaned up.

It exits with 0 when every lie was noticed, with 1 when one was not, and with 3 when
nothing worse happened and something could not be scored.`,
		Example: `  polygraph strength ./my-suite
  polygraph strength ./my-suite --account shop-rome --contract 'Publishing*' --json`,
		Args:              exactly("a suite: a folder with provider.yaml, contracts and polygraph.yaml"),
		RunE:              func(cmd *cobra.Command, args []string) error { return c.strength(cmd.Context(), args[0], o) },
		ValidArgsFunction: completeFolder,
	}
	flags := cmd.Flags()
	flags.StringVar(&o.target, "target", "", "the `TARGET` to run on; not needed where there is only one")
	flags.StringVar(&o.account, "account", "", "the `ACCOUNT` to run on; the first of the target otherwise")
	flags.StringArrayVar(&o.contracts, "contract", nil, "only contracts whose title matches or holds `PATTERN`; may be repeated")
	flags.BoolVar(&o.json, "json", false, "print one JSON document instead of the table")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "no progress, and not how many writes there will be")
	return cmd
}

func (c *console) strength(ctx context.Context, dir string, o strengthOrder) error {
	defer c.paceHeap()()
	suite, err := c.load(dir, o.target)
	if err != nil {
		return err
	}
	p, err := c.proving(suite, o)
	if err != nil {
		return err
	}

	ctx, release := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer release()
	c.recall()
	page, err := p.prove(ctx)
	if err != nil {
		return err
	}
	page.Suite, page.Target, page.Account = dir, suite.Target.Name, p.account.Name
	if ctx.Err() != nil {
		fmt.Fprintln(c.err, "polygraph: interrupted; there is no score")
		return exit(exitInterrupted)
	}
	if o.json {
		err = page.json(c.out)
	} else {
		err = page.text(c.out)
	}
	if err != nil {
		return fmt.Errorf("print the strength: %w", err)
	}
	return exit(page.code())
}

// proving makes ready what all trials of a suite share.
func (c *console) proving(suite *contracts.Suite, o strengthOrder) (*proving, error) {
	t := suite.Target
	if !t.Writes && (t.WritesSet || !t.Loopback()) {
		return nil, fmt.Errorf("target %q does not allow writes, and nearly every lie is told about one: say `writes: allowed` in polygraph.yaml", t.Name)
	}
	if len(t.Accounts) == 0 {
		return nil, fmt.Errorf("%s: target %q has no accounts", t.Pos, t.Name)
	}
	p := &proving{c: c, suite: suite, account: t.Accounts[0], id: newTrialID(), quiet: o.quiet}
	if o.account != "" {
		if p.account = t.Account(o.account); p.account == nil {
			return nil, fmt.Errorf("target %q has no account %q", t.Name, o.account)
		}
	}
	for _, each := range suite.Contracts {
		if chosen(each.Title, o.contracts) {
			p.contracts = append(p.contracts, each)
		}
	}
	if len(p.contracts) == 0 {
		return nil, errors.New("there is no contract to prove: none matches --contract")
	}
	if t.Embedded != "" {
		return p, lodgers(t)
	}
	return p, nil
}

func chosen(title string, patterns []string) bool {
	for _, pattern := range patterns {
		if titled(pattern, title) {
			return true
		}
	}
	return len(patterns) == 0
}
