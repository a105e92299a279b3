package inbox

import (
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

// between adds up how long the process was late in a span of time.
func (p *pulse) between(from, to time.Time) (lag time.Duration) {
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
		lag += max(d.to.Sub(d.from), 0)
	}
	return lag
}

// Lag is how long in all this process did not run when it should have, in a span of time:
// what came at the end of it may have been sent so much earlier.
func (in *Inbox) Lag(from, to time.Time) time.Duration { return in.pulse.between(from, to) }
