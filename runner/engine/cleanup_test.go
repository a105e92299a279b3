package engine

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// deletions answers deletions in its own way.
func deletions(answer func(c *clerk, w http.ResponseWriter, nth int, id string)) func(*clerk, http.ResponseWriter, asking) bool {
	nth := 0
	return func(c *clerk, w http.ResponseWriter, a asking) bool {
		if a.method != "DELETE" {
			return false
		}
		nth++
		answer(c, w, nth, strings.TrimPrefix(a.path, "/notes/"))
		return true
	}
}

func TestCleanUpDeletes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		answer func(c *clerk, w http.ResponseWriter, nth int, id string)
		sent   int    // deletions
		left   string // part of the reason; "" for nothing left
	}{
		{name: "at once", sent: 1, answer: func(c *clerk, w http.ResponseWriter, _ int, id string) { delete(c.notes, id); write(w, 204, nil) }},
		{name: "done, and answered with nothing", sent: 1, answer: func(c *clerk, w http.ResponseWriter, _ int, id string) { delete(c.notes, id); cut(w) }},
		{name: "done, and answered with 500", sent: 1, answer: func(c *clerk, w http.ResponseWriter, _ int, id string) { delete(c.notes, id); write(w, 500, nil) }},
		{name: "after a 429", sent: 2, answer: func(c *clerk, w http.ResponseWriter, nth int, id string) {
			if nth == 1 {
				w.Header().Set("Retry-After", "0")
				write(w, 429, nil)
				return
			}
			delete(c.notes, id)
			write(w, 204, nil)
		}},
		{name: "after two 503", sent: 3, answer: func(c *clerk, w http.ResponseWriter, nth int, id string) {
			if nth < 3 {
				write(w, 503, nil)
				return
			}
			delete(c.notes, id)
			write(w, 204, nil)
		}},
		{name: "refused", sent: 3, left: "answered 403", answer: func(_ *clerk, w http.ResponseWriter, _ int, _ string) { write(w, 403, nil) }},
		{name: "a lie is not told twice", sent: 1, left: "answered 204, and it is still there", answer: func(_ *clerk, w http.ResponseWriter, _ int, _ string) { write(w, 204, nil) }},
		{name: "404 for what is still there", sent: 1, left: "answered 404, and it is still there", answer: func(_ *clerk, w http.ResponseWriter, _ int, _ string) { write(w, 404, nil) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, deletions(test.answer))
			r := desk{}.run(c)[0]
			requireVerdict(t, r, "kept")
			if got := c.count("DELETE"); got != test.sent {
				t.Errorf("%d deletions, want %d", got, test.sent)
			}
			if test.left == "" {
				require(t, r, "kept")
				if c.left() > 0 {
					t.Errorf("%d notes left", c.left())
				}
				return
			}
			if len(r.Left) != 1 || !strings.Contains(r.Left[0].Why, test.left) || r.Left[0].Key != "n1" || r.Left[0].Account != "ada" || r.Left[0].Resource != "note" || r.Left[0].Marker == "" || r.Left[0].Call == "" {
				t.Errorf("left %+v, want n1 because %q", r.Left, test.left)
			}
		})
	}
}

func TestCleanUpGoesBackwards(t *testing.T) {
	t.Parallel()
	c := newClerk(t, nil)
	contract := "contract: A note beside two others\ngiven: {one: {make: note}, two: {make: note}}\ncall: POST /notes\nbody: {text: \"New ${unique}\"}\ncreates: note\n"
	require(t, desk{contracts: contract}.run(c)[0], "kept")
	var gone []string
	for _, a := range c.heard("DELETE") {
		gone = append(gone, a.path)
	}
	if want := []string{"/notes/n3", "/notes/n2", "/notes/n1"}; !slices.Equal(gone, want) {
		t.Errorf("deleted %v, want %v", gone, want)
	}
}

func TestCleanUpTouchesOnlyWhatIsOurs(t *testing.T) {
	t.Parallel()
	other := "Made " + drawMarker()
	c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
		if a.method == "PATCH" { // its identity is handed on to another cell's thing
			c.notes["n1"] = map[string]any{"id": "n1", "text": other}
			write(w, 200, c.notes["n1"])
			return true
		}
		return false
	})
	r := desk{contracts: updatesNote}.run(c)[0]
	requireNothingLeft(t, r)
	if got := c.count("DELETE"); got > 0 || c.left() != 1 {
		t.Errorf("%d deletions of what is not ours", got)
	}
}

func TestIsOurs(t *testing.T) {
	t.Parallel()
	a := bound(t, desk{contracts: updatesNote}.engine(newClerk(t, nil)))
	c, note := &cleaning{attempt: a}, a.given[0]
	marked := map[string]any{"text": "Made " + note.unique}
	for _, test := range []struct {
		name, text string
		marked     map[string]any
		lost       string // what the watch last read; "" for nothing
		want       bool
	}{
		{name: "as it was made", text: "Made " + note.unique, marked: marked, want: true},
		{name: "as the act left it", text: "Edited " + a.unique, marked: marked, want: true},
		{name: "another thing of ours", text: "Made " + drawMarker(), marked: marked},
		{name: "somebody else's", text: "Hello", marked: marked},
		{name: "as the watch saw it: the act took the marker", text: "Hello", marked: marked, lost: "Hello", want: true},
		{name: "not as the watch saw it", text: "Hello", marked: marked, lost: "Goodbye"},
		{name: "made without a marker: told by its identity", text: "Hello", want: true},
		{name: "made without a marker, and now another's", text: "Made " + drawMarker()},
	} {
		t.Run(test.name, func(t *testing.T) {
			note.marked = test.marked
			a.record.Places[0].Readings = nil
			if test.lost != "" {
				a.record.Places[0].Readings = []verdict.Reading{{Known: verdict.Value, Value: map[string]any{"text": test.lost}}}
			}
			if got := c.isOurs(note, map[string]any{"text": test.text}); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestCleanUpRemovesDuplicates(t *testing.T) {
	t.Parallel()
	c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
		if a.method == "POST" {
			c.put(map[string]any{"text": a.sent("text")})
		}
		return false
	})
	c.put(map[string]any{"text": "somebody's"})
	r := desk{}.run(c)[0]
	require(t, r, "lied duplicated-write")
	if c.left() != 1 || c.count("DELETE") != 2 {
		t.Errorf("%d notes left after %d deletions", c.left(), c.count("DELETE"))
	}
}

// TestCleanUpFindsWhatWasMadeWithoutAWord cuts the line after the thing was made:
// nobody said its name, and its marker finds it.
func TestCleanUpFindsWhatWasMadeWithoutAWord(t *testing.T) {
	t.Parallel()
	noList := strings.Replace(notesProvider, "    list: {call: GET /notes, items: response.body.items}\n", "", 1)
	for _, test := range []struct {
		name, provider, contract, verdict string
		stored                            bool
		left                              string
	}{
		{name: "by the act", contract: createsNote, stored: true, verdict: "inconclusive unreachable"},
		{name: "not by the act", contract: createsNote, verdict: "inconclusive unreachable"},
		{name: "given", contract: updatesNote, stored: true, verdict: "inconclusive setup-failed"},
		{name: "not given", contract: updatesNote, verdict: "inconclusive setup-failed"},
		{name: "given, and no list to find it by", provider: noList, contract: updatesNote, stored: true, verdict: "inconclusive setup-failed", left: "it may have been made"},
		{name: "by the act, and no list to find it by", provider: noList, contract: createsNote, stored: true, verdict: "inconclusive unreachable", left: "it may have been made"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				if a.method != "POST" {
					return false
				}
				if test.stored {
					c.put(map[string]any{"text": a.sent("text")})
				}
				cut(w)
				return true
			})
			r := desk{provider: test.provider, contracts: test.contract}.run(c)[0]
			requireVerdict(t, r, test.verdict)
			if got := c.count("POST"); got != 1 {
				t.Errorf("sent %d times", got)
			}
			switch {
			case test.left == "" && (c.left() > 0 || len(r.Left) > 0):
				t.Errorf("%d notes left, told: %+v", c.left(), r.Left)
			case test.left != "" && (len(r.Left) != 1 || !strings.Contains(r.Left[0].Why, test.left) || r.Left[0].Marker == ""):
				t.Errorf("left %+v", r.Left)
			}
		})
	}
}

// TestCleanUpWaitsForWhatIsOnItsWay cuts the line while the request is still on its
// way: what lands after the list was first read is ours, too.
func TestCleanUpWaitsForWhatIsOnItsWay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, contract, verdict string }{
		{"by the act", createsNote, "inconclusive unreachable"},
		{"given", updatesNote, "inconclusive setup-failed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var landed sync.WaitGroup
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				if a.method != "POST" {
					return false
				}
				landed.Go(func() {
					time.Sleep(150 * time.Millisecond)
					c.mu.Lock()
					defer c.mu.Unlock()
					c.put(map[string]any{"text": a.sent("text")})
				})
				cut(w)
				return true
			})
			r := desk{contracts: test.contract}.run(c)[0]
			landed.Wait()
			requireVerdict(t, r, test.verdict)
			if c.left() > 0 || len(r.Left) > 0 {
				t.Errorf("%d notes left, told: %+v", c.left(), r.Left)
			}
		})
	}
}

func TestCleanUpAfterARefusalLooksForATrace(t *testing.T) {
	t.Parallel()
	c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
		if a.method == "POST" {
			c.put(map[string]any{"text": a.sent("text")})
			write(w, 422, nil)
			return true
		}
		return false
	})
	r := desk{contracts: createsNote + "status: 422\n"}.run(c)[0]
	require(t, r, "lied phantom-write")
	if c.left() > 0 {
		t.Errorf("%d notes left", c.left())
	}
}

func TestCleanUpCountsWhatNothingCanRemove(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, contract string
		kept           int
		status         int // of POST; 0: as it is
	}{
		{name: "made by the act", contract: createsNote, kept: 1},
		{name: "given", contract: updatesNote, kept: 1},
		{name: "refused", contract: createsNote + "status: 403\n", status: 403, kept: 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
				if a.method == "POST" && test.status != 0 {
					write(w, test.status, nil)
					return true
				}
				return false
			})
			r := desk{provider: strings.Replace(notesProvider, "delete: DELETE /notes/{key}", "delete: never", 1), contracts: test.contract}.run(c)[0]
			requireNothingLeft(t, r)
			if r.Kept != test.kept || c.count("DELETE") > 0 {
				t.Errorf("%d kept, want %d; %d deletions", r.Kept, test.kept, c.count("DELETE"))
			}
		})
	}
}

func requireNothingLeft(t *testing.T, r *Result) {
	t.Helper()
	if len(r.Left) > 0 {
		t.Errorf("%s: left behind: %+v", r.Cell, r.Left)
	}
}

func TestCleanUpWithoutADelete(t *testing.T) {
	t.Parallel()
	c := newClerk(t, nil)
	r := desk{provider: strings.Replace(notesProvider, "    delete: DELETE /notes/{key}\n", "", 1)}.run(c)[0]
	if len(r.Left) != 1 || !strings.Contains(r.Left[0].Why, "says neither") {
		t.Errorf("left %+v", r.Left)
	}
}

func TestOwnCleanUp(t *testing.T) {
	t.Parallel()
	const own = createsNote + "cleanup: [{call: \"POST /tidy/${note.id}\"}, \"POST /sweep\"]\n"
	for _, test := range []struct {
		name     string
		statuses []int // of POST /sweep
		left     bool
	}{
		{name: "in its order", statuses: []int{200}},
		{name: "again after a 429", statuses: []int{429, 200}},
		{name: "refused", statuses: []int{403}, left: true},
		{name: "429 for ever", statuses: []int{429, 429, 429}, left: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			nth := 0
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				switch {
				case strings.HasPrefix(a.path, "/tidy/"):
					delete(c.notes, strings.TrimPrefix(a.path, "/tidy/"))
					write(w, 200, nil)
				case a.path == "/sweep":
					w.Header().Set("Retry-After", "0")
					write(w, test.statuses[min(nth, len(test.statuses)-1)], nil)
					nth++
				default:
					return false
				}
				return true
			})
			r := desk{contracts: own}.run(c)[0]
			requireVerdict(t, r, "kept")
			if c.count("DELETE") > 0 || c.count("POST /tidy/n1") != 1 || c.count("POST /sweep") != len(test.statuses) || c.left() > 0 {
				t.Errorf("asked %v, %d notes left", c.heard(""), c.left())
			}
			if (len(r.Left) > 0) != test.left {
				t.Errorf("left %+v", r.Left)
			}
		})
	}
}

// TestCleanUpWaitsForAListThatMoves loses what it was told to keep, and lists other notes
// twice for a while: when the list stands still, nothing was made.
func TestCleanUpWaitsForAListThatMoves(t *testing.T) {
	t.Parallel()
	var told time.Time
	c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
		switch {
		case a.String() == "POST /notes":
			told = time.Now()
			write(w, 201, nil)
		case a.String() == "GET /notes" && a.query == "":
			write(w, 200, map[string]any{"items": []any{map[string]any{"id": "n9", "text": "somebody's"}}, "next": map[string]any{"page": 2}})
		case a.String() == "GET /notes" && time.Since(told) < 900*time.Millisecond:
			write(w, 200, map[string]any{"items": []any{map[string]any{"id": "n9", "text": "somebody's"}}})
		case a.String() == "GET /notes":
			write(w, 200, map[string]any{"items": []any{}})
		default:
			return false
		}
		return true
	})
	provider := strings.Replace(notesProvider, "items: response.body.items", "items: response.body.items, next: response.body.next", 1)
	provider = strings.Replace(provider, "within: 300ms, patience: 500ms", "within: 600ms, patience: 600ms", 1)
	d := desk{provider: provider, contracts: createsNote, change: func(o *Options) { o.Accounts = []string{"ada"} }}
	e := d.engine(c)
	e.Start(e.Cells()...)
	for c.count("POST") == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	e.Stop(nil)
	r := await(t, e)[0]
	if requireVerdict(t, r, "inconclusive interrupted"); len(r.Left) > 0 {
		t.Errorf("left %+v", r.Left)
	}
}

// What was removed is not left behind because the reads after it fail for a while.
func TestWhatIsGoneIsSeenGoneThroughFailingReads(t *testing.T) {
	t.Parallel()
	failing := 0
	c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
		switch {
		case a.method == "DELETE":
			failing = 11
		case a.method == "GET" && failing > 0:
			failing--
			write(w, 503, nil)
			return true
		}
		return false
	})
	for _, r := range (desk{contracts: createsNote, change: func(o *Options) { o.Accounts = []string{"ada"} }}).run(c) {
		require(t, r, "kept")
	}
	if c.left() > 0 || c.count("DELETE") != 1 {
		t.Errorf("%d notes are left after %d deletions", c.left(), c.count("DELETE"))
	}
}

// The contract's own clean-up names what was made by its identity, also where only Location told
// it and nothing that was read has it.
func TestOwnCleanUpKnowsWhatLocationNamed(t *testing.T) {
	t.Parallel()
	c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
		note := c.notes[strings.TrimPrefix(a.path, "/notes/")]
		switch {
		case a.method == "POST":
			var sent map[string]any
			_ = json.Unmarshal([]byte(a.body), &sent)
			w.Header().Set("Location", "/notes/"+c.put(sent)["id"].(string))
			w.WriteHeader(201)
		case a.method == "GET" && note != nil:
			write(w, 200, map[string]any{"text": note["text"]})
		case a.method == "DELETE" && a.path == "/notes":
			delete(c.notes, strings.TrimPrefix(a.query, "id="))
			w.WriteHeader(204)
		default:
			return false
		}
		return true
	})
	provider := strings.Replace(notesProvider, "    list: {call: GET /notes, items: response.body.items}\n", "", 1)
	own := createsNote + "cleanup: {call: DELETE /notes, query: {id: \"${note.id}\"}}\n"
	for _, r := range (desk{provider: provider, contracts: own, change: func(o *Options) { o.Accounts = []string{"ada"} }}).run(c) {
		require(t, r, "kept")
	}
	if c.left() > 0 || c.count("DELETE") != 1 {
		t.Errorf("%d notes are left after %d deletions", c.left(), c.count("DELETE"))
	}
}
