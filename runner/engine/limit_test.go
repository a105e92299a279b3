package engine

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

func TestLimitBoundsConcurrency(t *testing.T) {
	t.Parallel()
	l := newLimit(contracts.Limits{Concurrency: 2})
	leave, _ := l.enter(t.Context())
	if _, err := l.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := l.enter(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third entered beside two: %v", err)
	}
	leave()
	if _, err := l.enter(t.Context()); err != nil {
		t.Errorf("nobody may enter after one left: %v", err)
	}
}

func TestLimitBoundsRate(t *testing.T) {
	t.Parallel()
	l := newLimit(contracts.Limits{Rate: 50})
	start := time.Now()
	for range 4 {
		leave, err := l.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		leave()
	}
	if took := time.Since(start); took < 55*time.Millisecond { // three gaps of 20 ms, less a clock's grain
		t.Errorf("four at 50/s went out within %s", took)
	}
}

func TestLimitWithoutBoundsLetsEverythingOut(t *testing.T) {
	t.Parallel()
	l := newLimit(contracts.Limits{})
	for range 100 {
		if _, err := l.enter(t.Context()); err != nil || !l.takeWrite() {
			t.Fatalf("held back: %v", err)
		}
	}
}

func TestHoldLetsNothingOutBefore(t *testing.T) {
	t.Parallel()
	l := newLimit(contracts.Limits{Concurrency: 1})
	l.hold(60 * time.Millisecond)
	l.hold(time.Millisecond) // a shorter wait takes nothing from a longer one
	start := time.Now()
	leave, err := l.enter(t.Context())
	if err != nil || time.Since(start) < 55*time.Millisecond {
		t.Fatalf("entered after %s: %v", time.Since(start), err)
	}
	leave()
	l.hold(time.Hour)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := l.enter(stopped); !errors.Is(err, context.Canceled) {
		t.Errorf("the end of the run does not end the wait: %v", err)
	}
	if !l.slots.TryAcquire(1) {
		t.Error("who gave up keeps its slot")
	}
}

func TestTakeWrite(t *testing.T) {
	t.Parallel()
	l := newLimit(contracts.Limits{Writes: 2})
	for i, want := range []bool{true, true, false, false} {
		if got := l.takeWrite(); got != want {
			t.Errorf("write %d may go out: %v, want %v", i+1, got, want)
		}
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	cause := errors.New("enough")
	ctx, stop := context.WithCancelCause(t.Context())
	if err := pause(ctx, 0); err != nil {
		t.Errorf("no wait: %v", err)
	}
	stop(cause)
	if err := pause(ctx, time.Hour); !errors.Is(err, cause) {
		t.Errorf("stopped: %v", err)
	}
}
