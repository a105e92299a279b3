package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/onboarding"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// An onboardOrder is what `polygraph onboard` was asked for.
type onboardOrder struct {
	suite    string // folder; "" to be found
	target   string
	controls []string
	readOnly bool
	json     bool
	quiet    bool
	plan     bool
	markdown string // file
}

func onboardCommand(c *console) *cobra.Command {
	var o onboardOrder
	cmd := &cobra.Command{
		Use:   "onboard [SUITE] ACCOUNT...",
		Short: "Can this account really do what it is meant to do?",
		Long: `Onboard proves every scope that any contract needs, on each ACCOUNT, by what calls really
do: it picks the smallest set of contracts whose effects show them all, runs these with their
clean-up as "polygraph run" would, and prints a profile of each account.

  can                       answered as done, and seen to be done
  says it can and cannot    its facts name the scope, or a call was answered as done, and it
                            was not done, or not all of it
  says it cannot and can    its facts lack the scope, or a call was refused, and it was done
  cannot and says so        refused, and nothing was done
  unknown                   and why: it could not be told, no contract proves it, not asked

The facts are what account.take.can of provider.yaml reads, and expects.lacks of
polygraph.yaml. A 200 is a statement, too: an account without a scope whose calls are all
answered 200 and do nothing says that it can, and cannot.

SUITE is a folder; without it the suite is that of --suite, else this folder. ACCOUNT is a
name or a pattern; '*' is every account of the target. Accounts of --control run the same
contracts beside them, and are not profiled: they show what the truth looks like.

Exit codes: 0 every account is as it is declared, 1 one says it can and cannot, or the other
way round, or its proof came out as a lie, broken, or as a refusal that nobody declared,
3 something is unknown and nothing worse, 4 something of ours is left behind.`,
		Example: `  polygraph onboard ./my-suite shop-oslo
  polygraph onboard shop-oslo --target live --control shop-rome --markdown handover.md
  polygraph onboard ./my-suite '*' --read-only`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.onboard(cmd.Context(), args, o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.suite, "suite", "", "the `FOLDER` of the suite, where it is not the first argument and not this folder")
	flags.StringVar(&o.target, "target", "", "the `TARGET` to run on; not needed where there is only one")
	flags.StringArrayVar(&o.controls, "control", nil, "accounts that match `PATTERN` are known to be truthful: run them beside, for comparison; may be repeated")
	flags.BoolVar(&o.readOnly, "read-only", false, "send nothing that writes: what only a write can prove stays unknown")
	flags.BoolVar(&o.plan, "plan", false, "show every request that this would send, and send nothing")
	flags.BoolVar(&o.json, "json", false, "print one JSON document instead")
	flags.StringVar(&o.markdown, "markdown", "", "also write the profiles to `FILE` for the hand-over; - prints them instead")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "no progress")
	completeAccounts(c, cmd, &o)
	return cmd
}

// suiteAndAccounts tells the suite from the accounts. The first argument is the suite where
// it is a folder with one, unless --suite names it.
func (o *onboardOrder) suiteAndAccounts(args []string) (string, []string, error) {
	dir := o.suite
	if dir == "" && len(args) > 0 && (holdsSuite(args[0]) || isFolder(args[0]) && !holdsSuite(".")) {
		dir, args = args[0], args[1:]
	}
	if slices.Contains(args, "") {
		return "", nil, errors.New("polygraph onboard needs an account, and was given an empty text\nhint: '*' is every account")
	}
	if len(args) == 0 {
		return "", nil, errors.New("polygraph onboard needs an account\nhint: name one or several of the target; '*' is every account")
	}
	if dir == "" {
		if !holdsSuite(".") {
			return "", nil, fmt.Errorf("there is no suite: neither is %s a folder with provider.yaml, nor is this one\nhint: polygraph onboard SUITE ACCOUNT, or --suite FOLDER", report.Line(args[0]))
		}
		dir = "."
	}
	return dir, args, nil
}

func holdsSuite(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "provider.yaml"))
	return err == nil
}

func isFolder(path string) bool {
	state, err := os.Stat(path)
	return err == nil && state.IsDir()
}

func (c *console) onboard(ctx context.Context, args []string, o onboardOrder) error {
	defer c.paceHeap()()
	dir, patterns, err := o.suiteAndAccounts(args)
	if err != nil {
		return err
	}
	suite, err := c.load(dir, o.target)
	if err != nil {
		return err
	}
	out := &report.Onboarding{ReadOnly: o.readOnly, Written: map[string]int{}}
	asked, writes, err := c.chooseProofs(suite, patterns, o, out)
	if err != nil {
		return err
	}
	order := runOrder{choice: choice{target: o.target, accounts: slices.Concat(patterns, o.controls), readOnly: o.readOnly}, quiet: o.quiet}
	if o.plan {
		return c.planProofs(out.Set, suite, order.choice)
	}
	handover, err := c.handover(o.markdown)
	if err != nil {
		return err
	}
	order.allowance, order.journaled = engine.NewAllowance(writes), true
	if err := c.prove(ctx, suite, dir, out, order); err != nil {
		handover.discard()
		return err
	}
	out.Profiles = onboarding.Of(out.Run, suite.Target, out.Set, asked)
	c.doubtControls(out, suite.Target, asked)
	if err := c.hand(out, handover, o); err != nil {
		return err
	}
	return exit(codeOfOnboarding(out))
}

// planProofs shows what the proofs would send.
func (c *console) planProofs(set *onboarding.Set, suite *contracts.Suite, o choice) error {
	o.paper = true
	if len(set.Proofs) == 0 {
		_, err := fmt.Fprintln(c.out, "no contract can prove anything: only the facts of the accounts are read")
		return err
	}
	s, err := c.stage(set.Suite(suite), o, "")
	if err != nil {
		return err
	}
	defer s.close()
	defer s.engine.Stop(nil)
	return c.printPlan(s, s.engine.WholePlan(), o.readOnly)
}

// prove runs the proofs, or asks for the facts of the accounts where there are none.
func (c *console) prove(ctx context.Context, suite *contracts.Suite, dir string, out *report.Onboarding, order runOrder) (err error) {
	if len(out.Set.Proofs) == 0 {
		out.Run, err = c.learn(ctx, suite, dir, order.choice)
	} else {
		out.Run, err = c.runProofs(ctx, out.Set.Suite(suite), dir, order)
	}
	for _, account := range suite.Target.Accounts {
		if n := order.allowance.Sent(account.Name); n > 0 {
			out.Written[account.Name] = n
		}
	}
	return err
}

// doubtControls says which accounts that stand for the truth are not told it themselves.
func (c *console) doubtControls(o *report.Onboarding, target *contracts.Target, asked []string) {
	var controls []string
	for _, r := range o.Run.Results {
		if name := r.Subject().Account; !slices.Contains(asked, name) {
			controls = append(controls, name)
		}
	}
	slices.Sort(controls)
	for _, profile := range onboarding.Of(o.Run, target, o.Set, slices.Compact(controls)) {
		if profile.Wrong() {
			c.warn("%s is no control: %s; onboard it to see why", profile.Account, profile.Wrongest())
		}
	}
}

// chooseProofs plans the whole suite on the accounts, and takes from it what proves most with
// least. It gives the accounts that are asked about, and how many writes each may send.
func (c *console) chooseProofs(suite *contracts.Suite, patterns []string, o onboardOrder, out *report.Onboarding) (asked []string, writes int, err error) {
	s, err := c.stage(suite, choice{target: o.target, accounts: patterns, paper: true}, "")
	if err != nil {
		return nil, 0, err
	}
	defer s.close()
	defer s.engine.Stop(nil) // nothing runs: it gives back its connections
	for _, cell := range s.engine.Cells() {
		asked = append(asked, cell.Account.Name)
	}
	slices.Sort(asked)
	out.Set = onboarding.Choose(suite, s.engine, o.readOnly)
	if len(out.Set.Scopes) == 0 {
		return nil, 0, errors.New("no contract of the suite needs a scope, so there is nothing to prove\nhint: say with `needs` in each contract what it takes, such as needs: reviews:write")
	}
	return slices.Compact(asked), s.engine.Limits().Writes, nil
}

// runProofs is an ordinary run, kept in the history.
func (c *console) runProofs(ctx context.Context, suite *contracts.Suite, dir string, o runOrder) (*engine.Finished, error) {
	c.recall()
	m := c.remember(ctx, dir, suite.Target.Name)
	defer m.close()
	o.ended = m.add
	run, err := c.carryOut(suite, dir, m.id, o)
	if run == nil {
		return nil, errors.Join(err, m.drop(ctx))
	}
	kept := m.keep(ctx, run)
	lookBack(ctx, m.store, run)
	if !kept {
		run.ID = "" // nothing can show it, so nothing says that it could
	}
	if err != nil && !run.Interrupted {
		c.warn("%v", err)
	}
	return run, nil
}

// learn asks for the facts of the accounts alone.
func (c *console) learn(ctx context.Context, suite *contracts.Suite, dir string, o choice) (*engine.Finished, error) {
	o.facts, o.journaled = true, false
	s, err := c.stage(suite, o, "")
	if err != nil {
		return nil, err
	}
	defer s.close()
	defer s.engine.Stop(nil)
	run := &engine.Finished{Suite: dir, Target: suite.Target.Name, Started: s.engine.Started()}
	run.Accounts = s.engine.Learn(ctx)
	run.Requests, run.Ended = s.engine.Progress().Requests, time.Now()
	return run, nil
}

// codeOfOnboarding is the exit code for profiles: a gate for who deploys with these accounts.
func codeOfOnboarding(o *report.Onboarding) int {
	wrong := slices.ContainsFunc(o.Profiles, func(p onboarding.Profile) bool { return p.Wrong() })
	unknown := slices.ContainsFunc(o.Profiles, func(p onboarding.Profile) bool { return !p.AsDeclared() })
	switch {
	case o.Run.Interrupted:
		return exitInterrupted
	case wrong:
		return exitLied
	case engine.Count(o.Run.Results).Left > 0:
		return exitLeft
	case unknown:
		return exitInconclusive
	}
	return exitKept
}

// handover opens the file of the hand-over before anything is sent; without a file it gives none.
func (c *console) handover(file string) (drafts, error) {
	if file == "" || file == toStdout {
		return nil, nil
	}
	d := draft{format: format{name: "markdown", title: "hand-over"}, out: c.out}
	if err := d.place(file); err != nil {
		return nil, fmt.Errorf("write --markdown: %w", err)
	}
	return drafts{d}, nil
}

// hand prints the profiles in the form that was asked for, and writes the hand-over.
func (c *console) hand(o *report.Onboarding, handover drafts, order onboardOrder) error {
	for i := range handover {
		handover[i].format.write = func(w io.Writer, _ source) error { return report.ProfilesMarkdown(w, o) }
	}
	if err := handover.write(source{run: o.Run}); err != nil {
		return err
	}
	var err error
	switch {
	case order.json:
		err = report.ProfilesJSON(c.out, o)
	case order.markdown == toStdout:
		err = report.ProfilesMarkdown(c.out, o)
	default:
		err = report.Profiles(c.out, o, c.style())
	}
	if err != nil {
		return fmt.Errorf("print the profiles: %w", err)
	}
	return nil
}

// completeAccounts completes the arguments with the suite's folder and then its accounts, and
// the flags that name them.
func completeAccounts(c *console, cmd *cobra.Command, o *onboardOrder) {
	loaded := func(args []string) *contracts.Suite {
		dir := "."
		switch {
		case o.suite != "":
			dir = o.suite
		case len(args) > 0 && holdsSuite(args[0]):
			dir = args[0]
		}
		suite, err := contracts.Load(dir, contracts.Options{Env: c.env})
		if err != nil {
			return &contracts.Suite{}
		}
		return suite
	}
	names := func(args []string, named func(t *contracts.Target) []string) []string {
		var out []string
		for _, t := range loaded(args).Targets {
			out = append(out, named(t)...)
		}
		slices.Sort(out)
		return printable(slices.Compact(out))
	}
	accounts := func(t *contracts.Target) (out []string) {
		for _, a := range t.Accounts {
			out = append(out, a.Name)
		}
		return out
	}
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if found := names(args, accounts); len(found) > 0 {
			return found, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	for flag, named := range map[string]func(*contracts.Target) []string{
		"control": accounts,
		"target":  func(t *contracts.Target) []string { return []string{t.Name} },
	} {
		err := cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return names(args, named), cobra.ShellCompDirectiveNoFileComp
		})
		if err != nil {
			panic(err) // the flag has just been defined
		}
	}
}
