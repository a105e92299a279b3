package engine

import (
	"context"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// unecho tells a thing from an echo: mocks, and APIs with a default for everything,
// answer a read with 2xx whatever key it is asked for, and put the key into the reply.
// What does not show a thing's marker and is answered for made-up keys as well is no
// sight of it. The reading stays what it was, and says so: what it is worth is for
// the judge to say.
func (a *attempt) unecho(ctx context.Context, p *place, reading *verdict.Reading) {
	if !p.mayEcho(reading, p.last) {
		return
	}
	if a.echoes(ctx, p) {
		a.e.sightings.sawEcho(p)
		reading.Ghost, reading.Why = true, "answered as for a key that never was"
		return
	}
	a.e.sightings.saw(a, p, *reading)
}

// mayEcho tells whether a reading by key shows nothing by which the thing is known.
func (p *place) mayEcho(reading *verdict.Reading, raw any) bool {
	if reading.Known != verdict.Value || p.look != verdict.ByKey || p.page != nil {
		return false
	}
	t := p.thing
	return t != nil && t.key != nil && len(t.marked) > 0 && !t.isShown(raw)
}

// echoes asks for made-up keys, once per place: all of them must be answered with a
// thing, for one alone may be somebody's.
func (a *attempt) echoes(ctx context.Context, p *place) bool {
	if p.echoes != nil {
		return *p.echoes
	}
	made := madeUpKey(identityText(p.thing.key))
	all := true
	for range ghostTries {
		asked, reply, err := a.askGhost(ctx, p, made)
		if err != nil || reply.Failure != nil {
			return false // nothing was learnt: the next look may ask again
		}
		item := itemOf(p.resource, p.call, asked, reply)
		if all = a.e.notReadable(reply) == "" && item != expr.Absent && item != nil && !p.gone(item, asked, reply); !all {
			break
		}
		made += madeUpKey("0")
	}
	p.echoes = &all
	return all
}

// isShown tells whether an item shows the thing's marker anywhere but in its own key,
// which an echo repeats.
func (t *thing) isShown(raw any) bool {
	key := identityText(t.key)
	if t.unique != "" && !strings.Contains(key, t.unique) && slices.Contains(markersIn(raw), t.unique) {
		return true
	}
	seen := view(t.resource, raw)
	for path := range t.markedPaths() {
		if value := walkPath(seen, splitPath(path)); identityText(value) != key && t.holds(value) {
			return true
		}
	}
	return false
}
