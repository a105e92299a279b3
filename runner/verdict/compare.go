package verdict

import (
	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// A leaf is one field that was sent or set, and what was read in it.
type leaf struct {
	path []string
	mask Mask
	want any
	got  any
	has  bool // the field is there
	ok   bool // it is as wanted, under its mask
}

// leaves takes apart what is wanted: objects field by field, lists and plain
// values as a whole. Fields that are not to be read back are left out.
func (ms masks) leaves(want, got any) []leaf {
	return ms.walk(nil, nil, want, got, true)
}

func (ms masks) walk(found []leaf, path []string, want, got any, has bool) []leaf {
	m := ms.of(path)
	if m.Mask == contracts.MustExist && want != nil {
		return append(found, leaf{path, m, want, got, has, has && got != nil})
	}
	if !m.compared() {
		return found
	}
	fields, isMap := want.(map[string]any)
	if !isMap || len(fields) == 0 && len(path) > 0 {
		_, gotMap := got.(map[string]any)
		ok := isMap && gotMap || !isMap && ms.same(path, want, got, has)
		return append(found, leaf{path, m, want, got, has, ok})
	}
	for _, name := range names(fields) {
		below, there := at(got, []string{name})
		found = ms.walk(found, deeper(path, name), fields[name], below, there)
	}
	return found
}

// same reports whether a value is what was wanted: objects as subsets, lists in
// order unless they are sets, null as absent or null.
func (ms masks) same(path []string, want, got any, has bool) bool {
	m := ms.of(path)
	if !m.compared() {
		return m.Mask != contracts.MustExist || has
	}
	if m.Untyped {
		got = asWanted(want, got, has)
	}
	if want == nil {
		return !has || got == nil
	}
	switch w := want.(type) {
	case map[string]any:
		for name, below := range w {
			value, there := at(got, []string{name})
			if !ms.same(deeper(path, name), below, value, there) {
				return false
			}
		}
		_, isMap := got.(map[string]any)
		return isMap
	case []any:
		g, isList := got.([]any)
		if isList && m.Mask == contracts.Set {
			return ms.sameSet(path, w, g)
		}
		return isList && len(w) == len(g) && ms.sameRows(path, w, g)
	}
	return m.equal(want, got)
}

func (ms masks) sameRows(path []string, want, got []any) bool {
	for i := range want {
		if !ms.sameElement(path, want[i], got[i]) {
			return false
		}
	}
	return true
}

// sameElement compares two elements of the list at path: masks go through lists
// without indexes, but the list's own mask says nothing of its plain elements
// unless it is one for plain values.
func (ms masks) sameElement(path []string, want, got any) bool {
	switch want.(type) {
	case map[string]any:
		return ms.same(path, want, got, true) || ms.of(path).Mask == contracts.Set && ms.without(path).same(path, want, got, true)
	case []any:
		return ms.without(path).same(path, want, got, true)
	case nil:
		return got == nil
	}
	return ms.of(path).equal(want, got)
}

// without leaves out the mask of exactly this path.
func (ms masks) without(path []string) masks {
	rest := make(masks, 0, len(ms))
	for _, m := range ms {
		if m.Untyped || len(m.Path) != len(path) || !under(path, m.Path) {
			rest = append(rest, m)
		}
	}
	return rest
}

// sameSet compares without order and without counting: what was sent twice may
// be kept once.
func (ms masks) sameSet(path []string, want, got []any) bool {
	return ms.allIn(path, want, got, false) && ms.allIn(path, got, want, true)
}

func (ms masks) allIn(path []string, these, those []any, turned bool) bool {
	for _, a := range these {
		found := false
		for _, b := range those {
			if turned && ms.sameElement(path, b, a) || !turned && ms.sameElement(path, a, b) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// A change is a field that differs between two readings of the same thing.
type change struct {
	path     []string
	old, new any
	was, is  bool // the field was there, is there
}

// changes compares two whole readings, field by field in both directions, under
// the masks, less what lies below a path of skip. Absent and null are the same
// here: providers leave out what is null as they like.
func (ms masks) changes(old, new any, skip [][]string) []change {
	return ms.compare(nil, nil, change{old: old, new: new, was: true, is: true}, skip)
}

func (ms masks) compare(found []change, path []string, c change, skip [][]string) []change {
	m := ms.of(path)
	if len(skip) > 0 && underAny(path, skip) || !m.compared() && m.Mask != contracts.MustExist {
		return found
	}
	if c.old == nil && c.new == nil {
		return found
	}
	was, wasMap := c.old.(map[string]any)
	is, isMap := c.new.(map[string]any)
	if wasMap && isMap {
		for _, name := range names(was, is) {
			o, oldHas := was[name]
			n, newHas := is[name]
			found = ms.compare(found, deeper(path, name), change{old: o, new: n, was: oldHas, is: newHas}, skip)
		}
		return found
	}
	if !wasMap && isMap && len(path) > 0 && anyUnder(skip, path) {
		// What was left out can only be there if all around it is new, too: {"photo": null} to which a photo's name was sent.
		return found
	}
	if c.old == nil && isMap && ms.spareUnder(path) { // some of it says nothing, and the rest is told by its own names
		for _, name := range names(nil, is) {
			found = ms.compare(found, deeper(path, name), change{new: is[name], is: true}, skip)
		}
		return found
	}
	if m.Mask == contracts.MustExist && c.new != nil || ms.alike(path, c.old, c.new) {
		return found
	}
	c.path = path
	return append(found, c)
}

// alike compares two readings of one field in both directions.
func (ms masks) alike(path []string, a, b any) bool {
	if expr.Equal(a, b) {
		return true
	}
	if a == nil || b == nil {
		return false
	}
	return ms.same(path, a, b, true) && ms.same(path, b, a, true)
}
