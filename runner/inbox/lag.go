package inbox

import (
	"slices"
	"sync"
	"time"
)

// A machine that has too much to do runs nobody in time: not the provider's delivery where
// both are on one machine, and not the receiver, which then notes as coming now what has
// waited at its door. A pulse finds out how late this process itself was: it wants to be woken
// all the time, and remembers when it was not.
type pulse struct {
	mu   sync.Mutex
	late []delay // by time
}

// A Delay is a span in which this process should have run and did not.
type delay struct{ from, to time.Time }

const (
	beat      = 20 * time.Millisecond // between two wake-ups
	punctual  = 5 * time.Millisecond  // what no wake-up is blamed for
	mostLates = 20_000                // delays that are kept: the last ones
	hands     = 8                     // through which a delivery goes: a timer, a connection, its acceptance, its reading, …
)

// run beats until it is told to stop.
func (p *pulse) run(stop <-chan struct{}) {
	timer := time.NewTimer(beat)
	defer timer.Stop()
	for due := time.Now().Add(beat); ; due = time.Now().Add(beat) {
		timer.Reset(time.Until(due))
		select {
		case <-stop:
			return
		case <-timer.C:
			p.woken(due, time.Now())
		}
	}
}

func (p *pulse) woken(due, now time.Time) {
	if now.Sub(due) < punctual {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.late) >= mostLates {
		p.late = append([]delay{}, p.late[mostLates/2:]...)
	}
	p.late = append(p.late, delay{due, now})
}

// between is by how much a delivery may have been held up in a span of time: each of the hands
// that it goes through can have been late once, and has waited while others were late, too. So
// the longest delays are added up, and not all: on a machine that is always a little late, what
// comes after a minute would else have been in time.
func (p *pulse) between(from, to time.Time) (lag time.Duration) {
	var late []time.Duration
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.late) - 1; i >= 0 && p.late[i].to.After(from); i-- {
		d := p.late[i]
		if d.from.Before(from) {
			d.from = from
		}
		if d.to.After(to) {
			d.to = to
		}
		late = append(late, max(d.to.Sub(d.from), 0))
	}
	slices.Sort(late)
	for _, d := range late[max(0, len(late)-hands):] {
		lag += d
	}
	return lag
}

// Lag is by how much what came at the end of a span of time may have been held up because
// this process did not run when it should have.
func (in *Inbox) Lag(from, to time.Time) time.Duration { return in.pulse.between(from, to) }
