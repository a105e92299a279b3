package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/contracts"
)

func schemaCommand(c *console) *cobra.Command {
	kinds := []string{"provider", "contract", "targets"}
	return &cobra.Command{
		Use:   "schema KIND",
		Short: "JSON Schema for editors: provider, contract or targets",
		Long: `Schema prints the JSON Schema (draft-07) of one kind of file, for completion in editors:
provider (provider.yaml), contract (*.contract.yaml) or targets (polygraph.yaml).`,
		Example:   "  polygraph schema contract > contract.schema.json",
		Args:      exactly("a kind: " + strings.Join(kinds, ", ")),
		ValidArgs: kinds,
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains(kinds, args[0]) {
				return fmt.Errorf("there is no schema %q; there are %s", args[0], strings.Join(kinds, ", "))
			}
			text, err := contracts.Schema(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.out, strings.TrimRight(string(text), "\n"))
			return err
		},
	}
}
