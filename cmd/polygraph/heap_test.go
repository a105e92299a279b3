package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGrowthFor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		alive uint64
		want  int
	}{
		{"nothing was collected yet", 0, 1000},
		{"hardly anything", 1 << 20, 1000},
		{"half of what is worth it", leastHeap / 2, 100},
		{"a large run", 300 << 20, leastGrowth},
	} {
		if got := growthFor(test.alive); got != test.want {
			t.Errorf("%s: %d %%, want %d %%", test.name, got, test.want)
		}
	}
}

// TestPaceHeap sees the growth follow what is alive, and be as before in the end. It
// changes the process, and so runs beside no other test.
func TestPaceHeap(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	unset := func(string) (string, bool) { return "", false }
	stop := (&console{env: unset}).paceHeap()
	held := make([]byte, 100<<20)
	followed := wait(func() bool {
		runtime.GC()
		time.Sleep(10 * time.Millisecond) // the pacer has a goroutine of its own
		growth := debug.SetGCPercent(leastGrowth + 1)
		return growth == leastGrowth
	})
	runtime.KeepAlive(held)
	stop()
	if after := debug.SetGCPercent(100); !followed || after != 100 {
		t.Errorf("followed %v; afterwards the growth is %d %%", followed, after)
	}
	user := func(name string) (string, bool) { return "50", name == "GOGC" }
	(&console{env: user}).paceHeap()()
	if after := debug.SetGCPercent(100); after != 100 {
		t.Errorf("a user's GOGC was not left alone: %d %%", after)
	}
}
