package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"github.com/polygraph-dev/polygraph/contracts"
)

// everything is the weight of an account as a whole: a cell takes one part of
// it, a cell that must run alone takes all.
const everything = 1 << 30

// A limit holds back what is sent with one account. Acting and watching share it.
type limit struct {
	rate  *rate.Limiter       // nil: none
	slots *semaphore.Weighted // nil: none
	cells *semaphore.Weighted // cells that touch the account

	unmarked *semaphore.Weighted // held by the one cell whose creation carries no marker

	mu     sync.Mutex
	until  time.Time // Retry-After: nothing goes out before
	closed time.Time // Retry-After, beyond what we wait: nothing new is begun before
	writes int       // acts that may still go out; negative: no end
}

func newLimit(l contracts.Limits) *limit {
	limit := &limit{cells: semaphore.NewWeighted(everything), unmarked: semaphore.NewWeighted(1), writes: -1}
	if l.Rate > 0 {
		limit.rate = rate.NewLimiter(rate.Limit(l.Rate), 1)
	}
	if l.Concurrency > 0 {
		limit.slots = semaphore.NewWeighted(int64(l.Concurrency))
	}
	if l.Writes > 0 {
		limit.writes = l.Writes
	}
	return limit
}

// enter waits until one request may be sent, and gives the function that says
// that it has been answered. Waiting ends with the context.
func (l *limit) enter(ctx context.Context) (func(), error) {
	if l.slots != nil {
		if err := l.slots.Acquire(ctx, 1); err != nil {
			return nil, err
		}
	}
	leave := func() {
		if l.slots != nil {
			l.slots.Release(1)
		}
	}
	if err := l.await(ctx); err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

func (l *limit) await(ctx context.Context) error {
	for {
		l.mu.Lock()
		wait := time.Until(l.until)
		l.mu.Unlock()
		if wait <= 0 {
			break
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
	if l.rate == nil {
		return ctx.Err()
	}
	return l.rate.Wait(ctx)
}

// hold lets nothing out before the given wait is over. A wait that nobody sits out
// closes the account: no cell is begun on it and nothing more is made or changed,
// while what is there may still be read and removed.
func (l *limit) hold(wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	until := &l.until
	if wait > throttleBudget {
		until = &l.closed
	}
	if end := time.Now().Add(wait); end.After(*until) {
		*until = end
	}
}

// shut ends an attempt on an account that is closed; nil while it is open.
func (who *eyes) shut() error {
	who.limit.mu.Lock()
	wait := time.Until(who.limit.closed)
	who.limit.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	return &haltError{"rate-limited", fmt.Sprintf("the provider has told %s to come again in %s", who.name, wait.Round(time.Second)), "run it again then"}
}

// takeWrite takes one write from the budget; false when there is none left.
func (l *limit) takeWrite() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writes == 0 {
		return false
	}
	if l.writes > 0 {
		l.writes--
	}
	return true
}

// pause sleeps, or ends early with the context's error.
func pause(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
