package diagnosis

import "slices"

// A fact is one thing that is known of each account of a group.
type fact struct {
	name   string // account.can, account.read plan, tags
	take   string // in account.take
	rank   Rank
	needs  []string // members that the contract needs
	values []value  // by account
	lied   int      // so many of them, the first, are lied to

	restless    bool  // one account had it in two ways
	isScattered *bool // once somebody has asked
}

// A gatherer collects facts by name, while accounts are gone through one after another.
type gatherer struct {
	accounts int
	lied     int
	byName   map[string]*fact
	order    []*fact
	ranks    map[string]Rank // by path
}

func newGatherer(accounts, lied int) *gatherer {
	return &gatherer{accounts: accounts, lied: lied, byName: map[string]*fact{}, ranks: map[string]Rank{}}
}

// rank is rankOf, worked out once for all accounts.
func (g *gatherer) rank(path string) Rank {
	rank, known := g.ranks[path]
	if !known {
		rank = rankOf(path)
		g.ranks[path] = rank
	}
	return rank
}

// put notes what one account has. Whoever is not heard of has nothing: absent; see
// blind for those of whom that cannot be said.
func (g *gatherer) put(account int, f fact, v value) {
	known := g.byName[f.name]
	if known == nil {
		known = &f
		known.values, known.lied = make([]value, g.accounts), g.lied
		for i := range known.values {
			known.values[i].form = absent
		}
		g.byName[f.name], g.order = known, append(g.order, known)
	}
	switch old := known.values[account]; {
	case old.form == list && v.form == list: // the same header twice, the same step again
		v.list = append(slices.Clone(old.list), v.list...)
	case old.form == scalar && old.text != v.text:
		known.restless = true
	}
	known.values[account] = v
}

// blind says that nothing is known of an account, in whatever fact has nothing of it.
func (g *gatherer) blind(account int, concerns func(*fact) bool) {
	for _, f := range g.order {
		if f.values[account].form == absent && concerns(f) {
			f.values[account].form = unknown
		}
	}
}
