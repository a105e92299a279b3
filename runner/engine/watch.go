package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// watch reads the world after the act, for as long as the judge's plan of the
// watch asks for more. What to read, and when, is decided by verdict.Next alone.
func (a *attempt) watch(ctx context.Context) error {
	w := &watching{
		attempt: a, landed: make(chan landedAt, len(a.places)), flying: map[int]bool{},
		asked: map[int]time.Duration{}, turns: map[int]time.Duration{}, lost: map[int]time.Duration{},
	}
	for {
		wake, busy, err := w.start(ctx)
		if err != nil {
			return err
		}
		if !busy {
			return nil
		}
		if err := w.await(ctx, wake); err != nil {
			return err
		}
	}
}

// Watching is the state of one watch: which looks are out, and which expressions
// wait for their parts.
type watching struct {
	*attempt
	landed chan landedAt
	flying map[int]bool
	asked  map[int]time.Duration // expression → its parts must have been sent since
	turns  map[int]time.Duration // place → its due time with jitter
	lost   map[int]time.Duration // place → what its reads since the last known one have cost
	strays bool                  // what an update may have hit was looked for
}

type landedAt struct {
	at   int
	home landing
}

// start sends off every look that is due, and says when the next will be; busy is
// false when nothing is due or out any more.
func (w *watching) start(ctx context.Context) (wake time.Duration, busy bool, err error) {
	dues := verdict.Next(w.record)
	if len(dues) == 0 {
		return 0, false, nil // what is still out cannot change the verdict
	}
	w.lookForStray(ctx)
	wake = w.now() + time.Hour
	if why := w.hopeless(dues); why != "" {
		return 0, false, &haltError{"unreachable", why, "run it again when the provider answers"}
	}
	for _, due := range dues {
		at := w.jitter(due)
		if w.flying[due.Place] || w.givenUp(due.Place) {
			continue
		}
		if at > w.now() {
			wake = min(wake, at)
			continue
		}
		delete(w.turns, due.Place)
		if w.places[due.Place].look == verdict.Expression {
			if _, waiting := w.asked[due.Place]; !waiting {
				w.asked[due.Place] = w.now()
			}
			continue
		}
		if err := w.send(ctx, due.Place); err != nil {
			return 0, false, err
		}
	}
	return wake, true, w.sendParts(ctx)
}

// jitter spreads the looks of many cells: a look may come a little later than it
// is due, never earlier.
func (w *watching) jitter(due verdict.Due) time.Duration {
	if at, has := w.turns[due.Place]; has && at >= due.At {
		return at
	}
	wait := due.At - w.now()
	if wait <= 0 {
		return due.At
	}
	w.turns[due.Place] = due.At + time.Duration(rand.Int64N(int64(wait)/10+1))
	return w.turns[due.Place]
}

func (w *watching) send(ctx context.Context, at int) error {
	look := w.ready(w.places[at])
	if look.err != nil {
		return look.err
	}
	look.beside = true
	w.flying[at] = true
	since := time.Now()
	go func() { w.landed <- landedAt{at, w.fetch(ctx, look, since)} }()
	return nil
}

// sendParts looks at what the waiting expressions are worked out from, and works
// out those whose parts are all there.
func (w *watching) sendParts(ctx context.Context) error {
	for at, since := range w.asked {
		ready := true
		for _, part := range w.places[at].parts {
			if last := w.lastReading(part); last != nil && last.SentAt >= since || w.givenUp(part) {
				continue
			}
			ready = false
			if !w.flying[part] {
				if err := w.send(ctx, part); err != nil {
					return err
				}
			}
		}
		if ready {
			w.answer(at)
		}
	}
	return nil
}

func (w *watching) answer(at int) {
	delete(w.asked, at)
	recorded := &w.record.Places[at]
	recorded.Readings = append(recorded.Readings, w.evaluate(w.places[at]))
}

// await waits for a look to land, or for the next to be due.
func (w *watching) await(ctx context.Context, wake time.Duration) error {
	if len(w.flying) == 0 && len(w.asked) == 0 && wake <= w.now() {
		return nil
	}
	timer := time.NewTimer(max(wake-w.now(), 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	case arrived := <-w.landed:
		return w.arrive(ctx, arrived)
	}
}

func (w *watching) arrive(ctx context.Context, arrived landedAt) error {
	delete(w.flying, arrived.at)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	reading := w.land(arrived.home)
	p := w.places[arrived.at]
	if w.madeByAct(p.thing) && p.address == "" {
		w.learnCreated(p)
		if p.look == verdict.ByKey && reading.Known == verdict.Value && p.eyes == w.me {
			p.thing.item = p.last
		}
	}
	if p.address == "" { // whatever a Location leads to, it is there or not
		w.unmask(ctx, p, &reading)
		w.unecho(ctx, p, &reading)
	}
	w.lost[arrived.at] += arrived.home.gotAt.Sub(arrived.home.sentAt)
	if reading.Known != verdict.Unsure {
		w.lost[arrived.at] = 0
	}
	recorded := &w.record.Places[arrived.at]
	recorded.Readings = append(recorded.Readings, reading)
	for at, since := range w.asked {
		if w.partsSince(at, since) {
			w.answer(at)
		}
	}
	return nil
}

func (w *watching) partsSince(at int, since time.Duration) bool {
	for _, part := range w.places[at].parts {
		if last := w.lastReading(part); last == nil || last.SentAt < since {
			return false
		}
	}
	return true
}

// learnCreated takes the identity of what the act made from the listing, where
// the reply did not name it.
func (a *attempt) learnCreated(p *place) {
	if a.bulk != nil {
		a.learnItems(p)
		return
	}
	if a.created.key != nil {
		return
	}
	a.created.learn(p)
	if a.created.key == nil {
		return
	}
	a.keyKnown()
}

// unmask tells a denial from a disguise: some providers answer 403 or 400 for what
// does not exist. If these eyes had the thing here before, get the same answer for
// a key that never was, and can still list, it is absent.
func (a *attempt) unmask(ctx context.Context, p *place, reading *verdict.Reading) {
	if reading.Known == verdict.Value {
		p.had = true
	}
	if reading.Known != verdict.Unsure || p.look != verdict.ByKey || reading.Status != 403 && reading.Status != 400 {
		return
	}
	if !p.had && !a.hadBefore(p) {
		return
	}
	if !a.ghostly(ctx, p, reading.Status) || !a.stillListed(ctx, p) {
		return
	}
	a.e.sightings.sawGhost(p, reading.Status)
	reading.Known, reading.Ghost = verdict.Absent, true
	reading.Why = fmt.Sprintf("%d, as for a key that never was", reading.Status)
	p.last = expr.Absent
}

// hadBefore tells whether these eyes had a value at a place before the act.
func (a *attempt) hadBefore(p *place) bool {
	at := slices.Index(a.places, p)
	return at >= 0 && slices.ContainsFunc(a.record.Places[at].Before, isValue)
}

// ghostly asks for a made-up key of the same shape, once per place and status.
func (a *attempt) ghostly(ctx context.Context, p *place, status int) bool {
	if known, has := p.ghosts[status]; has {
		return known
	}
	if p.ghosts == nil {
		p.ghosts = map[int]bool{}
	}
	made := madeUpKey(identityText(p.thing.key))
	for range ghostTries {
		_, reply, err := a.askGhost(ctx, p, made)
		if err != nil || reply.Failure != nil {
			return false // nothing was learnt: the next denial may ask again
		}
		if p.ghosts[status] = reply.Status == status; reply.Status/100 != 2 {
			break
		}
		made += madeUpKey("0") // somebody's: a short key made up is soon one that is
	}
	return p.ghosts[status]
}

// ghostTries is how many made-up keys are tried while they turn out to be in use.
const ghostTries = 3

// askGhost reads a place for a key that nobody gave anything.
func (a *attempt) askGhost(ctx context.Context, p *place, key string) (*request, *wire.Reply, error) {
	ghost := *p.thing
	ghost.key = key
	s := a.scopeOf(&ghost)
	if p.resource != nil {
		s.vars[p.resource.Name] = setPath(orEmptyValue(p.thing.value()), keyPath(p.resource, p.call), ghost.key)
	}
	request, err := a.e.request(p.call, s)
	if err != nil {
		return nil, nil, err
	}
	reply := a.e.send(ctx, p.eyes, request)
	a.note(reply)
	return request, reply, nil
}

// stillListed asks whether these eyes still get a 2xx elsewhere on the resource.
func (a *attempt) stillListed(ctx context.Context, p *place) bool {
	if p.resource == nil || p.resource.List == nil {
		return false
	}
	reading, err := a.readNow(ctx, a.listingFor(p))
	return err == nil && reading.Known == verdict.Value
}

// madeUpKey replaces every letter and digit by another of its sort.
func madeUpKey(key string) string {
	made := []byte(key)
	for i, c := range made {
		switch {
		case c >= '0' && c <= '9':
			made[i] = '1' + byte(rand.IntN(9))
		case c >= 'a' && c <= 'f':
			made[i] = 'a' + byte(rand.IntN(6)) // stays hexadecimal
		case c >= 'g' && c <= 'z':
			made[i] = 'g' + byte(rand.IntN(20))
		case c >= 'A' && c <= 'Z':
			made[i] = 'A' + byte(rand.IntN(26))
		}
	}
	if string(made) == key {
		return key + "9"
	}
	return string(made)
}
