// Package budget holds back what is sent with one account of a target: so many requests a
// second, so many at a time. Everything that a run sends with the account goes through one
// Budget, acts, reads, clean-up and tokens; and where the Budget has a folder, it shares its
// limits with every other run of the user on this machine, whichever program that is: the
// packages of a `go test ./...` and two commands in two windows may all mean one account.
//
//	b, err := budget.New(budget.Limits{Rate: 5, Concurrency: 4}, folder, "https://api.example:443", "shop-oslo")
//	…
//	leave, err := b.Enter(ctx)   // waits for its turn
//	if err != nil { … }          // ctx ended, or the folder failed: nothing may be sent
//	defer leave()                // when it has been answered
//
// # What is promised
//
// In no second does a server get more than Rate + 1 requests (Rate rounded down), and never
// are there more than Concurrency under way. The usual token bucket does not keep the first
// promise: a request that left in its turn may be held up on its way and arrive together with
// those behind it. So a request counts from the moment when it leaves until a second after it
// has been answered (ten seconds at most), and as many as may arrive in a second may count at
// one time; wherever between leaving and answer it arrives, no second holds too many. Besides, departures are at
// least 1/Rate apart, so that a provider which looks at shorter spans sees no bursts.
//
// Limits of different size for one account, in two suites, hold each for who has them.
package budget

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Limits bound what is sent with an account. Zero means none.
type Limits struct {
	Rate        float64 // requests a second
	Concurrency int     // requests under way
}

// A Budget is one account's. It is safe for concurrent use. A nil Budget holds nothing back.
type Budget struct {
	slots *semaphore.Weighted // nil: none
	desk  *desk               // slots shared with other runs; nil: none
	door  *semaphore.Weighted // one at a time is paced, first come first served
	pace  pace                // nil: none

	mu    sync.Mutex
	until time.Time // nothing leaves before
}

// New makes the budget of an account at an origin. With a folder it is shared with all who
// give the same three; "" keeps it to itself.
func New(l Limits, folder, origin, account string) (*Budget, error) {
	b := &Budget{door: semaphore.NewWeighted(1)}
	if l.Concurrency > 0 {
		b.slots = semaphore.NewWeighted(int64(l.Concurrency))
	}
	if l.Rate > 0 {
		b.pace = &memory{rule: ruleOf(l.Rate)}
	}
	if folder == "" || b.slots == nil && b.pace == nil {
		return b, nil
	}
	own, err := makeFolder(folder, origin, account)
	if err != nil {
		return nil, err
	}
	if b.slots != nil {
		b.desk = &desk{folder: own, slots: l.Concurrency}
	}
	if b.pace != nil {
		b.pace = &file{rule: ruleOf(l.Rate), path: paceFile(own)}
	}
	return b, nil
}

// Enter waits until one request may leave, and gives the function that says that it has been
// answered. Waiting ends with the context.
func (b *Budget) Enter(ctx context.Context) (leave func(), err error) {
	if b == nil {
		return func() {}, ctx.Err()
	}
	var held []func()
	leave = func() {
		for i := len(held) - 1; i >= 0; i-- {
			held[i]()
		}
	}
	for _, step := range []func(context.Context) (func(), error){b.slot, b.wait, b.turn} {
		done, err := step(ctx)
		if err != nil {
			leave()
			return nil, err
		}
		if done != nil {
			held = append(held, done)
		}
	}
	return leave, nil
}

// Paced tells whether requests leave one after the other, with gaps between them.
func (b *Budget) Paced() bool { return b != nil && b.pace != nil }

// Hold lets nothing leave before the given wait is over.
func (b *Budget) Hold(wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until := time.Now().Add(wait); until.After(b.until) {
		b.until = until
	}
}

// slot takes one of the places for what is under way, here and among all runs.
func (b *Budget) slot(ctx context.Context) (func(), error) {
	if b.slots == nil {
		return nil, ctx.Err()
	}
	if err := b.slots.Acquire(ctx, 1); err != nil {
		return nil, context.Cause(ctx)
	}
	release := func() { b.slots.Release(1) }
	if b.desk == nil {
		return release, nil
	}
	leave, err := b.desk.sit(ctx)
	if err != nil {
		release()
		return nil, err
	}
	return func() { leave(); release() }, nil
}

// wait is for what Hold was told.
func (b *Budget) wait(ctx context.Context) (func(), error) {
	for {
		b.mu.Lock()
		wait := time.Until(b.until)
		b.mu.Unlock()
		if wait <= 0 {
			return nil, ctx.Err()
		}
		if err := Pause(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// turn waits for the rate.
func (b *Budget) turn(ctx context.Context) (func(), error) {
	if b.pace == nil {
		return nil, nil
	}
	if err := b.door.Acquire(ctx, 1); err != nil {
		return nil, context.Cause(ctx)
	}
	defer b.door.Release(1)
	for {
		answered, wait, err := b.pace.depart()
		if err != nil || wait == 0 {
			return answered, err
		}
		if err := Pause(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// Pause sleeps, or ends early with the cause of the context's end, also where there is
// nothing to wait for.
func Pause(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return context.Cause(ctx)
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
