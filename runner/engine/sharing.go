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
}

func newSharing() *sharing {
	return &sharing{running: map[string]*flight{}, waiting: map[string]*flight{}}
}

// get joins a flight that starts at or after since, or starts one.
func (s *sharing) get(ctx context.Context, key string, since time.Time, fly func() *fetched) (*fetched, error) {
	f := s.join(key, since, fly)
	select {
	case <-f.done:
		return f.result, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (s *sharing) join(key string, since time.Time, fly func() *fetched) *flight {
	s.mu.Lock()
	defer s.mu.Unlock()
	running := s.running[key]
	if running == nil {
		return s.launch(key, fly)
	}
	if !running.start.Before(since) {
		return running
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
	return s.waiting[key]
}

// launch starts a flight; the lock is held.
func (s *sharing) launch(key string, fly func() *fetched) *flight {
	f := &flight{done: make(chan struct{}), start: time.Now()}
	s.running[key] = f
	go s.land(key, f, fly)
	return f
}

func (s *sharing) land(key string, f *flight, fly func() *fetched) {
	f.result = fly()
	s.mu.Lock()
	if s.running[key] == f {
		delete(s.running, key)
	}
	s.mu.Unlock()
	close(f.done)
}
