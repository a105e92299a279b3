package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// An Each is one item of a bulk call: what was sent for it, and what was answered.
type Each struct {
	Title   string          `json:"title,omitempty"` // for messages: what tells it from the others
	Sent    any             `json:"sent,omitempty"`
	Marked  map[string]any  `json:"marked,omitempty"`   // as Act.Marked, of this item
	Answer  any             `json:"answer,omitempty"`   // nil for none
	Claim   contracts.Claim `json:"claim,omitempty"`    // of the answer; "" where the status speaks for it
	Why     string          `json:"why,omitempty"`      // of an unknown claim
	ByJob   bool            `json:"by_job,omitempty"`   // the answer stood in what the job told of the items, and not in the reply
	Key     string          `json:"key,omitempty"`      // identity of the thing
	KeyFrom string          `json:"key_from,omitempty"` // body, request, marker; "" for none
}

// A part is a whole call, or one item of a bulk call as a record of its own: what
// the record would be if the item had been sent alone. So every rule for one act
// holds for every item.
type part struct {
	r       *Record
	item    int    // from 1; 0: the call, without its items
	effects []int  // index in the whole's Effects of each of r's; nil: they are the same
	places  []int  // likewise
	named   string // the key that the answer names, where the thing stands under another; "" where all is well
	w       *watch
}

// watches takes a record apart and plans the watch of every part. The call comes
// first; it is looked at last, since what it keeps is read when its items are settled.
func watches(r *Record) []*part {
	parts := []*part{{r: r}}
	held, since := false, time.Duration(0)
	if len(r.Each) > 0 {
		parts[0] = r.call()
		seen := lineup{shares: r.shares(), under: r.standing()}
		for i := range r.Each {
			p := r.part(i, seen)
			if len(p.effects) == 0 {
				continue // it names nothing that was given
			}
			p.w = look(p.r)
			p.w.item = p.item
			held = held || len(p.w.due) > 0
			since = max(since, p.w.settledAt())
			parts = append(parts, p)
		}
	}
	parts[0].w = lookAfter(parts[0].r, held, since)
	return parts
}

// settledAt is when the last of the tracks was settled, or read for the last time.
func (w *watch) settledAt() time.Duration {
	at := time.Duration(0)
	for _, t := range w.tracks {
		switch {
		case t.idle():
		case w.isOut(t):
			at = max(at, t.lastTried())
		default:
			at = max(at, t.settledAt())
		}
	}
	return at
}

// dues adds what is due, under the places of the whole.
func (p *part) dues(list []Due) []Due {
	for _, due := range p.w.due {
		due.Place = p.place(due.Place)
		at := slices.IndexFunc(list, func(d Due) bool { return d.Place == due.Place })
		switch {
		case at < 0:
			list = append(list, due)
		case due.At < list[at].At:
			list[at] = due
		}
	}
	return list
}

func (p *part) place(i int) int {
	if i < 0 || p.places == nil {
		return i
	}
	return p.places[i]
}

func (p *part) effect(i int) int {
	if i < 0 || p.effects == nil {
		return i
	}
	return p.effects[i]
}

// call is the bulk call without its items. It claims what they claim together.
func (r *Record) call() *part {
	c := *r
	c.Each, c.Effects = nil, nil
	for i := range r.Effects {
		if r.Effects[i].Item == 0 {
			c.Effects = append(c.Effects, r.Effects[i])
		}
	}
	act := *r.Act
	act.Says, act.Promised = r.together(), r.promised()
	c.Act = &act
	return &part{r: &c}
}

// together is what the answers of all items claim: refused where each is, done where
// any is, and else nothing. "" where the status speaks for some of them.
func (r *Record) together() contracts.Claim {
	all := r.says(0)
	for i := range r.Each {
		switch claim := r.says(i); {
		case claim == "" || claim == contracts.Accepted:
			return ""
		case claim == contracts.Done:
			return claim
		case claim != all:
			all = contracts.Unclear
		}
	}
	return all
}

// promised reports a bulk call of which a job tells how it ended.
func (r *Record) promised() bool { return r.Accepted != nil && Claim(r.Act) == contracts.Accepted }

// says is what the answer for an item claims. A reply that only promises can only promise
// of its items, too: what becomes of those is for the job to say.
func (r *Record) says(i int) contracts.Claim {
	each := &r.Each[i]
	if each.Claim == contracts.Done && !each.ByJob && r.promised() {
		return contracts.Accepted
	}
	return each.Claim
}

// part is one item as a record of its own.
func (r *Record) part(i int, seen lineup) *part {
	each := r.Each[i]
	c, p := *r, &part{item: i + 1}
	stands, elsewhere := seen.under[i]
	if elsewhere {
		if stands.key != "" {
			p.named = each.Key
		}
		each.Key = stands.key
	}
	c.Each, c.Effects, c.Places, c.Remarks, c.Elsewhere = nil, nil, nil, nil, nil
	for at := range r.Effects {
		if r.Effects[at].Item != p.item {
			continue
		}
		effect := r.Effects[at]
		effect.Where = slices.Clone(effect.Where)
		for n := range effect.Where {
			where := &effect.Where[n]
			whole := where.Place
			if elsewhere && stands.key != "" && r.Places[whole].Look == ByKey {
				whole = stands.place
			}
			where.Place = len(c.Places)
			place := r.Places[whole]
			if effect.Verb == contracts.Creates && place.Look == Listing {
				place = shared(place, seen.shares[whole], i)
			} else {
				place = r.withoutOthers(place, effect.Thing)
			}
			c.Places, p.places = append(c.Places, place), append(p.places, whole)
		}
		c.Effects, p.effects = append(c.Effects, effect), append(p.effects, at)
	}
	if r.Accepted != nil {
		accepted := *r.Accepted
		accepted.Place = len(c.Places)
		c.Accepted, c.Places, p.places = &accepted, append(c.Places, r.Places[r.Accepted.Place]), append(p.places, r.Accepted.Place)
	}
	act := *r.Act
	act.Says, act.Promised, act.Key, act.KeyFrom = r.says(i), r.promised(), each.Key, each.KeyFrom
	act.Marked, act.Sent, act.Body = each.Marked, each.Sent, each.Answer
	act.Removed, act.Expect, act.Mismatch, act.Unread = nil, nil, "", ""
	c.Act = &act
	p.r = &c
	return p
}

// A lineup is what a record shows of which item of the call is which.
type lineup struct {
	shares map[int]map[int][]share // by listing, and there by reading
	under  map[int]standing        // items under the key of another, or whose own shows another
}

// A standing is the key under which an item of the call stands, and where it is read;
// "" where no key shows it.
type standing struct {
	key   string
	place int
}

// standing finds items whose answers name each other's things: what is read under such
// a key is another item of the call, just as it was sent. It is that one's.
func (r *Record) standing() map[int]standing {
	under := map[int]standing{}
	for at := range r.Effects {
		effect := &r.Effects[at]
		i := effect.Item - 1
		if i < 0 || effect.Verb != contracts.Creates || r.Each[i].Key == "" {
			continue
		}
		for _, where := range effect.Where {
			place := &r.Places[where.Place]
			value, known := lastValue(place)
			if place.Look != ByKey || !known || r.Each[i].stands(value, effect.Masks) {
				continue
			}
			for j := range r.Each {
				if j != i && r.Each[j].stands(value, effect.Masks) {
					under[j] = standing{r.Each[i].Key, where.Place}
					if _, found := under[i]; !found {
						under[i] = standing{}
					}
				}
			}
		}
	}
	return under
}

// stands reports a value by key that is this item, by the text around the marker.
func (e *Each) stands(value any, ms masks) bool {
	return len(e.Marked) > 0 && e.is(&Item{Value: value}, ms)
}

func lastValue(p *Place) (any, bool) {
	last := (*Reading)(nil)
	for i := range p.Readings {
		if r := &p.Readings[i]; r.Known == Value && (last == nil || r.SentAt > last.SentAt) {
			last = r
		}
	}
	if last == nil {
		return nil, false
	}
	return last.Value, true
}

// A share says of one item of a listing which item of the call it is, from 0; -1 for
// none of them.
type share int

// nobodys is what is no item of the call, as far as can be told.
const nobodys share = -1

// shares tells the items of a call apart in every listing: by place, and there by
// reading.
func (r *Record) shares() map[int]map[int][]share {
	all := map[int]map[int][]share{}
	for i := range r.Effects {
		effect := &r.Effects[i]
		if effect.Item == 0 || effect.Verb != contracts.Creates {
			continue
		}
		for _, where := range effect.Where {
			place := &r.Places[where.Place]
			if all[where.Place] != nil || place.Look != Listing {
				continue
			}
			readings := map[int][]share{}
			for n := range place.Readings {
				readings[n] = r.sharesOf(place.Readings[n].Items, effect.Masks)
			}
			all[where.Place] = readings
		}
	}
	return all
}

// sharesOf says which item of the call each listed item is. All of them carry one
// marker, so they are told apart by the text around it, else by everything that was
// sent; then by the key that the answer names. What carries the marker and is like
// none was altered: it goes to the item that is still missing and that it resembles
// most, one that was said to be done first.
func (r *Record) sharesOf(items []Item, ms masks) []share {
	of := make([]share, len(items))
	taken := make([]bool, len(r.Each))
	give := func(at int, to share) {
		if of[at] = to; to != nobodys {
			taken[to] = true
		}
	}
	for at := range of {
		of[at] = nobodys
	}
	for _, alike := range []func(*Each, *Item) bool{
		func(e *Each, i *Item) bool { return e.is(i, ms) && e.heldBy(i.Value, ms) },
		func(e *Each, i *Item) bool { return e.is(i, ms) },
		func(e *Each, i *Item) bool { return e.Key != "" && e.Key == i.Key },
	} {
		for at := range items {
			if of[at] == nobodys {
				give(at, r.likest(items, at, taken, alike))
			}
		}
	}
	for at := range items {
		if of[at] == nobodys && items[at].Marker == r.Act.Marker {
			give(at, r.nearest(&items[at], taken, ms))
		}
	}
	return of
}

// likest is the item of the call that a listed item is: of several the first that has
// not been found yet and was said to be done, else the first. A thing that is there
// twice is so for its item.
func (r *Record) likest(items []Item, at int, taken []bool, is func(*Each, *Item) bool) share {
	best, rank := nobodys, 4
	for i := range r.Each {
		if !is(&r.Each[i], &items[at]) {
			continue
		}
		mine := 0
		if taken[i] {
			mine = 2
		}
		if r.Each[i].Claim == contracts.Refused {
			mine++
		}
		if r.Each[i].Key != "" && r.Each[i].Key == items[at].Key {
			mine = -1
		}
		if mine < rank {
			best, rank = share(i), mine
		}
	}
	return best
}

// nearest is the item, not found yet, of which a listed item holds most; nobodys where
// it holds nothing of any.
func (r *Record) nearest(item *Item, taken []bool, ms masks) share {
	best, most := nobodys, 0
	for i := range r.Each {
		if taken[i] {
			continue
		}
		held := 0
		for _, l := range ms.leaves(r.Each[i].Sent, item.Value) {
			if l.ok && l.want != nil {
				held += 2
			}
		}
		if held > 0 && r.Each[i].Claim != contracts.Refused {
			held++
		}
		if held > most {
			best, most = share(i), held
		}
	}
	return best
}

// is reports a listed item that is this one: its marked fields are as they were sent,
// or, where none was, it is new and everything that was sent stands in it.
func (e *Each) is(i *Item, ms masks) bool {
	if len(e.Marked) == 0 {
		return i.New && i.Marker == "" && e.heldBy(i.Value, ms)
	}
	for path, sent := range e.Marked {
		got, there := dotted(i.Value, path)
		if !there || !ms.same(strings.Split(path, "."), sent, got, true) {
			return false
		}
	}
	return true
}

func (e *Each) heldBy(value any, ms masks) bool {
	held := false
	for _, l := range ms.leaves(e.Sent, value) {
		if !l.ok {
			return false
		}
		held = held || l.want != nil && l.mask.Mask != contracts.MustExist
	}
	return held
}

// shared is a listing as one item of the call sees it: without the things of the
// others. Those are other items of the resource, and show that these eyes see.
func shared(place Place, readings map[int][]share, item int) Place {
	list := slices.Clone(place.Readings)
	for n := range list {
		of := readings[n]
		if !slices.ContainsFunc(of, func(s share) bool { return s != share(item) && s != nobodys }) {
			continue
		}
		var mine []Item
		for at, i := range list[n].Items {
			if of[at] == share(item) || of[at] == nobodys {
				mine = append(mine, i)
				continue
			}
			list[n].Others++
		}
		list[n].Items = mine
	}
	place.Readings = list
	return place
}

// withoutOthers leaves the other given things out of what a listing misses: the same
// call may have been meant to delete them.
func (r *Record) withoutOthers(place Place, thing string) Place {
	list := slices.Clone(place.Readings)
	for n := range list {
		if len(list[n].Missing) > 0 {
			list[n].Missing = slices.DeleteFunc(slices.Clone(list[n].Missing), func(key string) bool {
				return slices.ContainsFunc(r.Things, func(t Thing) bool { return t.Key == key && t.Name != thing })
			})
		}
	}
	place.Readings = list
	return place
}

// charges are what is wrong with the part, under the effects and places of the whole.
func (p *part) charges(deeds []*deed) []*charge {
	list := p.w.charges(deeds)
	if p.named != "" {
		c := p.w.plain(UnexpectedReply, fmt.Sprintf("%s: its answer names key %q, and it stands under %q", p.r.Effects[0].Sentence, p.named, p.r.Act.Key))
		c.Want, c.Got = p.r.Act.Key, p.named
		c.Hint = "if the answers come in another order, find each by what it repeats: response.body.items.filter(a, a.title == item.title)[0]"
		list = append(list, c)
	}
	return p.mapped(list)
}

// mapped puts charges under the effects and places of the whole.
func (p *part) mapped(charges []*charge) []*charge {
	for _, c := range charges {
		if p.item > 0 && c.Effect < 0 && p.w.r.Act.Says != "" {
			c.Effect = 0 // of the item's own answer
		}
		c.Effect, c.Place = p.effect(c.Effect), p.place(c.Place)
		if p.item > 0 && p.w.r.Act.Says != "" {
			c.Said = fmt.Sprintf("%s, and %s for item %d", said(p.w.r.Act), p.w.r.Act.Says, p.item)
		}
	}
	return charges
}

// tally adds to the finding that decides for how many items of the call it holds.
func (v *Verdict) tally(r *Record) {
	if len(r.Each) == 0 || len(v.Findings) == 0 || v.Findings[0].Effect < 0 || r.Effects[v.Findings[0].Effect].Item == 0 {
		return
	}
	var items []int
	for _, f := range v.Findings {
		if f.Kind != v.Kind || f.Effect < 0 {
			continue
		}
		if item := r.Effects[f.Effect].Item; item > 0 && !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	slices.Sort(items)
	v.Findings[0].Reason += fmt.Sprintf("; so it is with %d of %s%s", len(items), count(len(r.Each), "item"), numbers(items))
}

// numbers names items, a few of them.
func numbers(items []int) string {
	if len(items) < 2 {
		return ""
	}
	const most = 12
	var list []string
	for _, item := range items[:min(most, len(items))] {
		list = append(list, fmt.Sprint(item))
	}
	if len(items) > most {
		list = append(list, "…")
	}
	return ": " + strings.Join(list, ", ")
}

// refusedItems says which items were refused, where that is no finding.
func (r *Record) refusedItems() []string {
	var items []int
	for i := range r.Each {
		if r.Each[i].Claim == contracts.Refused {
			items = append(items, i+1)
		}
	}
	if len(items) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d of %s refused, as the answers say%s", len(items), count(len(r.Each), "item"), numbers(items))}
}
