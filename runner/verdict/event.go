package verdict

import (
	"fmt"
	"math"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// An Event is one that came to the inbox, however often it was delivered.
type Event struct {
	ID         string        `json:"id"`
	Named      bool          `json:"named,omitempty"` // ID is the provider's: `id`, or a known header; else it is worked out of the event itself
	At         time.Duration `json:"at"`              // when its first delivery came
	Lag        time.Duration `json:"lag,omitempty"`   // by how much we ourselves may have held it up between the act's answer and At: we did not run when we should have
	Deliveries int           `json:"deliveries"`
	Exchange   int64         `json:"exchange"` // of the first
	Picked     Truth         `json:"picked"`   // it counts: `when`, `where` and the signature
	Why        string        `json:"why,omitempty"`
	Unchosen   bool          `json:"unchosen,omitempty"` // with Unknown: `where` does not choose it, as it came
}

// events counts those that came in a span of time: that count, and of which it cannot be
// told. named is false where one of the first is not told from its redelivery.
func (t *track) events(from, to time.Duration) (counted, doubtful int, named bool) {
	named = true
	for i := range t.place().Events {
		e := &t.place().Events[i]
		switch {
		case e.At < from || e.At > to:
		case e.Picked == True:
			counted++
			named = named && e.Named
		case e.Picked == Unknown && !t.beside(e):
			doubtful++
		}
	}
	return counted, doubtful, named
}

// dueToUs reports that as many events as were wanted may have been sent by the deadline, for
// all we know: the machine on which they are received, and which may be the provider's own, was
// itself late by as much as they were.
func (t *track) dueToUs() bool {
	if t.e.Verb != contracts.Sends {
		return false
	}
	inTime := 0
	for i := range t.place().Events {
		if e := &t.place().Events[i]; e.Picked == True && e.At >= t.s.r.Act.SentAt && e.At-e.Lag <= t.deadline() {
			inTime++
		}
	}
	return inTime >= t.e.Times
}

// excused says of events that came after the deadline why that was not held against anybody.
func (t *track) excused(sentence string) []string {
	if !t.dueToUs() {
		return nil
	}
	for i := range t.place().Events {
		e := &t.place().Events[i]
		if e.Picked == True && e.At > t.deadline() && e.At-e.Lag <= t.deadline() {
			return []string{fmt.Sprintf("%s: it came %s after the deadline, and this machine was itself behind by %s meanwhile: it may have been in time; run it where there is less to do",
				sentence, took(e.At-t.deadline()), took(e.Lag))}
		}
	}
	return nil
}

// beside reports an event that decides nothing though nobody knows who sent it: none was to
// come, and this one is about something else. Where one was to come, it might be that one, spoilt
// on its way.
func (t *track) beside(e *Event) bool {
	return e.Unchosen && (t.s.refusal() || t.e.never())
}

// received reads a glance at the inbox. What was delivered before the act is no event of
// it; a redelivery of that is none, either.
func (t *track) received(g *glance) {
	n, doubtful, named := t.events(t.s.r.Act.SentAt, g.SentAt)
	g.n = n
	g.want, g.got = count(t.e.Times, "event"), count(n, "event")
	g.says = "received " + g.got
	if others := t.unpicked(g.SentAt); others > 0 && n < t.e.Times {
		g.says += fmt.Sprintf(", and %s that `where` does not choose", count(others, "other"))
	}
	switch {
	case n == t.e.Times:
		g.sign = yes
	case n < t.e.Times && doubtful == 0:
		g.sign, g.content = no, missing
	case n > t.e.Times && t.e.Times == 0:
		g.sign, g.content = no, collateral
	case n > t.e.Times && named:
		g.sign, g.content = no, duplicated
	}
}

// unpicked counts events of the webhook since the act that do not count.
func (t *track) unpicked(to time.Duration) int {
	n := 0
	for i := range t.place().Events {
		if e := &t.place().Events[i]; e.Picked == False && e.At >= t.s.r.Act.SentAt && e.At <= to {
			n++
		}
	}
	return n
}

// announced is the trace of a refused act in an inbox. An event may have been on its way
// since before the act, so that somebody else could always have caused it.
func (t *track) announced(g *glance) *trace {
	if g.n == 0 {
		return nil
	}
	return &trace{full: g.n >= max(t.e.Times, 1), foreign: true, what: g.says}
}

// never reports a `sends` that is true while nothing comes.
func (e *Effect) never() bool { return e.Verb == contracts.Sends && e.Times == 0 }

// heard is the sight of an inbox: a delivery that came, or the provider's word that it
// knows the address. That the address can be reached at all is proved for each reading.
func (t *track) heard() seeing {
	p := t.place()
	if t.everCame(ever) {
		return seeing{ok: true, by: p.who() + " received others"}
	}
	switch {
	case p.Sight.SameEyes != nil:
		return seeing{ok: true, by: "the same eyes saw " + p.Sight.SameEyes.What}
	case p.Sight.Told != nil:
		return seeing{ok: true, by: "the inbox received what it sent itself, and the provider was given its address by " + p.Sight.Told.What}
	}
	s := t.peers()
	if !s.ok {
		s.lack = "nobody has given the provider the address of the inbox in this cell, and no event of this webhook has come for this account"
	}
	return s
}

// ever is later than everything.
const ever = time.Duration(math.MaxInt64)

// everCame reports an event of the webhook before some time, whether or not it counts.
func (t *track) everCame(before time.Duration) bool {
	for i := range t.place().Events {
		if e := &t.place().Events[i]; e.At < before && e.Picked != Unknown {
			return true
		}
	}
	return false
}

// fledgling reports a subscription that was made for this attempt, and through which
// nothing came before the act: it may take its time to begin.
func (t *track) fledgling() bool {
	return t.place().Sight.Told != nil && !t.everCame(t.s.r.Act.SentAt)
}

// beforehand counts events that came in a second attempt while everything lay untouched:
// such events come by themselves.
func (t *track) beforehand() int {
	if !t.s.second() {
		return 0
	}
	from := time.Duration(0)
	if t.s.r.Repeat != nil { // those of the first act came before the rest
		from = t.s.r.Act.SentAt - t.s.r.Cell.Rest
	}
	n, _, _ := t.events(from, t.s.r.Act.SentAt-1)
	return n
}

// deaf says why an inbox tells nothing.
func (t *track) deaf() (Kind, string) {
	who := t.place().who()
	n, doubtful, named := t.events(t.s.r.Act.SentAt, ever)
	switch {
	case len(t.tried) == 0:
		return BlindProbe, "webhooks are not received in this run"
	case n > t.e.Times && !named:
		return ProbeFailed, fmt.Sprintf("%s received %s, and nothing tells an event from its redelivery", who, count(n, "different event"))
	case doubtful > 0:
		for i := range t.place().Events {
			if e := &t.place().Events[i]; e.Picked == Unknown && e.At >= t.s.r.Act.SentAt && !t.beside(e) {
				return ProbeFailed, who + " received an event of which nobody knows whether it counts: " + e.Why
			}
		}
	}
	for i := len(t.place().Readings) - 1; i >= 0; i-- {
		if r := &t.place().Readings[i]; r.Known == Unsure {
			return BlindProbe, r.Why
		}
	}
	return Interrupted, who + " was not read to the end"
}

// hearing is what would settle it.
func (t *track) hearing(kind Kind) string {
	_, _, named := t.events(t.s.r.Act.SentAt, ever)
	switch {
	case kind == ProbeFailed && !named:
		return "say in the webhook's `id` what tells one event from another: id: event.id"
	case kind == ProbeFailed:
		return "name the webhook's secret in polygraph.yaml, or see what the event holds: polygraph show"
	case kind == BlindProbe:
		return "give the provider the address in a given subscription (${NAME.url}); one that is not on this machine needs --webhook-url as well"
	}
	return "run it again"
}
