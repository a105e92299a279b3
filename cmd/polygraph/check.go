package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/report"
)

func checkCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "check SUITE",
		Short: "Load a suite; every mistake with its place",
		Long: `Check loads a suite and says everything that is wrong with it: file, line, column,
what, and how to put it right. Nothing is sent and no secret is resolved. A suite may be
without contracts or polygraph.yaml; what needs them is then not looked at.`,
		Example:           "  polygraph check ./my-suite",
		Args:              exactly("a suite: a folder with provider.yaml"),
		ValidArgsFunction: completeFolder,
		RunE:              func(_ *cobra.Command, args []string) error { return c.check(args[0]) },
	}
}

func (c *console) check(dir string) error {
	suite, err := contracts.Load(dir, contracts.Options{Env: c.env})
	if err != nil {
		return underFolder(dir, err)
	}
	cases, again, accounts := 0, 0, 0
	for _, each := range suite.Contracts {
		cases, again = cases+len(each.Cases), again+len(each.Again)
	}
	for _, t := range suite.Targets {
		accounts += len(t.Accounts)
	}
	acts := ""
	if again > 0 {
		acts = counted(again, "second act") + ", "
	}
	_, err = fmt.Fprintf(c.out, "%s: nothing is wrong with %s, %s, %s%s, %s\n", report.Line(dir),
		counted(len(suite.Contracts), "contract"), counted(cases, "case"), acts, counted(len(suite.Targets), "target"), counted(accounts, "account"))
	return err
}
