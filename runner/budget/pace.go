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
	place, wait := m.ledger.depart(time.Now().UnixNano(), math.MaxInt64, m.rule)
	if wait > 0 {
		return nil, wait, nil
	}
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.ledger.busy[place] = time.Now().Add(after).UnixNano()
	}, 0, nil
}
