package engine

import (
	"context"
	"sync"
	"testing"
	"time"
)

func TestSharingGivesNothingThatWasSentBeforeOneAsked(t *testing.T) {
	t.Parallel()
	s := newSharing()
	var mu sync.Mutex
	flights := 0
	release := make(chan struct{})
	fly := func() *fetched {
		mu.Lock()
		flights++
		mu.Unlock()
		sent := time.Now()
		<-release
		return &fetched{sentAt: sent}
	}
	join := func(key string, since time.Time) *flight {
		f, own := s.join(key, since, fly)
		if own {
			go s.land(key, f, fly)
		}
		return f
	}
	start := time.Now()
	early := join("k", start)
	also := join("k", start)     // asks for what was sent since before the first flight
	time.Sleep(time.Millisecond) // a clock's grain: later is later
	asked := time.Now()
	late, later := join("k", asked), join("k", asked)
	if early != also || early == late || late != later {
		t.Fatalf("those who ask at the same time share one flight, and nobody an earlier one")
	}
	other := join("another", asked)
	if other == early || other == late {
		t.Fatal("another key shares a flight")
	}
	close(release)
	for _, f := range []*flight{early, late, other} {
		<-f.done
	}
	if late.result.sentAt.Before(asked) {
		t.Error("a reader was given what was sent before it asked")
	}
	mu.Lock()
	defer mu.Unlock()
	if flights != 3 {
		t.Errorf("%d flights, want 3", flights)
	}
}

func TestSharingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	s, stuck := newSharing(), make(chan struct{})
	defer close(stuck)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.get(ctx, "k", time.Now(), func() *fetched { <-stuck; return nil }); err == nil {
		t.Error("a reader waits on although its run has ended")
	}
}
