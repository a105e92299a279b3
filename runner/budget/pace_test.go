package budget

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestLedger(t *testing.T) {
	second := int64(time.Second)
	r := ruleOf(2.5)
	if r.gap != 400*time.Millisecond || r.row != 3 {
		t.Fatalf("got %+v", r)
	}
	l := &ledger{last: -10 * second}
	for i, step := range []struct {
		at       int64 // milliseconds
		place    int
		wait     time.Duration
		answered int64 // of the place; 0: not yet
		why      string
	}{
		{at: 0, place: 0, why: "the first leaves at once"},
		{at: 100, place: -1, wait: 300 * time.Millisecond, why: "the gap"},
		{at: 400, place: 1, answered: 500},
		{at: 800, place: 2, answered: 800},
		{at: 1200, place: -1, wait: again, why: "three count: one under way, two answered within a second"},
		{at: 1490, place: -1, wait: 10 * time.Millisecond, why: "a second after its answer a request counts no more"},
		{at: 1500, place: 1},
	} {
		place, wait := l.depart(step.at*1e6, math.MaxInt64, r)
		if place != step.place || wait != step.wait {
			t.Errorf("step %d: place %d, wait %s; want %d, %s: %s", i, place, wait, step.place, step.wait, step.why)
		}
		if step.answered > 0 {
			l.busy[place] = step.answered*1e6 + second
		}
	}
}

// Whatever stands in the file, after a crash, a full disk or a clock that was set, nobody
// waits for longer than a lease.
func TestDamagedLedgerIsNoBlock(t *testing.T) {
	now := time.Now().UnixNano()
	future := &ledger{last: now + int64(time.Hour), busy: []int64{now + int64(time.Hour), math.MaxInt64, -1}}
	for name, raw := range map[string][]byte{
		"empty": nil, "torn": {1, 2, 3}, "text": []byte("not at all what it should be"), "of a clock set back": future.bytes(), "torn behind": append(future.bytes(), 7),
	} {
		path := filepath.Join(t.TempDir(), "pace")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		f := &file{rule: ruleOf(5), path: path}
		left := false
		for range 3 {
			answered, wait, err := f.depart()
			if err != nil {
				t.Fatal(err)
			}
			if wait == 0 {
				answered()
				left = true
				break
			}
			if wait > time.Second {
				t.Fatalf("%s: a wait of %s", name, wait)
			}
			time.Sleep(wait)
		}
		if !left {
			t.Errorf("%s: nobody leaves", name)
		}
	}
}

// A run that is killed says nothing of its answers.
func TestLeaseEnds(t *testing.T) {
	l := &ledger{}
	now := int64(time.Hour)
	for range 2 {
		if _, wait := l.depart(now, now+int64(lease), rule{row: 2}); wait > 0 {
			t.Fatal(wait)
		}
	}
	if _, wait := l.depart(now+1, now+1+int64(lease), rule{row: 2}); wait == 0 {
		t.Error("the third did not wait")
	}
	if _, wait := l.depart(now+int64(lease)+1, now+2*int64(lease), rule{row: 2}); wait > 0 {
		t.Errorf("still waits %s", wait)
	}
}

// A provider that never answers costs the others a lease, and not its time-out.
func TestUnansweredRequestsBlockNobodyForLong(t *testing.T) {
	l := &ledger{}
	r := ruleOf(2)
	now := int64(time.Hour)
	for range 3 {
		_, wait := l.depart(now, now+int64(lease), r)
		if wait > 0 {
			t.Fatal(wait)
		}
		now += int64(r.gap)
	}
	if _, wait := l.depart(now, now+int64(lease), r); wait == 0 {
		t.Error("the fourth did not wait")
	}
	now += int64(lease)
	place, wait := l.depart(now, now+int64(lease), r)
	if wait > 0 || place != 0 {
		t.Errorf("place %d, still waits %s", place, wait)
	}
	if l.answered(0, int64(time.Hour)+int64(lease), now) {
		t.Error("who had the place before has taken it from who has it now")
	}
}
