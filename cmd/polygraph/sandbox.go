package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

// A sandboxOrder is what `polygraph sandbox` was asked for.
type sandboxOrder struct {
	port     int
	lies     []string
	twins    []string
	truthful bool
	list     bool
}

func sandboxCommand(c *console) *cobra.Command {
	var o sandboxOrder
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "The lying review platform on a port of this machine",
		Long: `Sandbox serves the review platform that ships in this program until it is interrupted.
It prints its address, its accounts with their tokens, and a polygraph.yaml that points
at it. By itself it tells one lie, to shop-oslo; --lie tells others, --twin switches on
behaviour that looks like a lie and is none.`,
		Example: `  polygraph sandbox
  polygraph sandbox --port 8080 --lie shop-rome=dropped-field --twin shop-berlin=reorders-tags
  polygraph sandbox --list`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.list {
				return c.listLies()
			}
			return c.sandbox(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&o.port, "port", 0, "`PORT` of 127.0.0.1; 0 takes any that is free")
	flags.StringArrayVar(&o.lies, "lie", nil, "`ACCOUNT=LIE`; may be repeated")
	flags.StringArrayVar(&o.twins, "twin", nil, "`ACCOUNT=TWIN`: looks like a lie and is none; may be repeated")
	flags.BoolVar(&o.truthful, "truthful", false, "leave out the lie that it tells by itself")
	flags.BoolVar(&o.list, "list", false, "list the lies and twins, and serve nothing")
	for name, all := range map[string]func() []reviewhub.Behaviour{"lie": reviewhub.Lies, "twin": reviewhub.Twins} {
		if err := cmd.RegisterFlagCompletionFunc(name, completeLies(all)); err != nil {
			panic(err) // the flag has just been defined
		}
	}
	return cmd
}

func completeLies(all func() []reviewhub.Behaviour) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		var names []string
		account, _, chosen := strings.Cut(typed, "=")
		if !chosen {
			for _, a := range reviewhub.Accounts() {
				names = append(names, a.Name+"=")
			}
			return names, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
		for _, b := range all() {
			names = append(names, account+"="+b.Name+"\t"+b.Does)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// listLies names every lie and twin, with what it does.
func (c *console) listLies() error {
	for i, each := range []struct {
		title string
		all   []reviewhub.Behaviour
	}{
		{"lies (the name begins with the verdict's kind):", reviewhub.Lies()},
		{"twins (these look like lies and are kept):", reviewhub.Twins()},
	} {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		fmt.Fprintln(c.out, each.title)
		wide := 0
		for _, b := range each.all {
			wide = max(wide, len(b.Name))
		}
		for _, b := range each.all {
			if _, err := fmt.Fprintf(c.out, "  %-*s  %s\n", wide, b.Name, b.Does); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *console) sandbox(ctx context.Context, o sandboxOrder) error {
	if o.port < 0 || o.port > 65535 {
		return fmt.Errorf("%d is no port; take 1 to 65535, or 0 for any that is free", o.port)
	}
	options := reviewhub.Options{Truthful: o.truthful}
	for _, text := range slices.Concat(o.lies, o.twins) {
		lie, err := reviewhub.ParseLie(text)
		if err != nil {
			return err
		}
		options.Lies = append(options.Lies, lie)
	}
	ctx, release := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer release()
	h, err := open(options, o.port)
	if err != nil {
		return err
	}
	defer h.stop()
	if err := c.announce(h, options); err != nil {
		return err
	}
	<-ctx.Done() // being interrupted is how it ends: no failure
	return nil
}

// toldBy are the lies and twins of a sandbox, the one that it tells by itself
// first, unless its account was given others.
func toldBy(o reviewhub.Options) []reviewhub.Lie {
	incident := reviewhub.Incident()
	given := slices.ContainsFunc(o.Lies, func(l reviewhub.Lie) bool { return l.Account == incident.Account })
	if o.Truthful || given {
		return o.Lies
	}
	return append([]reviewhub.Lie{incident}, o.Lies...)
}

// announce prints what one needs to use the sandbox.
func (c *console) announce(h *house, o reviewhub.Options) error {
	var text strings.Builder
	fmt.Fprintf(&text, "the sandbox listens on %s\n\naccounts:\n", h.address)
	for _, a := range reviewhub.Accounts() {
		fmt.Fprintf(&text, "  %-14s %-30s %s\n", a.Name, a.Token, strings.Join(a.Scopes, " "))
	}
	if told := toldBy(o); len(told) > 0 {
		fmt.Fprintln(&text, "\nwhat it tells besides the truth:")
		for _, l := range told {
			fmt.Fprintf(&text, "  %s\n", l)
		}
	}
	first := reviewhub.Accounts()[0]
	fmt.Fprintf(&text, "\ntry it:\n  curl -H 'Authorization: Bearer %s' %s/reviews\n", first.Token, h.address)
	fmt.Fprintf(&text, "\npolygraph.yaml for it:\n\ntargets:\n  sandbox:\n    server: %s\n    accounts:\n", h.address)
	for _, a := range reviewhub.Accounts() {
		fmt.Fprintf(&text, "      %s: {credentials: {bearer: %s}}\n", a.Name, a.Token)
	}
	fmt.Fprintln(&text, "\ninterrupt to stop")
	_, err := fmt.Fprint(c.out, text.String())
	return err
}
