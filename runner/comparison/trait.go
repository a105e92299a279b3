package comparison

import (
	"slices"
	"strconv"
	"strings"
)

// A Trait is one thing by which replies are compared.
type Trait string

// The traits.
const (
	StatusOf Trait = "status"
	FieldOf  Trait = "field" // the types of a field, or that it is not there
	HeaderOf Trait = "header"
	FactOf   Trait = "snapshot"
)

// A key names a trait of the replies to a call. Of statuses, the one in it is 0.
type key struct {
	at
	trait Trait
	name  string
}

// A move is a trait that is another in the second of two cells.
type move struct {
	key
	from, to string
}

// value is what a cell shows of a trait; false where it cannot show it: the call was not answered so,
// or the object that the field would be in was not there.
func (k key) value(r *Row) (string, bool) {
	if k.trait == StatusOf {
		return statuses(r.Outlines, k.at)
	}
	i := slices.IndexFunc(r.Outlines, func(o *Outline) bool { return o.at() == k.at && (o.Snapshot != nil) == (k.trait == FactOf) })
	if i < 0 {
		return "", false
	}
	return k.in(r.Outlines[i])
}

// in is what an outline shows of a trait.
func (k key) in(o *Outline) (string, bool) {
	switch k.trait {
	case HeaderOf:
		return of(o.Headers, k.name), true
	case FactOf:
		return of(o.Snapshot, k.name), true
	}
	if types, ok := o.Fields[k.name]; ok {
		return types, true
	}
	above, ok := parent(k.name)
	if !ok || !slices.Contains(strings.Split(o.Fields[above], "|"), "object") {
		return "", false
	}
	return absent, true
}

func of(values map[string]string, name string) string {
	if value, ok := values[name]; ok {
		return "=" + value // no value can be taken for absent
	}
	return absent
}

// statuses are those with which a call was answered in a cell. Being told to wait is no answer.
func statuses(outlines []*Outline, where at) (string, bool) {
	var list []string
	for _, o := range outlines {
		if o.Call == where.call && o.As == where.as && o.Status != 0 && o.Status != 429 && o.Status != 503 && o.Snapshot == nil {
			list = append(list, strconv.Itoa(o.Status))
		}
	}
	return strings.Join(list, "|"), len(list) > 0
}

// A differ finds the moves between cells. What it found between two outlines it keeps, because
// thousands of cells have the same two.
type differ struct {
	known map[[2]*Outline][]move
}

// moves are all between the cells of a pair.
func (d *differ) moves(p pair) []move {
	if len(p.a.Outlines) == 0 || len(p.b.Outlines) == 0 || slices.Equal(p.a.Outlines, p.b.Outlines) {
		return nil
	}
	var out []move
	var last at
	for _, b := range p.b.Outlines {
		where := at{call: b.Call, as: b.As}
		if b.Status != 0 && where != last {
			last = where
			k := key{at: where, trait: StatusOf}
			from, had := k.value(p.a)
			if to, has := k.value(p.b); had && has && from != to {
				out = append(out, move{k, from, to})
			}
		}
		for _, a := range p.a.Outlines {
			if a.at() == b.at() && (a.Snapshot == nil) == (b.Snapshot == nil) && a != b {
				out = append(out, d.between(a, b)...)
			}
		}
	}
	return out
}

func (d *differ) between(a, b *Outline) []move {
	if found, ok := d.known[[2]*Outline{a, b}]; ok {
		return found
	}
	var out []move
	each := func(trait Trait, one, two map[string]string) {
		for _, name := range names(one, two) {
			k := key{a.at(), trait, name}
			from, had := k.in(a)
			if to, has := k.in(b); had && has && !alike(from, to) {
				out = append(out, move{k, from, to})
			}
		}
	}
	each(FieldOf, a.Fields, b.Fields)
	each(HeaderOf, a.Headers, b.Headers)
	each(FactOf, a.Snapshot, b.Snapshot)
	d.known[[2]*Outline{a, b}] = out
	return out
}

func names(one, two map[string]string) []string {
	var out []string
	for name := range one {
		out = append(out, name)
	}
	for name := range two {
		if _, both := one[name]; !both {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// alike says that two values do not differ. A header whose value is noise is like every other of its name.
func alike(from, to string) bool {
	return from == to || from != absent && to != absent && (from == "=" || to == "=")
}

// faint says that a move may come of the moment at which somebody looked: a field that was null in some of the
// replies of a cell, and in another cell in none. The values have one in common, or one of them is null alone.
func (m *move) faint() bool {
	if m.trait != FieldOf && m.trait != StatusOf {
		return false
	}
	to := strings.Split(m.to, "|")
	return m.from == "null" && m.to != absent || m.to == "null" && m.from != absent ||
		slices.ContainsFunc(strings.Split(m.from, "|"), func(each string) bool { return slices.Contains(to, each) })
}

// foreign says that a trait is of the elements of a list, which somebody else may have made: all cells that looked at that
// moment saw the same ones.
func (k key) foreign() bool { return k.trait == FieldOf && strings.Contains(k.name, "[]") }
