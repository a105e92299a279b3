package diagnosis

import (
	"fmt"
	"slices"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A Matrix is a run, ready to be asked about many of its cells. It is not safe for
// concurrent use.
type Matrix struct {
	run    *engine.Finished
	facts  map[string]*engine.Facts
	rows   map[string][]*engine.Result // by contract and case
	groups map[string]*group
	leaves map[string][]leaf // of account.read, by account
}

// Over makes a Matrix of a run. Its earlier runs, if it has any, say what moves by itself,
// and what an account was like when it was last kept.
func Over(run *engine.Finished) *Matrix {
	m := &Matrix{
		run: run, facts: map[string]*engine.Facts{}, rows: map[string][]*engine.Result{},
		groups: map[string]*group{}, leaves: map[string][]leaf{},
	}
	for i := range run.Accounts {
		m.facts[run.Accounts[i].Account] = &run.Accounts[i]
	}
	for _, r := range run.Results {
		m.rows[rowOf(r)] = append(m.rows[rowOf(r)], r)
	}
	return m
}

func rowOf(r *engine.Result) string {
	c := r.Subject()
	return fmt.Sprintf("%q %q", c.Contract, c.Case)
}

// Of says what sets a cell's account apart. Only lies and broken contracts have a cause:
// nil for every other verdict, and where nobody was told the truth, in this run or, of
// this account, in an earlier one. Cells that came out alike share what they are given.
func (m *Matrix) Of(r *engine.Result) *Diagnosis {
	if r.Verdict.Class != verdict.Lied && r.Verdict.Class != verdict.Broken {
		return nil
	}
	m.admit(r)
	g := m.group(r)
	switch {
	case len(g.truthful) == 0:
		return m.since(r)
	case m.unread(r):
		return &Diagnosis{Why: Unread, Causes: []Cause{}, Lied: len(g.lied), Truthful: len(g.truthful)}
	}
	return g.of(r)
}

// admit puts a cell that was looked up by itself, or another trial of one, in the place of
// what the run has of that account.
func (m *Matrix) admit(r *engine.Result) {
	row := rowOf(r)
	if slices.Contains(m.rows[row], r) {
		return
	}
	m.rows[row] = append(slices.DeleteFunc(slices.Clone(m.rows[row]), func(other *engine.Result) bool {
		return other.Subject().Account == r.Subject().Account
	}), r)
	m.groups = map[string]*group{}
}

// Alone are the lies and broken contracts that no other account of the run kept: only an
// earlier run can tell anything of them.
func (m *Matrix) Alone() []*engine.Result {
	kept := map[string]bool{}
	for row, all := range m.rows {
		kept[row] = slices.ContainsFunc(all, func(r *engine.Result) bool { return r.Verdict.Class == verdict.Kept })
	}
	var out []*engine.Result
	for _, r := range m.run.Results {
		if (r.Verdict.Class == verdict.Lied || r.Verdict.Class == verdict.Broken) && !kept[rowOf(r)] {
			out = append(out, r)
		}
	}
	return out
}

// A group are the cells of a row that came out alike, and those that were kept. What
// came out in another way, or could not be told, says nothing about either.
type group struct {
	lied, truthful []*engine.Result
	facts          []*fact // what is known of them, without what moves by itself
	splits         []split // the best of each fact, the best first
	said           *Diagnosis
	pair           []split // the two causes of said, where it has two
}

// all are the cells of the group, as splits number them: those that are lied to first.
func (g *group) all() []*engine.Result {
	return append(append([]*engine.Result{}, g.lied...), g.truthful...)
}

func (m *Matrix) group(r *engine.Result) *group {
	key := fmt.Sprintf("%s %s %s", rowOf(r), r.Verdict.Class, r.Verdict.Kind)
	if g := m.groups[key]; g != nil {
		return g
	}
	g := &group{}
	for _, each := range m.rows[rowOf(r)] {
		switch {
		case each.Verdict.Class == verdict.Kept:
			g.truthful = append(g.truthful, each)
		case each.Verdict.Class == r.Verdict.Class && each.Verdict.Kind == r.Verdict.Kind:
			g.lied = append(g.lied, each)
		}
	}
	m.groups[key] = g
	if g.lied, g.truthful = m.readable(g.lied), m.readable(g.truthful); len(g.truthful) > 0 {
		g.facts = m.settled(append(m.ownFacts(g), stepFacts(g)...), g.truthful)
		g.splits = g.best()
	}
	return g
}

func (g *group) best() []split {
	var splits []split
	for _, f := range g.facts {
		splits = append(splits, f.splits()...)
	}
	return append(ordered(splits), slowness(g)...)
}

// readable leaves out the accounts of which nothing is known, unless that is all of them:
// one whose facts could not be read speaks neither for nor against what others have.
func (m *Matrix) readable(all []*engine.Result) []*engine.Result {
	read := slices.DeleteFunc(slices.Clone(all), m.unread)
	if len(read) == 0 {
		return all
	}
	return read
}
