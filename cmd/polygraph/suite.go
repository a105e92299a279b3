package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// A choice is which cells of a suite are meant: the flags that plan and run share.
type choice struct {
	target    string
	accounts  []string
	contracts []string
	only      func(*engine.Cell) bool // set by the command that plays one cell again; nil: all
	readOnly  bool
	journaled bool // set by the command that runs
	paper     bool // set by the command that plans
	plan      *engine.Plan
	facts     bool              // nothing is run: only the facts of the accounts are asked for
	allowance *engine.Allowance // nil: what the limits say
	webhooks  engine.Webhooks
	ended     func(*engine.Result) // set by the command that keeps its run
	flip      *engine.Flip
}

func (o *choice) flags(c *console, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.target, "target", "", "the `TARGET` to run on; not needed where there is only one")
	flags.StringArrayVar(&o.accounts, "account", nil, "only accounts that match `PATTERN`; * stands for any text; may be repeated")
	flags.StringArrayVar(&o.contracts, "contract", nil, "only contracts whose title matches or holds `PATTERN`; may be repeated")
	flags.BoolVar(&o.readOnly, "read-only", false, "send nothing that writes, whatever the target allows")
	completeFrom(c, cmd, "target", func(s *contracts.Suite) (names []string) {
		for _, t := range s.Targets {
			names = append(names, t.Name)
		}
		return names
	})
	completeFrom(c, cmd, "account", func(s *contracts.Suite) (names []string) {
		for _, t := range s.Targets {
			for _, a := range t.Accounts {
				names = append(names, a.Name)
			}
		}
		return names
	})
	completeFrom(c, cmd, "contract", func(s *contracts.Suite) (names []string) {
		for _, each := range s.Contracts {
			names = append(names, each.Title)
		}
		return names
	})
	cmd.ValidArgsFunction = completeFolder
}

// completeFrom completes a flag with names from the suite that is already on the line.
func completeFrom(c *console, cmd *cobra.Command, flag string, names func(*contracts.Suite) []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		suite, err := contracts.Load(args[0], contracts.Options{Env: c.env})
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return printable(names(suite)), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag has just been defined
	}
}

// printable keeps a stranger's suite from speaking to the shell.
func printable(names []string) []string {
	for i, name := range names {
		names[i] = report.Line(name)
	}
	return names
}

func completeFolder(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// A stage is a suite with everything that it needs to be run or planned. Close
// it after the run.
type stage struct {
	suite  *contracts.Suite
	engine *engine.Engine
	disk   journal.Disk
	kept   *journal.Journal // nil: the run keeps none
	close  func()
}

// load loads a suite for running. The error is contracts.Mistakes.
func (c *console) load(dir string, target string) (*contracts.Suite, error) {
	suite, err := contracts.Load(dir, contracts.Options{Scope: contracts.Run, Target: target, Env: c.env})
	if err != nil {
		return nil, underFolder(dir, err)
	}
	return suite, nil
}

// underFolder puts the folder before the files of mistakes, so that the places
// can be opened from where the user stands.
func underFolder(dir string, err error) error {
	var mistakes contracts.Mistakes
	if !errors.As(err, &mistakes) {
		return err
	}
	placed := make(contracts.Mistakes, len(mistakes))
	for i, m := range mistakes {
		if m.File != dir {
			m.File = filepath.ToSlash(filepath.Join(dir, m.File))
		}
		placed[i] = m
	}
	return placed
}

// stage starts what a loaded suite's target embeds, and builds the engine.
// Every error is the user's mistake, and nothing has been sent.
//
// An embedded target has no journal: what a crash leaves in it dies with it.
func (c *console) stage(suite *contracts.Suite, o choice, id string) (*stage, error) {
	s := &stage{suite: suite, disk: c.disk, close: func() {}}
	options := engine.Options{
		Suite: suite, Target: suite.Target, Accounts: o.accounts, Contracts: o.contracts, Only: o.only,
		ReadOnly: o.readOnly, Paper: o.paper, Plan: o.plan, Env: c.env, Run: id, Webhooks: o.webhooks, Ended: o.ended,
		Flip:      o.flip,
		OnlyFacts: o.facts, Allowance: o.allowance,
	}
	if o.journaled {
		options.Budgets = budget.Folder()
	}
	if o.journaled && suite.Target.Embedded == "" {
		options.Journal = s.keep
	}
	if suite.Target.Embedded != "" {
		if err := lodgers(suite.Target); err != nil {
			return nil, err
		}
		house, err := embedded(suite.Target.Embedded)
		if err != nil {
			return nil, err
		}
		options.Server, options.Credentials, s.close = house.address, house.credentials(), house.stop
	}
	e, err := engine.New(options)
	if err != nil {
		s.close()
		return nil, err
	}
	s.engine = e
	return s, nil
}

// sourceOf tells a folder from a contract file with an optional line:
// "reviews.contract.yaml:11".
func sourceOf(argument string) (dir, file string, line int, err error) {
	path := argument
	if at := strings.LastIndex(argument, ".contract.yaml:"); at >= 0 {
		path = argument[:at+len(".contract.yaml")]
		if _, err := fmt.Sscanf(argument[len(path)+1:], "%d", &line); err != nil || line < 1 {
			return "", "", 0, fmt.Errorf("%q is no line number", argument[len(path)+1:])
		}
	}
	state, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", "", 0, fmt.Errorf("there is no file or folder %s", path)
	case err != nil:
		return "", "", 0, err
	case state.IsDir():
		return path, "", 0, nil
	}
	return filepath.Dir(path), filepath.Base(path), line, nil
}
