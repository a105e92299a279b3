package engine

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A provider that stores what it is sent and then never answers a read holds a cell no
// longer than is said beforehand, and is accused of nothing.
func TestStalledReadsEnd(t *testing.T) {
	t.Parallel()
	stored, over := false, make(chan struct{})
	c := newClerk(t, func(c *clerk, _ http.ResponseWriter, a asking) bool {
		if stored = stored || a.method == "POST"; !stored || a.method == "POST" {
			return false
		}
		c.mu.Unlock()
		<-over
		c.mu.Lock()
		return true
	})
	t.Cleanup(func() { close(over) })
	targets := strings.Replace(twoAccounts, ", bo: {credentials: {bearer: t-bo}}", "", 1)
	e := desk{targets: targets, change: func(o *Options) { o.Wire = wire.Options{Whole: 300 * time.Millisecond} }}.engine(c)
	_, longest := e.Planned(e.Cells()[0])
	most := longest + e.Stalled(e.Cells()[0])
	result := await(t, e)[0]
	if result.Verdict.Kind != "unreachable" || len(result.Left) != 1 {
		t.Errorf("%s, left %+v: what was made cannot be removed", reasons(result.Verdict), result.Left)
	}
	if took := result.Ended.Sub(result.Started); took > most {
		t.Errorf("took %v, and was to take at most %v", took, most)
	}
}

// What nobody waits for: a Retry-After beyond the budget ends the cell, and closes the
// account to those that have not begun.
func TestRetryAfterOfAYear(t *testing.T) {
	t.Parallel()
	c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
		if a.method != "POST" {
			return false
		}
		w.Header().Set("Retry-After", "31536000")
		write(w, 429, map[string]any{"error": "later"})
		return true
	})
	begun := time.Now()
	targets := strings.Replace(twoAccounts, ", bo: {credentials: {bearer: t-bo}}", "", 1)
	e := desk{targets: targets, contracts: createsNote + "---\n" + strings.Replace(createsNote, "A note", "Another note", 1), change: func(o *Options) { o.OneAtATime = true }}.engine(c)
	for _, r := range await(t, e) {
		require(t, r, "inconclusive rate-limited")
		if len(r.Left) > 0 {
			t.Errorf("left behind: %+v", r.Left)
		}
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("took %v", took)
	}
	if acts := c.count("POST"); acts != 1 {
		t.Errorf("%d acts, want 1: the account is closed after the first", acts)
	}
}
