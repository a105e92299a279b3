package verdict

import "github.com/polygraph-dev/polygraph/contracts"

// moved are the fields that moved by themselves: those the record names, those
// that differ between the readings before the act, and, of a second attempt,
// those that moved while the things lay untouched.
func (t *track) moved() [][]string {
	p := t.place()
	noise := append([][]string{}, p.Noise...)
	if p.Look == Listing && t.key == "" || p.Look == Expression {
		return noise
	}
	var last *Reading
	for _, list := range [][]Reading{p.Rested, p.Before} {
		for i := range list {
			if list[i].Known != Value {
				continue
			}
			if last != nil {
				noise = append(noise, t.apart(last, &list[i])...)
			}
			last = &list[i]
		}
	}
	return noise
}

// apart are the fields in which two readings of the thing differ.
func (t *track) apart(a, b *Reading) [][]string {
	old, was := t.rawItem(a)
	new, is := t.rawItem(b)
	if !was || !is {
		return nil
	}
	var list [][]string
	for _, c := range masks(t.e.Masks).changes(old, new, nil) {
		list = append(list, c.path)
	}
	return list
}

// rawItem is item without the question whether the identity was handed out
// again, which itself looks at the readings before the act.
func (t *track) rawItem(r *Reading) (any, bool) {
	if t.place().Look == Listing {
		for i := range r.Items {
			if t.isOurs(&r.Items[i]) {
				return r.Items[i].Value, true
			}
		}
		return nil, false
	}
	return r.Value, true
}

// noisyFields are the fields that the contract names and that move by
// themselves: only these decide.
func (t *track) noisyFields() []string {
	var list []string
	switch t.e.Verb {
	case contracts.Updates:
		for _, l := range masks(t.e.Masks).leaves(t.e.Want, nil) {
			if t.noisyAt(l.path) && !t.alreadyHad(l.path) {
				list = append(list, fieldName(l.path))
			}
		}
	case contracts.Keeps:
		for _, n := range t.noise {
			if whole(n) || len(t.w.Field) > 0 && (under(t.w.Field, n) || under(n, t.w.Field)) {
				list = append(list, fieldName(n))
			}
		}
	case contracts.Expects:
		for _, n := range t.noise {
			list = append(list, fieldName(n))
		}
	}
	return list
}

// restless reports that unmarked new items appeared in the listing while a second
// attempt rested: whoever makes them may have made this one.
func (t *track) restless() bool {
	if len(t.place().Rested) == 0 && !t.s.second() {
		return false
	}
	for i := range t.place().Before {
		for j := range t.place().Before[i].Items {
			if item := &t.place().Before[i].Items[j]; item.New && item.Marker == "" {
				return true
			}
		}
	}
	return false
}
