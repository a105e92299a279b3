package verdict

import (
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// sign is what one reading says of an effect at a place.
type sign int8

const (
	dark sign = iota // ?: it says nothing
	no               // F: known, and not so
	yes              // T: as the effect wants it
)

// content is what is wrong where a reading says no.
type content string

const (
	missing    content = "absent"     // nothing of the effect is there
	dropped    content = "dropped"    // there, with fields left out
	altered    content = "altered"    // there, with other values; or destroyed
	duplicated content = "duplicated" // there more than once
	collateral content = "collateral" // right, and something else changed
	exposed    content = "exposed"    // there, where it is to be hidden
)

// A glance is one reading, read for one effect.
type glance struct {
	*Reading
	at      time.Duration // from when it counts: sent, less its age in caches
	sign    sign
	content content  // of a no
	fields  []string // the fields that are wrong
	says    string   // what stands there: `says state="draft"`
	want    string   // what would stand there
	got     string
	n       int    // how many keys, of duplicated
	other   string // the key under which our marker stands, if the reply named another
	trace   *trace // after a refusal: what it left
}

// glance reads one reading for the track's effect.
func (t *track) glance(r *Reading) glance {
	g := glance{Reading: r, at: r.SentAt - r.Age}
	if t.place().Look == Expression {
		t.asked(&g)
		return g
	}
	if r.Known == Unsure || r.Known == "" {
		return g
	}
	switch t.e.Verb {
	case contracts.Creates:
		t.created(&g)
	case contracts.Updates:
		t.updated(&g)
	case contracts.Deletes:
		t.deleted(&g)
	case contracts.Shows, contracts.Finds:
		t.shown(&g)
	case contracts.Hides:
		t.shown(&g)
		t.turn(&g)
	case contracts.Keeps:
		t.kept(&g)
	}
	return g
}

func (t *track) asked(g *glance) {
	switch g.Truth {
	case True:
		g.sign, g.says = yes, "says that it holds"
	case False:
		g.sign, g.content, g.says = no, missing, "says that it does not hold"
		g.want, g.got = "true", "false"
	}
	if g.Known == Unsure {
		g.sign = dark
	}
	if g.Detail != "" {
		g.says += " (" + g.Detail + ")"
	}
}

// item finds the effect's thing in a reading: the value by key, unless it is an
// identity that was handed out again; in a listing the item of that key.
func (t *track) item(r *Reading) (any, bool) {
	if r.Known != Value {
		return nil, false
	}
	if t.listed(r) {
		for i := range r.Items {
			if t.isOurs(&r.Items[i]) {
				return r.Items[i].Value, true
			}
		}
		return nil, false
	}
	switch t.place().Look {
	case Reply:
		return r.Value, t.holds(r)
	case Selection:
		list, isList := r.Value.([]any)
		return r.Value, !isList || len(list) > 0
	}
	return r.Value, !t.reused(r)
}

// listed reports that the reading is a list of items: a listing, or a reply that
// was read as one.
func (t *track) listed(r *Reading) bool {
	look := t.place().Look
	return look == Listing || look == Reply && (len(r.Items) > 0 || r.Others > 0 || r.Complete)
}

func (t *track) isOurs(i *Item) bool {
	if t.key != "" {
		return i.Key == t.key
	}
	return t.e.Marker != "" && i.Marker == t.e.Marker
}

// holds reports whether a reply that is no list holds the thing: by its marker,
// else as a text that carries it or equals its key, anywhere.
func (t *track) holds(r *Reading) bool {
	if r.Marker != "" && t.e.Marker != "" {
		return r.Marker == t.e.Marker
	}
	return mentions(r.Value, t.e.Marker, t.key)
}

func mentions(v any, marker, key string) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, below := range v {
			if mentions(below, marker, key) {
				return true
			}
		}
	case []any:
		for _, below := range v {
			if mentions(below, marker, key) {
				return true
			}
		}
	case nil:
	default:
		text, isText := v.(string)
		return isText && marker != "" && strings.Contains(text, marker) || key != "" && sameKey(v, key)
	}
	return false
}

// sameKey compares identities as text: a Location has no numbers.
func sameKey(v any, key string) bool {
	if text, isText := v.(string); isText {
		return text == key
	}
	return expr.Format(v) == key
}

// reused reports that the identity was handed out again: the value carries
// somebody else's marker, or has lost the one that was seen here before while
// nothing in it is what we sent or saw.
func (t *track) reused(r *Reading) bool {
	act := t.s.r.Act
	if t.e.Verb == contracts.Creates {
		if r.Marker != "" {
			return r.Marker != act.Marker
		}
		_, seen := t.shownWith(act.Marker)
		return seen && !t.resembles(t.e.Want, r.Value)
	}
	if r.Marker != "" && t.e.Marker != "" {
		return r.Marker != t.e.Marker && r.Marker != act.Marker
	}
	before, seen := t.shownWith(t.e.Marker)
	return r.Marker == "" && seen && !t.resembles(t.e.Want, r.Value) && !t.resembles(before, r.Value)
}

// shownWith gives a value that this place has shown with the marker.
func (t *track) shownWith(marker string) (any, bool) {
	if marker == "" {
		return nil, false
	}
	for _, list := range [][]Reading{t.place().Before, t.place().Readings} {
		for i := range list {
			if list[i].Known == Value && list[i].Marker == marker {
				return list[i].Value, true
			}
		}
	}
	return nil, false
}

// resembles reports that at least one field of want stands in got.
func (t *track) resembles(want, got any) bool {
	for _, l := range masks(t.e.Masks).leaves(want, got) {
		if l.ok && l.want != nil && l.mask.Mask != contracts.MustExist {
			return true
		}
	}
	return false
}

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
		if key := t.s.r.Act.Key; key != "" && !found && ours[0].Key != key {
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

func (g *glance) wrong(c content, list []leaf) {
	g.sign, g.content = no, c
	var says, want, got []string
	for _, l := range list {
		name := fieldName(l.path)
		g.fields = append(g.fields, name)
		says = append(says, name+"="+shown(l.got, l.has))
		want = append(want, name+"="+expr.Format(l.want))
		got = append(got, name+"="+shown(l.got, l.has))
	}
	g.says = "says " + strings.Join(says, ", ")
	g.want, g.got = strings.Join(want, ", "), strings.Join(got, ", ")
}

func shown(v any, has bool) string {
	if !has {
		return "absent"
	}
	return expr.Format(v)
}

// updated compares with before, merged with what is set.
func (t *track) updated(g *glance) {
	value, there := t.item(g.Reading)
	if !there {
		if t.partial(g.Reading) {
			return
		}
		g.sign, g.content = no, altered
		g.says, g.want, g.got = "does not show the thing any more", t.wanted(), "nothing"
		return
	}
	before, _ := t.beforeValue()
	var stale, changed []leaf
	fresh := 0
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, value) {
		old, had := at(before, l.path)
		switch {
		case l.mask.Mask == contracts.MustExist || t.alreadyHad(l.path) || t.noisyAt(l.path):
		case l.ok:
			fresh++
		case masks(t.e.Masks).alike(l.path, old, l.got) && (had || !l.has || l.got == nil):
			stale = append(stale, l)
		default:
			changed = append(changed, l)
		}
	}
	switch {
	case len(changed) > 0:
		g.wrong(altered, append(changed, stale...))
	case len(stale) > 0 && fresh == 0:
		g.wrong(missing, stale)
		g.says = strings.Replace(g.says, "says", "still says", 1)
	case len(stale) > 0:
		g.wrong(dropped, stale)
		g.says = strings.Replace(g.says, "says", "still says", 1)
	default:
		g.sign, g.says = yes, "shows "+t.wanted()
		t.frame(g, before, value, t.framed())
	}
}

// wanted names the fields that are set, for messages.
func (t *track) wanted() string {
	var list []string
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, nil) {
		if !t.alreadyHad(l.path) {
			list = append(list, fieldName(l.path)+"="+expr.Format(l.want))
		}
	}
	return strings.Join(list, ", ")
}

// framed are the paths that the frame leaves out.
func (t *track) framed() [][]string {
	skip := append([][]string{}, t.e.Also...)
	skip = append(skip, t.noise...)
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, nil) {
		skip = append(skip, l.path)
	}
	return skip
}

// frame says no where something changed that was to stay as before.
func (t *track) frame(g *glance, before, after any, skip [][]string) {
	found := masks(t.e.Masks).changes(before, after, skip)
	if len(found) == 0 {
		return
	}
	g.sign, g.content = no, collateral
	var says, want []string
	for _, c := range found {
		name := fieldName(c.path)
		g.fields = append(g.fields, name)
		says = append(says, name+"="+shown(c.new, c.is))
		want = append(want, name+"="+shown(c.old, c.was))
	}
	g.says = "says " + strings.Join(says, ", ") + " and said " + strings.Join(want, ", ") + " before"
	g.want, g.got = strings.Join(want, ", "), strings.Join(says, ", ")
}

func (t *track) deleted(g *glance) {
	_, there := t.item(g.Reading)
	switch {
	case there:
		g.sign, g.content, g.says = no, missing, "still shows it"
		g.want, g.got = "absent", "present"
	case len(g.Missing) > 0:
		g.sign, g.content = no, collateral
		g.fields = g.Missing
		g.says = "does not show " + strings.Join(g.Missing, ", ") + " any more, which was not to be deleted"
		g.want, g.got = strings.Join(g.Missing, ", "), "absent"
	case t.partial(g.Reading):
	default:
		g.sign, g.says = yes, "does not show it any more"
	}
}

func (t *track) shown(g *glance) {
	if _, there := t.item(g.Reading); there {
		g.sign, g.says, g.got = yes, "shows it", "present"
		return
	}
	t.nothing(g)
	g.want = "present"
}

// turn reads a glance of `shows` for `hides`.
func (t *track) turn(g *glance) {
	switch g.sign {
	case yes:
		g.sign, g.content, g.want, g.got = no, exposed, "absent", "present"
	case no:
		g.sign, g.content, g.want, g.got = yes, "", "", ""
	}
}

func (t *track) kept(g *glance) {
	before, was := t.beforeValue()
	value, is := t.item(g.Reading)
	if t.place().Thing == "" {
		value, is = g.Value, g.Known == Value
	}
	if t.partial(g.Reading) && !is {
		return
	}
	if t.listed(g.Reading) && t.e.Key == "" && t.key == "" {
		if len(g.Missing) > 0 {
			g.sign, g.content, g.fields = no, collateral, g.Missing
			g.says = "does not show " + strings.Join(g.Missing, ", ") + " any more"
			return
		}
		g.sign, g.says = yes, "is as before"
		return
	}
	g.sign, g.says = yes, "is as before"
	switch {
	case was != is:
		g.sign, g.content = no, collateral
		g.want, g.got = present(was), present(is)
		g.says = "shows it as " + g.got + ", and it was " + g.want + " before"
	case is:
		if len(t.w.Field) > 0 {
			old, had := at(before, t.w.Field)
			now, has := at(value, t.w.Field)
			before, value = wrap(t.w.Field, old, had), wrap(t.w.Field, now, has)
		}
		t.frame(g, before, value, t.noise)
	}
}

func present(is bool) string {
	if is {
		return "present"
	}
	return "absent"
}

// wrap puts a value back under its path, so that masks and noise find it.
func wrap(path []string, v any, has bool) any {
	if !has {
		return map[string]any{}
	}
	for i := len(path) - 1; i >= 0; i-- {
		v = map[string]any{path[i]: v}
	}
	return v
}
