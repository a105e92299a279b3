package engine

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestWatch shows an edit only after so many reads, or never, or for a while.
func TestWatch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		contract string // further lines
		shows    func(read int, since time.Duration) bool
		want     string
	}{
		{name: "at once", want: "kept", shows: func(int, time.Duration) bool { return true }},
		{name: "at the third read", contract: "within: 20s\n", want: "kept", shows: func(read int, _ time.Duration) bool { return read > 2 }},
		{name: "after the deadline", contract: "patience: 6s\n", want: "broken late-effect", shows: func(_ int, since time.Duration) bool { return since > 2*time.Second }},
		{name: "never", want: "lied lost-write", shows: func(int, time.Duration) bool { return false }},
		{name: "gone again while it must stay", contract: "within: 1s\nstays: 1500ms\n", want: "lied reverted-write", shows: func(_ int, since time.Duration) bool { return since < time.Second }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var acted time.Time
			reads := 0
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				note := c.notes[strings.TrimPrefix(a.path, "/notes/")]
				switch {
				case note != nil && a.method == "PATCH":
					note["edited"] = a.sent("text")
					acted, reads = time.Now(), 0
					write(w, 200, note)
				case note != nil && a.method == "GET" && !acted.IsZero():
					reads++
					seen := map[string]any{"id": note["id"], "text": note["text"]}
					if edited := note["edited"]; edited != nil && test.shows(reads, time.Since(acted)) {
						seen["text"] = edited
					}
					write(w, 200, seen)
				default:
					return false
				}
				return true
			})
			provider := strings.Replace(notesProvider, "patience: 500ms", "patience: 900ms", 1)
			require(t, desk{provider: provider, contracts: updatesNote + test.contract}.run(c)[0], test.want)
			if c.left() > 0 {
				t.Errorf("%d notes left", c.left())
			}
		})
	}
}

// TestWatchDropsWhatItCouldNotRead answers reads after the act with failures at
// first: they are no news, good or bad.
func TestWatchDropsWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		answer func(w http.ResponseWriter)
	}{
		{name: "503", answer: func(w http.ResponseWriter) { write(w, 503, nil) }},
		{name: "429", answer: func(w http.ResponseWriter) { w.Header().Set("Retry-After", "0"); write(w, 429, nil) }},
		{name: "cut", answer: cut},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			acted, failed := false, 0
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
				acted = acted || a.method == "PATCH"
				if acted && a.method == "GET" && failed < 2 {
					failed++
					test.answer(w)
					return true
				}
				return false
			})
			require(t, desk{contracts: updatesNote}.run(c)[0], "kept")
			if failed != 2 {
				t.Errorf("%d reads failed", failed)
			}
		})
	}
}

// TestWatchReadsTogether runs many cells that look at one list: those who look at
// the same time share a request.
func TestWatchReadsTogether(t *testing.T) {
	t.Parallel()
	var suite []string
	for range 12 {
		suite = append(suite, strings.Replace(createsNote, "A note", "Note "+drawMarker(), 1))
	}
	c := newClerk(t, func(c *clerk, _ http.ResponseWriter, a asking) bool {
		if a.String() == "GET /notes" {
			c.mu.Unlock()
			time.Sleep(10 * time.Millisecond) // a list takes its time
			c.mu.Lock()
		}
		return false
	})
	results := desk{contracts: strings.Join(suite, "---\n")}.run(c)
	for _, r := range results {
		require(t, r, "kept")
	}
	asked := 0 // by the cells, had each its own request
	for _, r := range results {
		for _, place := range r.Record.Places {
			if place.Probe == "list" {
				asked += len(place.Before) + len(place.Readings)
			}
		}
	}
	if got := c.count("GET /notes") - c.count("GET /notes/"); got >= asked {
		t.Errorf("%d requests for %d looks", got, asked)
	}
}
