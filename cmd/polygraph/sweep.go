package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/report"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A sweepOrder is what `polygraph sweep` was asked for.
type sweepOrder struct {
	folders []string // as given: suites, and folders in which runs were started
	suites  []string // of those the suites; empty: those that the journals name
	target  string   // "" for all
	list    bool
	forget  []string // runs and cells of which nobody wants to hear any more
}

func sweepCommand(c *console) *cobra.Command {
	var o sweepOrder
	cmd := &cobra.Command{
		Use:   "sweep [FOLDER…]",
		Short: "Remove what a run that crashed left behind",
		Long: `Sweep reads the journals of runs that are over and still have something to remove: they
crashed, or a provider would not delete. It removes what it can read back with its
marker on the account that made it, looks again, and says what is left and why. What
stands there without its marker is never touched.

Journals are in .polygraph/journal of the folder in which a run was started; under go
test that is the folder of the package. Sweep looks in this folder, and in every FOLDER:
one in which runs were started, FOLDER/... for it and all below it, or a suite. With a
suite it also looks in the folders above that, up to the one with go.mod, and takes the
suite for the one that the run had; without, it takes that from where the run had it.

A sweep may be stopped at any time, and repeated. What nobody can remove, or you have
removed by hand, --forget takes out of the journal: it sends nothing, asks nothing, and
says what it forgets.`,
		Example: `  polygraph sweep --list
  polygraph sweep
  polygraph sweep ./...
  polygraph sweep ./my-suite --target live
  polygraph sweep --forget 7f3a/12`,
		Args: func(_ *cobra.Command, args []string) error {
			if slices.Contains(args, "") {
				return errors.New("polygraph sweep was given an empty text for a folder")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.folders = args
			if len(o.forget) > 0 {
				return c.forget(o)
			}
			return c.sweep(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.target, "target", "", "only runs on `TARGET`")
	cmd.Flags().BoolVar(&o.list, "list", false, "show what there is to remove, and send nothing")
	cmd.Flags().StringSliceVar(&o.forget, "forget", nil, "forget what a run (7f3a) or one of its cells (7f3a/12) `LEFT`, and send nothing; may be repeated")
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return cmd
}

// sweep goes through all journals. One that cannot be swept costs the others nothing.
func (c *console) sweep(ctx context.Context, o sweepOrder) error {
	paths, err := o.journals()
	if err != nil {
		return err
	}
	left, gone := 0, 0
	var mistakes []error
	for _, path := range paths {
		each := c.sweepOne
		if o.list {
			each = c.listOne
		}
		s, err := each(ctx, path, o)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("sweep %s: %w", filepath.ToSlash(path), err))
		}
		left, gone = left+s.left, gone+s.gone
	}
	switch {
	case left+gone > 0 && o.list:
		fmt.Fprintf(c.out, "%s to remove\n", counted(left, "thing"))
	case left+gone > 0:
		fmt.Fprintf(c.out, "%d gone, %d left\n", gone, left)
		if left > 0 {
			fmt.Fprintln(c.err, "hint: of what you have removed by hand, or cannot: polygraph sweep --forget RUN/CELL (or RUN, for all of it)")
		}
	case len(mistakes) == 0:
		fmt.Fprintln(c.out, "nothing to sweep")
	}
	switch {
	case len(mistakes) > 0:
		return errors.Join(mistakes...)
	case left > 0:
		return exit(exitLeft)
	}
	return nil
}

// A swept is what the sweep of one journal came to.
type swept struct{ left, gone int }

// listOne shows what a journal says is there.
func (c *console) listOne(_ context.Context, path string, o sweepOrder) (swept, error) {
	read, err := journal.Read(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !o.means(read.Header) {
		return swept{}, nil
	}
	if err != nil {
		return swept{}, err
	}
	if !journal.Dead(path) {
		c.warn("run %s is still going on", read.Run)
		return swept{}, nil
	}
	things := read.State().Things()
	for _, each := range things {
		c.tell("there", each.ID, each, each.Why)
	}
	return swept{left: len(things)}, nil
}

// means tells whether a journal is of the target that was asked for; one whose
// header is lost is of any.
func (o sweepOrder) means(header journal.Header) bool {
	return o.target == "" || header.Target == "" || header.Target == o.target
}

// sweepOne removes what a journal says is there.
func (c *console) sweepOne(ctx context.Context, path string, o sweepOrder) (s swept, err error) {
	j, err := journal.ResumeOn(c.disk, path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // another sweep has just finished it
		return swept{}, nil
	case errors.Is(err, journal.ErrLive):
		c.warn("%s: %v", filepath.ToSlash(path), err)
		return swept{}, nil
	case err != nil:
		return swept{}, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	if !o.means(j.Header()) {
		return swept{}, nil
	}
	for _, damage := range j.Contents().Damage {
		c.warn("%s: %s", filepath.ToSlash(path), damage)
	}
	if lost := j.Contents().Lost; lost > 0 {
		defer func() {
			s.left += lost
			err = errors.Join(err, fmt.Errorf("%s lost: what they spoke of, nobody knows\nhint: see whether the accounts hold anything of ours, then polygraph sweep --forget %s", recordsOf(lost), j.Run()))
		}()
	}
	before := j.Things()
	if len(before) == 0 {
		return swept{}, nil
	}
	removed, err := c.remove(ctx, j, o, before)
	after := j.Things()
	if errors.Is(err, errNotMeant) {
		c.warn("%s: %v", filepath.ToSlash(path), err)
		return swept{}, nil
	}
	if err != nil {
		return swept{left: len(after)}, err
	}
	for _, each := range removed {
		of := before[max(0, slices.IndexFunc(before, func(t journal.Thing) bool { return t.ID == each.ID }))]
		of.Key = each.Key
		c.tell("gone", each.ID, of, string(each.How))
	}
	for _, each := range after {
		c.tell("left", each.ID, each, cmp.Or(each.Why, "the journal lacks the record of it, so nobody can tell whose it is"))
	}
	return swept{left: len(after), gone: len(removed)}, nil
}

func recordsOf(n int) string {
	if n == 1 {
		return "1 record of it is"
	}
	return fmt.Sprintf("%d records of it are", n)
}

// tell says what became of a thing.
func (c *console) tell(word, id string, of journal.Thing, why string) {
	name := of.Key
	if name == "" {
		name = "marked " + cmp.Or(of.Marker, id)
	}
	what := cmp.Or(of.Resource, "thing") + " " + name
	if of.Request != nil { // not a thing, but what puts one back
		what = "clean-up " + of.Call
	}
	text := fmt.Sprintf("%-5s  %s of %s", word, what, cmp.Or(of.Account, "nobody knows whom"))
	if of.Cell != "" {
		text += " (" + of.Cell + ")"
	}
	if why != "" {
		text += ": " + why
	}
	fmt.Fprintln(c.out, report.Line(text))
}

// remove has the engine sweep a journal with the suite that made it.
func (c *console) remove(ctx context.Context, j *journal.Journal, o sweepOrder, things []journal.Thing) ([]journal.Removed, error) {
	suite, err := c.suiteOf(j, o)
	if err != nil {
		return nil, err
	}
	return engine.Sweep(ctx, engine.Options{Suite: suite, Target: suite.Target, Env: c.env, Budgets: budget.Folder()}, j, things)
}

// errNotMeant is for a journal that none of the suites that were given can sweep.
var errNotMeant = errors.New("not swept")

// suiteOf loads the suite of a journal: of the same provider, on the same target, at
// the same address. On any other, what was made would only seem to be gone.
func (c *console) suiteOf(j *journal.Journal, o sweepOrder) (*contracts.Suite, error) {
	header, folders := j.Header(), o.suites
	if len(folders) == 0 {
		if header.Suite == "" {
			return nil, errors.New("its header is lost, and with it what it is of\nhint: polygraph sweep SUITE --target TARGET")
		}
		folder := header.Suite
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(journal.WorkOf(j.Path()), folder)
		}
		folders = []string{folder}
	}
	var other []string
	for _, folder := range folders {
		suite, err := contracts.Load(folder, contracts.Options{Scope: contracts.Sweep, Target: cmp.Or(header.Target, o.target), Env: c.env})
		if err != nil {
			return nil, underFolder(folder, err)
		}
		if header.Provider != "" && suite.Provider.Name != header.Provider {
			other = append(other, fmt.Sprintf("%s is of provider %q", folder, suite.Provider.Name))
			continue
		}
		return suite, sameServer(suite.Target, header)
	}
	return nil, fmt.Errorf("%w: it is of provider %q, and %s", errNotMeant, header.Provider, strings.Join(other, ", "))
}

func sameServer(target *contracts.Target, header journal.Header) error {
	now, err := wire.Origin(target.Server)
	if err != nil {
		return fmt.Errorf("%s: target %q: %w", target.Pos, target.Name, err)
	}
	if header.Server != "" && now != header.Server {
		return fmt.Errorf("the run was on %s, and target %q is %s now", header.Server, target.Name, now)
	}
	return nil
}
