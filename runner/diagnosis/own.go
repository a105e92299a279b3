package diagnosis

import (
	"maps"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// ownFacts are what is known of the accounts themselves: what was taken, what else
// account.read answered, and tags.
func (m *Matrix) ownFacts(g *group) []*fact {
	all := g.all()
	into := newGatherer(len(all), len(g.lied))
	var blind []int
	for i, r := range all {
		known := m.known(r)
		putTaken(into, i, known, r)
		m.putOwn(into, i, known)
		into.put(i, fact{name: "tags", rank: Locale}, value{form: list, list: known.Tags})
		if known.Why != "" {
			blind = append(blind, i)
		}
	}
	for _, i := range blind {
		into.blind(i, func(f *fact) bool { return f.name != "tags" })
	}
	return without(into.order)
}

// known is what is known of a cell's account. A result without its run knows its scopes
// at least.
func (m *Matrix) known(r *engine.Result) *engine.Facts {
	c := r.Subject()
	if known := m.facts[c.Account]; known != nil {
		return known
	}
	known := &engine.Facts{Account: c.Account, Known: c.CanKnown, Can: c.Can}
	if !c.CanKnown {
		known.Why = "nobody has read them"
	}
	return known
}

// unread says that nothing is known of a cell's account, though it was asked.
func (m *Matrix) unread(r *engine.Result) bool {
	known := m.known(r)
	return known.Why != "" && known.Taken == nil && !known.Known
}

// putTaken notes what account.take took.
func putTaken(g *gatherer, i int, known *engine.Facts, r *engine.Result) {
	if known.Known {
		f := fact{name: "account.can", take: "can", rank: Permission}
		if r.Record != nil {
			f.needs = r.Record.Wanted.Needs
		}
		g.put(i, f, value{form: list, list: known.Can})
	}
	for _, name := range slices.Sorted(maps.Keys(known.Taken)) {
		if name == "can" && known.Known {
			continue
		}
		var leaves []leaf
		walk("account."+segment(name), jsonLike(known.Taken[name]), deepest, &leaves)
		for _, l := range leaves {
			rank := g.rank(l.path)
			if text := bare(l.value.text); rank == Permission && l.value.form == scalar && strings.Contains(text, " ") {
				l.value = value{form: list, list: strings.Fields(text)} // OAuth's way to write scopes, RFC 6749 section 3.3
			}
			g.put(i, fact{name: l.path, take: name, rank: rank}, l.value)
		}
	}
}

// putOwn notes the rest of account.read's reply. It is taken apart once for all rows.
func (m *Matrix) putOwn(g *gatherer, i int, known *engine.Facts) {
	if known.Own == nil || known.Own.Status < 200 || known.Own.Status > 299 {
		return
	}
	leaves, done := m.leaves[known.Account]
	if !done {
		leaves = leavesOf(known.Own.ReplyBody)
		m.leaves[known.Account] = leaves
	}
	for _, l := range leaves {
		g.put(i, fact{name: "account.read " + l.path, rank: g.rank(l.path)}, l.value)
	}
}

// without drops what was taken from what account.read answered: one fact is named once,
// under the name that its user gave it.
func without(all []*fact) []*fact {
	return slices.DeleteFunc(slices.Clone(all), func(f *fact) bool {
		if f.take != "" || f.name == "tags" {
			return false
		}
		return slices.ContainsFunc(all, func(taken *fact) bool { return taken.take != "" && taken.same(f) })
	})
}

func (f *fact) same(other *fact) bool {
	return slices.EqualFunc(f.values, other.values, func(a, b value) bool {
		return a.form == b.form && a.text == b.text && sameMembers(a.list, b.list)
	})
}

func sameMembers(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
