package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/comparison"
	"github.com/polygraph-dev/polygraph/runner/history"
)

// previous is the run before another one.
const previous = "previous"

// sides find what two names stand for.
type sides struct {
	store *history.Store
	order compareOrder
	runs  []history.Summary // the newest first
	pool  comparison.Pool
}

func (s *sides) compare(ctx context.Context, a, b string) (*comparison.Comparison, error) {
	var err error
	if s.runs, err = s.store.Runs(ctx); err != nil {
		return nil, err
	}
	if s.order.run == previous {
		if s.order.run, err = s.before(ctx, history.Last); err != nil {
			return nil, err
		}
	}
	formA, nameA := formOf(a)
	formB, nameB := formOf(b)
	form, err := s.form(formA, formB, nameA, nameB, func() map[string]bool { return s.accountsIn(ctx) })
	if err != nil {
		return nil, err
	}
	switch form {
	case comparison.Accounts:
		return s.accounts(ctx, nameA, nameB)
	case comparison.Targets:
		return s.targets(ctx, nameA, nameB)
	}
	return s.twoRuns(ctx, nameA, nameB)
}

// form is what both names are. What they were said to be counts; else what they both can be, if that is one thing.
func (s *sides) form(a, b comparison.Form, nameA, nameB string, accountsIn func() map[string]bool) (comparison.Form, error) {
	switch {
	case a != "" && b != "" && a != b:
		return "", fmt.Errorf("one is of the %s and the other of the %s: compare two of a kind", a, b)
	case a != "":
		return a, nil
	case b != "":
		return b, nil
	}
	accounts := accountsIn()
	var both []comparison.Form
	var ways []string
	for _, each := range forms {
		if s.is(each.form, nameA, accounts) && s.is(each.form, nameB, accounts) {
			both = append(both, each.form)
			ways = append(ways, "polygraph compare "+each.prefix+nameA+" "+each.prefix+nameB)
		}
	}
	switch len(both) {
	case 1:
		return both[0], nil
	case 0:
		return "", s.unknown(nameA, nameB, accounts)
	}
	return "", fmt.Errorf("%s and %s may be more than one thing\nhint: say which: %s", nameA, nameB, strings.Join(ways, ", or "))
}

// is says whether a name can be of a form.
func (s *sides) is(form comparison.Form, name string, accounts map[string]bool) bool {
	switch form {
	case comparison.Accounts:
		return accounts[name]
	case comparison.Targets:
		for _, r := range s.runs {
			if r.Target == name {
				return true
			}
		}
		return false
	}
	if name == history.Last || name == previous {
		return true
	}
	for _, r := range s.runs {
		if name != "" && strings.HasPrefix(r.ID, strings.ToLower(name)) {
			return true
		}
	}
	return false
}

// unknown says which of two names is nothing that there is.
func (s *sides) unknown(a, b string, accounts map[string]bool) error {
	for _, name := range []string{a, b} {
		known := false
		for _, each := range forms {
			known = known || s.is(each.form, name, accounts)
		}
		if !known {
			return fmt.Errorf("%s is no run, no target that was run on, and no account of run %s\nhint: polygraph show %s lists its cells with their accounts; --run names another run", name, s.order.run, s.order.run)
		}
	}
	return fmt.Errorf("%s and %s are not of a kind: compare two runs, two accounts of one run, or two targets", a, b)
}

// accountsIn are the accounts of the run in which accounts are compared.
func (s *sides) accountsIn(ctx context.Context) map[string]bool {
	names := map[string]bool{}
	if _, rows, err := s.store.Rows(ctx, s.order.run); err == nil {
		for i := range rows {
			names[rows[i].Account] = true
		}
	}
	return names
}

// accounts compares two accounts of one run.
func (s *sides) accounts(ctx context.Context, a, b string) (*comparison.Comparison, error) {
	if a == b {
		return nil, fmt.Errorf("both are one account: %s", a)
	}
	there := s.accountsIn(ctx)
	side, err := s.side(ctx, s.order.run)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{a, b} {
		if !there[name] {
			return nil, fmt.Errorf("run %s has no account %s\nhint: --run names another run; polygraph show %s lists its cells", side.Run, name, side.Run)
		}
	}
	one, two := side, side
	one.Name, one.Account = a, a
	two.Name, two.Account = b, b
	return comparison.Of(comparison.Accounts, one, two), nil
}

// targets compares the last run on each of two targets.
func (s *sides) targets(ctx context.Context, a, b string) (*comparison.Comparison, error) {
	if a == b {
		return nil, fmt.Errorf("both are one target: %s\nhint: polygraph compare previous last compares its last two runs", a)
	}
	var both [2]comparison.Side
	for i, name := range []string{a, b} {
		run, err := s.lastOn(name)
		if err != nil {
			return nil, err
		}
		if both[i], err = s.side(ctx, run.ID); err != nil {
			return nil, err
		}
		both[i].Name = name
	}
	var err error
	if both[0].Earlier, err = s.earlier(ctx, both[0], both[1].Run); err != nil {
		return nil, err
	}
	return comparison.Of(comparison.Targets, both[0], both[1]), nil
}

// lastOn is the newest run on a target, of the suite that was asked for.
func (s *sides) lastOn(target string) (history.Summary, error) {
	suites := map[string]bool{}
	for _, r := range s.runs {
		if r.Target == target {
			if s.order.suite == "" || s.order.suite == r.Suite {
				return r, nil
			}
			suites[r.Suite] = true
		}
	}
	if len(suites) == 0 {
		return history.Summary{}, fmt.Errorf("%w on target %s", history.ErrNone, target)
	}
	return history.Summary{}, fmt.Errorf("%w of suite %s on target %s, where others ran: %s", history.ErrNone, s.order.suite, target, strings.Join(slices.Sorted(maps.Keys(suites)), ", "))
}

// twoRuns compares two runs. One of them may be the one before the other.
func (s *sides) twoRuns(ctx context.Context, a, b string) (*comparison.Comparison, error) {
	if a == previous && b == previous {
		return nil, errors.New("previous is the run before another: name that one")
	}
	var err error
	if a == previous {
		a, err = s.before(ctx, b)
	} else if b == previous {
		b, err = s.before(ctx, a)
	}
	if err != nil {
		return nil, err
	}
	one, err := s.side(ctx, a)
	if err != nil {
		return nil, err
	}
	two, err := s.side(ctx, b)
	if err != nil {
		return nil, err
	}
	if one.Run == two.Run {
		return nil, fmt.Errorf("both are one run: %s", one.Run)
	}
	if one.Earlier, err = s.earlier(ctx, one, two.Run); err != nil {
		return nil, err
	}
	return comparison.Of(comparison.Runs, one, two), nil
}

// before is the id of the run before one of the same suite on the same target.
func (s *sides) before(ctx context.Context, name string) (string, error) {
	run, _, err := s.store.Rows(ctx, name)
	if err != nil {
		return "", err
	}
	for _, r := range s.runs {
		if r.Started.Before(run.Started) && r.Suite == run.Suite && r.Target == run.Target && r.ID != run.ID {
			return r.ID, nil
		}
	}
	return "", fmt.Errorf("%w: nothing ran before %s of the same suite on the same target", history.ErrNone, run.ID)
}

// mostEarlier is how many runs before A are asked how much their times swing.
const mostEarlier = 5

// earlier are the runs before A of the same suite on the same target.
func (s *sides) earlier(ctx context.Context, a comparison.Side, b string) ([][]comparison.Row, error) {
	var out [][]comparison.Row
	for _, r := range s.runs {
		if len(out) == mostEarlier {
			break
		}
		if r.Started.Before(a.Started) && r.Suite == a.Suite && r.Target == a.Target && r.ID != b {
			_, rows, err := s.store.Compared(ctx, r.ID, s.pool)
			if err != nil {
				return nil, err
			}
			out = append(out, rows)
		}
	}
	return out, nil
}

// side reads what of a run is compared.
func (s *sides) side(ctx context.Context, name string) (comparison.Side, error) {
	run, rows, err := s.store.Compared(ctx, name, s.pool)
	if err != nil {
		return comparison.Side{}, err
	}
	return comparison.Side{Name: run.ID, Run: run.ID, Suite: run.Suite, Target: run.Target, Started: run.Started, Facts: run.Accounts, Halted: s.halted(run.ID), Rows: rows}, nil
}

// halted says why cells of a run may be missing.
func (s *sides) halted(id string) string {
	for _, r := range s.runs {
		if r.ID != id {
			continue
		}
		switch r.State {
		case history.Interrupted:
			return "was interrupted"
		case history.Killed:
			return "was killed"
		case history.Running:
			return "has not ended"
		}
	}
	return ""
}
