package diagnosis

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// Op is how a fact's value is asked about.
type Op string

// The ways, the plainest first.
const (
	Lacks   Op = "lacks"  // a list has no such member
	Has     Op = "has"    // it has
	Equals  Op = "is"     // the value is this
	Differs Op = "is not" // it is another
	Missing Op = "is absent"
	There   Op = "is there"
	Below   Op = "is below" // a number under the limit, or a date before it
	From    Op = "is at least"
)

var opOrder = []Op{Lacks, Equals, Has, Missing, Differs, There, Below, From}

// A split is a fact as a yes or no for each account of a group.
type split struct {
	fact  *fact
	op    Op
	value string
	rank  Rank
	holds set
	in    counts
}

// splits are the ways in which a fact splits its accounts in two. Each is turned so that
// it holds rather of those that are lied to; of several of one fact only the best is kept,
// but each member of a list is a fact of its own.
func (f *fact) splits() []split {
	var out []split
	for _, options := range f.options() {
		out = append(out, ordered(options)[:min(1, len(options))]...)
	}
	return out
}

// options are all splits that tell somebody from somebody else, both sides of each, with
// those of one fact together.
func (f *fact) options() [][]split {
	var out [][]split
	for _, member := range f.members() {
		out = append(out, f.usable(f.member(member)))
	}
	if f.scattered() {
		return append(out, f.usable(append(f.limits(), f.presence()...)))
	}
	return append(out, f.usable(append(append(f.equals(), f.limits()...), f.presence()...)))
}

// usable counts splits, and leaves those with somebody on both sides.
func (f *fact) usable(all []split) []split {
	var out []split
	for _, s := range all {
		s.in = s.holds.count(f.lied, len(f.values))
		if n := s.in.lied + s.in.truthful; n > 0 && n < len(f.values) {
			out = append(out, s)
		}
	}
	return out
}

func bySeparation(a, b split) int {
	return cmp.Or(
		-cmp.Compare(math.Round(a.in.ochiai()*1e9), math.Round(b.in.ochiai()*1e9)),
		cmp.Compare(a.rank, b.rank),
		cmp.Compare(slices.Index(opOrder, a.op), slices.Index(opOrder, b.op)),
		cmp.Compare(a.fact.name, b.fact.name),
		cmp.Compare(a.value, b.value),
	)
}

// ordered puts splits in order, the best first.
func ordered(all []split) []split {
	slices.SortStableFunc(all, bySeparation)
	return all
}

// where makes a split of the accounts of which something holds. One of which it is not
// known speaks against it, whichever side it is on: a cause that is named leaves nobody out.
func (f *fact) where(op Op, text string, holds func(value) bool) split {
	return f.sized(op, text, func(i int) bool { return holds(f.values[i]) })
}

func (f *fact) presence() []split {
	is := func(v value) bool { return v.form == absent }
	return []split{f.where(Missing, "", is), f.where(There, "", func(v value) bool { return !is(v) })}
}

// mostMembers bounds what is looked at of a list that has no end.
const mostMembers = 200

func (f *fact) members() []string {
	seen := map[string]bool{}
	var all []string
	for _, v := range f.values {
		for _, member := range v.list {
			if !seen[member] && len(all) < mostMembers {
				seen[member] = true
				all = append(all, member)
			}
		}
	}
	slices.Sort(all)
	return all
}

func (f *fact) member(name string) []split {
	has := func(v value) bool { return slices.Contains(v.list, name) }
	out := []split{f.where(Lacks, name, func(v value) bool { return !has(v) }), f.where(Has, name, has)}
	for i := range out {
		if f.take == "can" && slices.Contains(f.needs, name) {
			out[i].rank = Needed
		}
	}
	return out
}

// equals are the splits by value. A date is no value that a group would share.
func (f *fact) equals() []split {
	seen := map[string]bool{}
	var out []split
	for _, v := range f.values {
		if v.form != scalar || seen[v.text] {
			continue
		}
		seen[v.text] = true
		if _, isMoment := moment(bare(v.text)); isMoment {
			continue
		}
		is := func(other value) bool { return other.form == scalar && other.text == v.text }
		out = append(out, f.where(Equals, v.text, is), f.where(Differs, v.text, func(o value) bool { return !is(o) }))
	}
	return out
}

// sized is where, asked by the account's number.
func (f *fact) sized(op Op, text string, holds func(account int) bool) split {
	s := split{fact: f, op: op, value: text, rank: f.rank, holds: newSet(len(f.values))}
	for i, v := range f.values {
		if v.form == unknown && i >= f.lied || v.form != unknown && holds(i) {
			s.holds.add(i)
		}
	}
	return s
}

// others is what the truthful accounts have in place of a value, where nearly all have
// the same.
func (s split) others() string {
	if s.op != Equals && s.op != Differs {
		return ""
	}
	count, most := map[string]int{}, ""
	for i, v := range s.fact.values {
		if i >= s.fact.lied && v.form == scalar {
			if count[v.text]++; count[v.text] > count[most] {
				most = v.text
			}
		}
	}
	if 10*count[most] < 9*s.in.ofTruthful {
		return ""
	}
	return bare(most)
}

// shown is a value for reading.
func shown(text string) string {
	if _, err := strconv.ParseFloat(text, 64); err == nil || text == "true" || text == "false" || text == "null" {
		return text
	}
	return strconv.Quote(shorten(bare(text)))
}
