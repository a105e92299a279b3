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
	case contracts.Sends:
		t.received(&g)
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
// identity that was handed out again; in a listing the item of that key, likewise.
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
	return r.Value, !t.reused(r) && !t.echoed(r)
}

// echoed reports a value that is answered for made-up keys as well, and in which
// nothing of what was sent can be read but the key: it is no sight of the thing.
func (t *track) echoed(r *Reading) bool {
	if !r.Ghost {
		return false
	}
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, r.Value) {
		isKey := l.got == t.key || expr.Format(l.got) == t.key
		if l.ok && l.want != nil && l.mask.Mask != contracts.MustExist && !isKey {
			return false
		}
	}
	return true
}

// listed reports that the reading is a list of items: a listing, or a reply that
// was read as one.
func (t *track) listed(r *Reading) bool {
	look := t.place().Look
	return look == Listing || look == Reply && (len(r.Items) > 0 || r.Others > 0 || r.Complete)
}

func (t *track) isOurs(i *Item) bool {
	if t.key != "" {
		return i.Key == t.key && !t.marksAnother(i) && !t.inherited(i)
	}
	return t.e.Marker != "" && i.Marker == t.e.Marker
}

// marksAnother tells whether an item carries the marker of another thing of ours: its
// identity was handed out again.
func (t *track) marksAnother(i *Item) bool {
	return i.Marker != "" && t.e.Marker != "" && i.Marker != t.e.Marker && !t.s.r.acted(i.Marker)
}

// inherited tells whether an item of a listing has the identity of what was to be deleted and
// nothing else of it: no marker, where it was listed with one, and no field as it was.
func (t *track) inherited(i *Item) bool {
	if t.e.Verb != contracts.Deletes || t.e.Marker == "" || i.Marker != "" {
		return false
	}
	for _, list := range [][]Reading{t.place().Before, t.place().Readings} {
		for at := range list {
			for _, was := range list[at].Items {
				if was.Key == t.key && was.Marker == t.e.Marker {
					return !t.resembles(was.Value, i.Value)
				}
			}
		}
	}
	return false
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
		return r.Marker != t.e.Marker && !t.s.r.acted(r.Marker)
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

// resembles reports that at least one field of want stands in got. The identity is none: it is
// by that that got was found.
func (t *track) resembles(want, got any) bool {
	for _, l := range masks(t.e.Masks).leaves(want, got) {
		if l.ok && l.want != nil && l.mask.Mask != contracts.MustExist && expr.Format(l.got) != t.key && l.got != t.key {
			return true
		}
	}
	return false
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
