package engine

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// quietBudget is for how long a run, all in all, stands still for attempts that nothing of
// ours may run beside. A cell for which nothing is left of it accuses nobody.
const quietBudget = 5 * time.Minute

// A quiet is the turn of those attempts. One is carried out at a time, while no other cell
// holds any account: two accounts may look at one world, and what a cell on the one adds
// there the clean-up of a cell on the other takes away.
type quiet struct {
	turn *semaphore.Weighted

	mu    sync.Mutex
	spent time.Duration
}

func newQuiet() *quiet { return &quiet{turn: semaphore.NewWeighted(1)} }

func (q *quiet) affords() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.spent < quietBudget
}

func (q *quiet) pay(since time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.spent += time.Since(since)
}

// holdAll takes all of every account. Who waits for it already holds the first of them:
// so that this is never more than one, it is done in turns.
func (e *Engine) holdAll(ctx context.Context, _ *Cell, _ bool) (func(), error) {
	if err := e.quiet.turn.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	start := time.Now()
	var held []*eyes
	release := func() {
		for _, who := range held {
			who.limit.cells.Release(everything)
		}
		e.quiet.pay(start)
		e.quiet.turn.Release(1)
	}
	for _, who := range e.everybody() {
		if err := who.limit.cells.Acquire(ctx, everything); err != nil {
			release()
			return nil, err
		}
		held = append(held, who)
	}
	return release, nil
}

// everybody is every account of the target and nobody, in the order in which cells take them.
func (e *Engine) everybody() []*eyes {
	all := []*eyes{e.nobody}
	for _, who := range e.eyes {
		all = append(all, who)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	return all
}

// abroad is what of ours wrote on other accounts during the attempt, and is none of its own:
// one line for what follows without a gap, since a thousand accounts rarely leave one.
func (a *attempt) abroad() []verdict.Beside {
	var deeds []deed
	now := time.Now()
	for _, who := range a.e.everybody() {
		if who == a.me {
			continue
		}
		for _, d := range who.between(a.epoch, now) {
			if d.writes && d.by != a.record && (a.first == nil || d.by != a.first.record) {
				d.what += " as " + who.name
				deeds = append(deeds, d)
			}
		}
	}
	sort.Slice(deeds, func(i, j int) bool { return deeds[i].sent.Before(deeds[j].sent) })
	var spans []verdict.Beside
	more := 0
	for i, d := range deeds {
		if n := len(spans); n > 0 && a.at(d.sent) <= spans[n-1].SaidAt {
			spans[n-1].SaidAt = max(spans[n-1].SaidAt, a.at(d.said))
			more++
			spans[n-1].What = fmt.Sprintf("%s, and %d more", deeds[i-more].what, more)
			continue
		}
		more = 0
		spans = append(spans, verdict.Beside{What: d.what, SentAt: a.at(d.sent), SaidAt: a.at(d.said)})
	}
	return spans
}
