package engine

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// mostAtOnce bounds the requests that go out in one burst, and with them the
// connections: each costs some 40 KB, and a thousand cells that begin together would
// open two thousand.
const mostAtOnce = 256

// standing is how long a request counts towards a burst. One that is answered later
// than that lets the next one go: a bound on what is under way, however slow the
// provider, would have cells wait for each other, and one account whose server never
// answers would hold up all the others.
const standing = 50 * time.Millisecond

// A crowd holds back the requests of a run that want to go out all at once. They wait
// before they are sent, so that no reading looks older or younger for it.
type crowd struct {
	slots *semaphore.Weighted
}

func newCrowd(most int64) *crowd { return &crowd{semaphore.NewWeighted(most)} }

// enter waits for room, and gives the function that says that the answer is there.
func (c *crowd) enter(ctx context.Context) (leave func(), err error) {
	if err := c.slots.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	once := sync.OnceFunc(func() { c.slots.Release(1) })
	late := time.AfterFunc(standing, once)
	return func() { late.Stop(); once() }, nil
}
