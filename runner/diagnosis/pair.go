package diagnosis

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// A pair is two splits that separate together.
type pair struct {
	first, second split
	joint         Joint
}

// together finds the two facts that together separate the groups without exception, where
// no two others of their ranks do so and chance would hardly have it.
func (g *group) together() (pair, bool) {
	n := len(g.lied) + len(g.truthful)
	all := g.kinds()
	lied := newSet(n)
	for i := range g.lied {
		lied.add(i)
	}
	found := pairs(all, lied, n)
	if len(found) == 0 || len(found) > 1 && found[0].weight() == found[1].weight() || g.pairsByChance(all, n) {
		return pair{}, false
	}
	return found[0], true
}

// weight is how unlikely a cause the two are by their kinds.
func (p pair) weight() int { return int(p.first.rank.tier()) + int(p.second.rank.tier()) }

// kinds are the splits by facts of accounts, one for each way to separate them: that of the
// likeliest rank. Where two facts of one rank do it, nobody can tell which, and both are left out.
func (g *group) kinds() []split {
	const mostSplits = 160 // pairs are many
	kind := map[string][]split{}
	for _, f := range g.facts {
		if f.rank >= Answer {
			continue
		}
		for _, options := range f.options() {
			for _, s := range options {
				if s.rank < Moment {
					kind[s.holds.key()] = append(kind[s.holds.key()], s)
				}
			}
		}
	}
	var out []split
	for _, alike := range kind {
		ordered(alike)
		other := slices.IndexFunc(alike, func(s split) bool { return s.fact != alike[0].fact || s.value != alike[0].value && s.op == alike[0].op })
		if other < 0 || alike[other].rank.tier() != alike[0].rank.tier() {
			out = append(out, alike[0])
		}
	}
	ordered(out)
	return out[:min(len(out), mostSplits)]
}

// pairs are all that separate these accounts from the rest of n, best first: two splits
// that hold of nobody else and together of all of them, or two that hold of all of them
// and both of nobody else.
func pairs(all []split, lied set, n int) []pair {
	var pure, whole []split
	for _, s := range all {
		inside, outside := s.holds.and(lied).size(), s.holds.size()
		if inside > 0 && inside == outside {
			pure = append(pure, s)
		}
		if inside == lied.size() {
			whole = append(whole, s)
		}
	}
	var out []pair
	eachTwo(pure, func(a, b split) {
		if a.holds.or(b.holds).size() == lied.size() {
			out = append(out, pair{a, b, Either})
		}
	})
	eachTwo(whole, func(a, b split) {
		if a.holds.and(b.holds).size() == lied.size() {
			out = append(out, pair{a, b, Both})
		}
	})
	slices.SortStableFunc(out, func(a, b pair) int { return cmp.Compare(a.weight(), b.weight()) })
	return out
}

func eachTwo(all []split, visit func(a, b split)) {
	for i := range all {
		for j := range i {
			visit(all[j], all[i])
		}
	}
}

// pairsByChance says whether other accounts, as many as are lied to, would often be
// separated by two facts as well. It draws them by a generator that begins the same each
// time: the same run gives the same diagnosis.
func (g *group) pairsByChance(all []split, n int) bool {
	const draws = 60
	random, hits := rand.New(rand.NewPCG(1, 2)), 0
	for range draws {
		lied := newSet(n)
		for _, i := range random.Perm(n)[:len(g.lied)] {
			lied.add(i)
		}
		if len(pairs(all, lied, n)) > 0 {
			hits++
		}
	}
	return float64(hits)/draws > doubt
}
