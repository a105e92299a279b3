package verdict

import (
	"fmt"
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

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
		seen := lineup{shares: r.shares(), under: r.crossed()}
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
