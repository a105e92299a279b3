package main

import (
	"regexp"
	"sync"

	"golang.org/x/sys/unix"
)

// A tally counts the calls of a run, and strikes one of them.
type tally struct {
	stroke stroke

	mu    sync.Mutex
	calls map[string]int        // by disk or network
	kinds map[string]int        // by name and place
	hit   string                // what failed, and how; "" while nothing did
	with  fault                 // of the call that was hit
	owed  map[string]unix.Errno // by place: what the next write fails with, half of one having got through
}

func newTally(s stroke) *tally {
	return &tally{stroke: s, calls: map[string]int{}, kinds: map[string]int{}, owed: map[string]unix.Errno{}}
}

// drawn is what of a file's name differs from run to run.
var drawn = regexp.MustCompile(`[0-9a-f]{4,}\.log|\.report\.xml\.[0-9]+`)

// decide is a guard's.
func (t *tally) decide(g *guard, c call) answer {
	t.mu.Lock()
	defer t.mu.Unlock()
	where := disk
	if c.place == network {
		where = network
	}
	t.calls[where]++
	t.kinds[drawn.ReplaceAllString(c.String(), "…")]++
	if err, owed := t.owed[c.place]; owed && c.name == "write" {
		delete(t.owed, c.place)
		return answer{err: err}
	}
	switch k := t.calls[where]; {
	case where != t.stroke.where || t.stroke.k == 0 || k < t.stroke.k:
		return answer{}
	case k > t.stroke.k && t.stroke.stays:
		return t.again(c)
	case k > t.stroke.k:
		g.bored = len(t.owed) == 0
		return answer{}
	}
	faults := faultsOf(c)
	if len(faults) == 0 {
		return answer{}
	}
	t.with = faults[t.stroke.turn%len(faults)]
	t.hit = drawn.ReplaceAllString(c.String(), "…") + ": " + t.with.name
	return t.strike(g, c)
}

func (t *tally) strike(g *guard, c call) answer {
	switch {
	case t.with.end:
		return answer{made: true}
	case !t.with.half:
		return answer{err: t.with.err}
	}
	n, err := g.half(c)
	if err != nil || n == 0 {
		return answer{err: unix.EIO}
	}
	if t.with.err != 0 {
		t.owed[c.place] = t.with.err
	}
	return answer{made: true, value: int64(n)}
}

// again is what a provider that is away, a disk that is gone or one that is full
// does to every further call.
func (t *tally) again(c call) answer {
	switch {
	case c.name == "close", c.place == "stdout", c.place == "stderr": // those go elsewhere, as a rule
		return answer{}
	case c.place == network && c.name == "connect":
		return answer{err: unix.ECONNREFUSED}
	case c.place == network && c.name == "socket":
		return answer{}
	case c.place == network:
		return answer{err: unix.ECONNRESET}
	case t.with.err == unix.EIO:
		return answer{err: unix.EIO}
	}
	switch c.name {
	case "write", "truncate", "mkdir":
		return answer{err: unix.ENOSPC}
	case "openat":
		if c.args[2]&unix.O_CREAT != 0 {
			return answer{err: unix.ENOSPC}
		}
	}
	return answer{}
}
