package verdict

import (
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A lineup is what a record shows of which item of the call is which.
type lineup struct {
	shares map[int]map[int][]share // by listing, and there by reading
	under  map[int]crossing        // items under the key of another, or whose own shows another
}

// A crossing is the key under which an item of the call stands, and where it is read;
// "" where no key shows it.
type crossing struct {
	key   string
	place int
}

// crossed finds items whose answers name each other's things: what is read under such
// a key is another item of the call, just as it was sent. It is that one's.
func (r *Record) crossed() map[int]crossing {
	under := map[int]crossing{}
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
					under[j] = crossing{r.Each[i].Key, where.Place}
					if _, found := under[i]; !found {
						under[i] = crossing{}
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
