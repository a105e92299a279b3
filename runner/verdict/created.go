package verdict

import (
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
)

func (t *track) created(g *glance) {
	if t.listed(g.Reading) {
		t.createdInList(g)
		return
	}
	value, there := t.item(g.Reading)
	if !there {
		t.nothing(g)
		return
	}
	t.stored(g, value)
}

// createdInList wants exactly one key whose marker fields equal what was sent.
// A row that leaves the marker fields out is ours by its key: listings often
// show less than the thing. Where no place reads the thing by its key, the row is
// compared with everything that was sent.
func (t *track) createdInList(g *glance) {
	var ours []*Item
	for i := range g.Items {
		if t.carries(&g.Items[i]) {
			ours = append(ours, &g.Items[i])
		}
	}
	switch keyed, found := t.itemByKey(g.Reading); {
	case keys(ours) > 1 && !g.Complete:
	case keys(ours) > 1:
		g.sign, g.content, g.n = no, duplicated, keys(ours)
		g.says = "lists it " + count(g.n, "time") + ", under " + keyList(ours)
		g.want, g.got = "1 item", count(g.n, "item")
	case len(ours) > 0:
		// What stood under the key that the reply names before the act is not what it made.
		if key := t.s.r.Act.Key; key != "" && ours[0].Key != key && (!found || !keyed.New) {
			g.other = ours[0].Key
		}
		t.row(g, ours[0].Value)
	case found && !t.foreign(keyed):
		t.stored(g, keyed.Value)
	default:
		t.nothing(g)
	}
}

func (t *track) row(g *glance, value any) {
	if t.s.readsByKey(t.e) {
		g.sign, g.says = yes, "lists it"
		return
	}
	t.stored(g, value)
}

// carries reports an item whose marker fields equal what was sent. A marker that
// is quoted in a longer text does not count.
func (t *track) carries(i *Item) bool {
	act := t.s.r.Act
	if t.earlier(i) {
		return false
	}
	if len(act.Marked) == 0 {
		return t.key != "" && i.Key == t.key || t.key == "" && t.unmarked(i)
	}
	shown := false
	for path, sent := range act.Marked {
		got, there := dotted(i.Value, path)
		if !there {
			continue
		}
		shown = true
		if !masks(t.e.Masks).same(strings.Split(path, "."), sent, got, true) {
			return false
		}
	}
	return shown || i.Key == t.key && t.key != "" || i.Marker != "" && i.Marker == act.Marker
}

func (t *track) itemByKey(r *Reading) (*Item, bool) {
	for i := range r.Items {
		if t.key != "" && r.Items[i].Key == t.key {
			return &r.Items[i], true
		}
	}
	return nil, false
}

func (t *track) foreign(i *Item) bool {
	return i.Marker != "" && i.Marker != t.s.r.Act.Marker
}

// unmarked reports a new item without any marker that holds everything readable
// that was sent, and at least one value of it.
func (t *track) unmarked(i *Item) bool {
	if !i.New || i.Marker != "" {
		return false
	}
	held := 0
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, i.Value) {
		switch {
		case l.mask.Mask == contracts.MustExist || l.want == nil:
		case !l.ok:
			return false
		default:
			held++
		}
	}
	return held > 0
}

// nothing says that the thing is not there. A listing that is not complete proves
// no absence: the sign stays ?.
func (t *track) nothing(g *glance) {
	if t.partial(g.Reading) {
		return
	}
	g.sign, g.content = no, missing
	g.says, g.want, g.got = "does not show it", "the thing", "nothing"
	if g.Why != "" {
		g.says, g.got = "does not show it ("+g.Why+")", g.Why
	}
}

// partial reports a listing that was cut, drifted, or was read while we deleted.
func (t *track) partial(r *Reading) bool { return t.listed(r) && !r.Complete }

// stored compares what was sent with what is kept.
func (t *track) stored(g *glance, value any) {
	g.sign, g.says = yes, "shows it as sent"
	var lost, changed []leaf
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, value) {
		switch {
		case l.ok || l.mask.Mask == contracts.MustExist && l.want == nil:
		case l.fellOut():
			lost = append(lost, l)
		default:
			changed = append(changed, l)
		}
	}
	switch {
	case len(lost) > 0:
		g.wrong(dropped, append(lost, changed...))
	case len(changed) > 0:
		g.wrong(altered, changed)
	}
}

// fellOut reports a field that is empty or the default where something else was
// sent, or a list that only lacks elements.
func (l leaf) fellOut() bool {
	if !l.has || l.got == nil || l.mask.HasDefault && expr.Equal(l.got, l.mask.Default) {
		return true
	}
	switch got := l.got.(type) {
	case string:
		return got == ""
	case bool:
		return !got
	case []any:
		want, isList := l.want.([]any)
		return len(got) == 0 || isList && lacksOnly(want, got)
	case map[string]any:
		return len(got) == 0
	}
	return isZero(l.got)
}

// lacksOnly reports that got is want with elements left out.
func lacksOnly(want, got []any) bool {
	if len(got) >= len(want) {
		return false
	}
	i := 0
	for _, w := range want {
		if i < len(got) && (masks)(nil).same(nil, w, got[i], true) {
			i++
		}
	}
	return i == len(got)
}
