package budget

import (
	"math"
	"slices"
	"sync"
	"time"
)

// A pace says when a request may leave. depart lets it leave and gives what says that it was
// answered, or gives the wait after which to ask again; it is not asked by two at once.
type pace interface {
	depart() (answered func(), wait time.Duration, err error)
}

// A rule is a rate taken apart.
type rule struct {
	gap time.Duration // between two departures
	row int           // requests that may count at one time
}

func ruleOf(rate float64) rule {
	return rule{gap: time.Duration(float64(time.Second) / rate), row: int(math.Floor(rate)) + 1}
}

// after is how long a request counts when it has been answered.
const after = time.Second

// A ledger is what is known of the requests of the last second. Times are nanoseconds.
type ledger struct {
	last int64   // departure
	busy []int64 // until when each request counts; in the past: free
}

// depart takes a place in the ledger until then, or says how long to wait.
func (l *ledger) depart(now, then int64, r rule) (place int, wait time.Duration) {
	counting := make([]int64, 0, len(l.busy))
	place = -1
	for i, until := range l.busy {
		if until > now {
			counting = append(counting, until)
		} else if place < 0 {
			place = i
		}
	}
	wait = time.Duration(max(0, l.last+int64(r.gap)-now))
	if over := len(counting) - r.row; over >= 0 {
		slices.Sort(counting)
		wait = max(wait, min(time.Duration(counting[over]-now), again))
	}
	if wait > 0 {
		return -1, wait
	}
	if place < 0 {
		place, l.busy = len(l.busy), append(l.busy, 0)
	}
	l.last, l.busy[place] = now, then
	return place, 0
}

// answered has a request that was to count until then count for one more second. It says
// false where its lease was over, and the place may be another's.
func (l *ledger) answered(place int, then, now int64) bool {
	if place >= len(l.busy) || l.busy[place] != then {
		return false
	}
	l.busy[place] = now + int64(after)
	return true
}

// lease is how long a request counts whose answer nobody tells: its run was killed, or the
// provider keeps it waiting. It has arrived long before, and others need not wait for longer.
const lease = 10 * time.Second

// again is how soon to look again where nobody knows when a request will be answered.
const again = 20 * time.Millisecond

// memory is a pace of one run alone.
type memory struct {
	rule
	mu     sync.Mutex
	ledger ledger
}

func (m *memory) depart() (func(), time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now().UnixNano()
	place, wait := m.ledger.depart(now, now+int64(lease), m.rule)
	if wait > 0 {
		return nil, wait, nil
	}
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.ledger.answered(place, now+int64(lease), time.Now().UnixNano())
	}, 0, nil
}
