package engine

import (
	"context"
	"sync"
	"time"
)

// Sharing makes reads of the same thing by the same eyes at the same time one
// request. A reader is never given what was sent before it asked: such a reading
// would say nothing about afterwards.
type sharing struct {
	mu      sync.Mutex
	running map[string]*flight
	waiting map[string]*flight
}

type flight struct {
	done   chan struct{}
	start  time.Time
	result *fetched
	err    error // polygraph itself failed
}

func newSharing() *sharing {
	return &sharing{running: map[string]*flight{}, waiting: map[string]*flight{}}
}

// get joins a flight that starts at or after since, or starts one. The end of the
// context ends the waiting, not the flight, which others may have joined.
func (s *sharing) get(ctx context.Context, key string, since time.Time, fly func() *fetched) (*fetched, error) {
	f, own := s.join(key, since, fly)
	if own {
		go s.land(key, f, fly)
	}
	return f.wait(ctx)
}

// getHere is get for a caller who has a goroutine for it: its own flight takes place
// there, and is waited for to its end.
func (s *sharing) getHere(ctx context.Context, key string, since time.Time, fly func() *fetched) (*fetched, error) {
	f, own := s.join(key, since, fly)
	if own {
		s.land(key, f, fly)
	}
	return f.wait(ctx)
}

func (f *flight) wait(ctx context.Context) (*fetched, error) {
	select {
	case <-f.done:
		return f.result, f.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// join gives the flight to wait for. One that is own has just been made, and is for
// the caller to land.
func (s *sharing) join(key string, since time.Time, fly func() *fetched) (f *flight, own bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	running := s.running[key]
	if running == nil {
		f := &flight{done: make(chan struct{}), start: time.Now()}
		s.running[key] = f
		return f, true
	}
	if !running.start.Before(since) {
		return running, false
	}
	if s.waiting[key] == nil {
		s.waiting[key] = &flight{done: make(chan struct{})}
		next := s.waiting[key]
		go func() {
			<-running.done
			s.mu.Lock()
			delete(s.waiting, key)
			next.start = time.Now()
			s.running[key] = next
			s.mu.Unlock()
			s.land(key, next, fly)
		}()
	}
	return s.waiting[key], false
}

func (s *sharing) land(key string, f *flight, fly func() *fetched) {
	func() {
		defer func() { // whoever waits must still clean up
			if cause := recover(); cause != nil {
				f.err = ownFailure(cause)
			}
		}()
		f.result = fly()
	}()
	s.mu.Lock()
	if s.running[key] == f {
		delete(s.running, key)
	}
	s.mu.Unlock()
	close(f.done)
}
