package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/report"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// Main runs one command and gives its exit code. The arguments are without the
// program's name. It takes over the standard logger, which Go's HTTP transport
// uses for bytes of a provider, SIGPIPE, and a switch of cobra's; so it is for one
// command a process.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) (string, bool)) int {
	c := &console{in: stdin, err: stderr, env: env, disk: journal.RealDisk()}
	return c.obey(args, stdout)
}

// obey carries out one command.
func (c *console) obey(args []string, stdout io.Writer) (code int) {
	out := &outlet{to: stdout}
	c.out = out
	outliveReaders()
	log.SetOutput(&wire.Log{})
	defer func() {
		if mistake := recover(); mistake != nil {
			code = c.panicked(mistake)
		}
	}()
	cobra.EnableCommandSorting = false // the help has an order of its own
	root := rootCommand(c)
	root.SetArgs(withFiles(args))
	root.SetIn(c.in)
	root.SetErr(c.err)
	err := root.Execute()
	if !out.deserted(err) {
		c.complain(err)
	}
	return c.delivered(codeOf(err), err, out)
}

// complain says what is wrong. Mistakes of a suite have their own form, for
// editors to find the place.
func (c *console) complain(err error) {
	var mistakes contracts.Mistakes
	var f *failure
	switch {
	case err == nil, errors.As(err, &f) && f.err == nil:
	case errors.As(err, &mistakes):
		fmt.Fprintf(c.err, "%s\n\n%s\n", report.Text(mistakes.Error()), counted(len(mistakes), "mistake"))
	default:
		c.warn("%v", err)
	}
}

// panicked owns up to a mistake of ours. The stack is for us, so only who asks sees it.
func (c *console) panicked(mistake any) int {
	c.warn("a mistake in polygraph itself: %s", report.Line(fmt.Sprint(mistake)))
	if _, ok := c.value("POLYGRAPH_STACK"); ok {
		fmt.Fprintf(c.err, "%s\n", debug.Stack())
	} else {
		fmt.Fprintln(c.err, "hint: POLYGRAPH_STACK=1 shows where; please report it")
	}
	return exitUsage
}

// The groups of commands in the help.
const (
	groupStart  = "start"
	groupSuite  = "suite"
	groupRun    = "run"
	groupEditor = "editor"
)

func rootCommand(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:   "polygraph",
		Short: "Does their API tell the truth?",
		Long: `Polygraph is a lie detector for other people's APIs. It sends a call, then reads
what the call should have changed through every window it has, and says for each
endpoint and each account whether the status told the truth.

Exit codes: 0 kept (or known), 1 lied or broken, 2 usage or contract mistakes,
3 inconclusive and nothing worse, 4 something of ours is left behind,
130 interrupted, after clean-up.`,
		Example:                    "  polygraph try\n  polygraph run ./my-suite --account 'shop-*'\n  polygraph show last",
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		SilenceErrors:              true,
		Args:                       cobra.ArbitraryArgs,
		PersistentPreRunE:          func(cmd *cobra.Command, _ []string) error { return emptyFlag(cmd) },
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.AddGroup(
		&cobra.Group{ID: groupStart, Title: "Start here:"},
		&cobra.Group{ID: groupSuite, Title: "With a suite:"},
		&cobra.Group{ID: groupRun, Title: "Afterwards:"},
		&cobra.Group{ID: groupEditor, Title: "For shells and editors:"},
	)
	root.SetHelpCommandGroupID(groupEditor)
	root.SetCompletionCommandGroupID(groupEditor)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w\nhint: %s --help", err, cmd.CommandPath())
	})
	for _, each := range []struct {
		group   string
		command *cobra.Command
	}{
		{groupStart, tryCommand(c)},
		{groupStart, sandboxCommand(c)},
		{groupStart, benchCommand(c)},
		{groupSuite, checkCommand(c)},
		{groupSuite, explainCommand(c)},
		{groupSuite, planCommand(c)},
		{groupSuite, runCommand(c)},
		{groupSuite, onboardCommand(c)},
		{groupSuite, strengthCommand(c)},
		{groupRun, runsCommand(c)},
		{groupRun, showCommand(c)},
		{groupRun, ticketCommand(c)},
		{groupRun, replayCommand(c)},
		{groupRun, reportCommand(c)},
		{groupRun, compareCommand(c)},
		{groupRun, sweepCommand(c)},
		{groupEditor, schemaCommand(c)},
	} {
		each.command.GroupID = each.group
		root.AddCommand(each.command)
	}
	for _, name := range remembering {
		if each, _, err := root.Find([]string{name}); err == nil && each != root {
			c.historyFlag(each)
		}
	}
	root.SetOut(c.out) // before the next two, which remember where they print
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, each := range root.Commands() {
		if name := each.Name(); name == "help" || name == "completion" {
			named(root, each)
		}
	}
	return root
}

// remembering are the commands that keep a run or read one.
var remembering = []string{"run", "onboard", "runs", "show", "report", "compare", "ticket", "replay"}

// emptyFlag refuses flags with an empty text. It comes from a script's variable
// that is not set, and would mean everything: --contract "$ONE" every contract.
func emptyFlag(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		empty := f.Value.Type() == "string" && f.Value.String() == ""
		if list, ok := f.Value.(pflag.SliceValue); ok {
			empty = slices.Contains(list.GetSlice(), "")
		}
		if empty {
			err = fmt.Errorf("--%s was given an empty text\nhint: leave it out, or say what is meant", f.Name)
		}
	})
	return err
}

// unknownCommand is said in one line, with what may have been meant.
func unknownCommand(root *cobra.Command, name string) error {
	err := fmt.Errorf("there is no command %q", name)
	if close := root.SuggestionsFor(name); len(close) > 0 {
		return fmt.Errorf("%w\nhint: did you mean %s?", err, strings.Join(close, " or "))
	}
	return fmt.Errorf("%w\nhint: polygraph --help lists them", err)
}

// named has one of cobra's own commands refuse a name that it does not know;
// by itself it prints a help and calls that success.
func named(root, own *cobra.Command) {
	help := own.Run
	own.Run = nil
	own.Args = cobra.ArbitraryArgs
	own.RunE = func(cmd *cobra.Command, args []string) error {
		within := root
		if own.HasSubCommands() {
			within = own
		}
		if len(args) > 0 {
			if found, _, err := within.Find(args); err != nil || found == within {
				return unknownCommand(root, strings.Join(args, " "))
			}
		}
		if help == nil {
			return cmd.Help()
		}
		help(cmd, args)
		return nil
	}
}

// exactly wants so many arguments, and says which are missing by their names.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return fmt.Errorf("%s needs %s\nhint: %s --help", cmd.CommandPath(), names[len(args)], cmd.CommandPath())
		case len(args) > len(names):
			return fmt.Errorf("%s does not know what to do with %q\nhint: %s --help", cmd.CommandPath(), args[len(names)], cmd.CommandPath())
		}
		if at := slices.Index(args, ""); at >= 0 { // a variable of a script that is not set
			return fmt.Errorf("%s needs %s, and was given an empty text", cmd.CommandPath(), names[at])
		}
		return nil
	}
}

// counted is "1 mistake", "12 mistakes".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
