package engine

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// neighbours is a contract whose neighbour somebody may touch.
const neighbours = `contract: An edit changes one note
given: {note: {make: note}, neighbour: {make: note}}
call: PATCH /notes/{note.id}
body: {text: "Edited ${unique}"}
updates: note
keeps: [neighbour]
`

// TestBlame changes a neighbour with the first acts. What somebody else could have
// done is accused only when a second attempt, alone and rested, shows it again.
func TestBlame(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		harmful  int // so many acts touch the neighbour
		want     string
		attempts int
	}{
		{name: "never", harmful: 0, want: "kept", attempts: 1},
		{name: "once, as a colleague would", harmful: 1, want: "kept", attempts: 2},
		{name: "again", harmful: 9, want: "lied side-effect", attempts: 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			acts := 0
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				if a.method == "PATCH" {
					if acts++; acts <= test.harmful {
						for _, key := range c.keys[len(c.keys)-2:] {
							c.notes[key]["stars"] = fmt.Sprint(acts)
						}
					}
				}
				return false
			})
			r := desk{contracts: neighbours}.run(c)[0]
			require(t, r, test.want)
			if got := c.count("PATCH"); got != test.attempts || len(r.Record.Earlier) != test.attempts-1 || r.Record.Cell.Attempt != test.attempts {
				t.Errorf("%d acts, %d earlier records, attempt %d; want %d attempts", got, len(r.Record.Earlier), r.Record.Cell.Attempt, test.attempts)
			}
			if second := test.attempts > 1; r.Record.Cell.Alone != second || r.Record.Cell.Rest > 0 != second {
				t.Errorf("alone %v, rest %s", r.Record.Cell.Alone, r.Record.Cell.Rest)
			}
			if c.left() > 0 {
				t.Errorf("%d notes left", c.left())
			}
		})
	}
}

// TestA429IsTriedLater counts attempts: each is new, with a marker of its own.
func TestA429IsTriedLater(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		status   int
		times    int // so many acts are told to come again
		wait     bool
		contract string
		stored   bool
		want     string
		attempts int
	}{
		{name: "twice", status: 429, times: 2, wait: true, want: "kept", attempts: 3},
		{name: "too early", status: 425, times: 1, wait: true, want: "kept", attempts: 2},
		{name: "busy, and says when", status: 503, times: 1, wait: true, want: "kept", attempts: 2},
		{name: "busy, and does not say when", status: 503, times: 1, want: "broken refused", attempts: 1},
		{name: "for ever", status: 429, times: 99, wait: true, want: "inconclusive rate-limited", attempts: throttleTries},
		{name: "expected", status: 429, times: 99, wait: true, contract: createsNote + "status: 429\n", want: "kept", attempts: 1},
		{name: "stored all the same", status: 429, times: 1, wait: true, stored: true, want: "lied phantom-write", attempts: 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			acts, markers := 0, map[string]bool{}
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				if a.method != "POST" {
					return false
				}
				acts, markers[a.sent("text")] = acts+1, true
				if acts > test.times {
					return false
				}
				if test.stored {
					c.put(map[string]any{"text": a.sent("text")})
				}
				if test.wait {
					w.Header().Set("Retry-After", "0")
				}
				write(w, test.status, nil)
				return true
			})
			c.put(map[string]any{"text": "somebody's: the list is not blind"})
			provider := strings.Replace(notesProvider, "within: 300ms, patience: 500ms", "within: 100ms, patience: 150ms", 1)
			r := desk{provider: provider, contracts: test.contract}.run(c)[0]
			require(t, r, test.want)
			if acts != test.attempts || len(markers) != test.attempts || r.Record.Cell.Attempt != test.attempts {
				t.Errorf("%d acts with %d markers, attempt %d; want %d", acts, len(markers), r.Record.Cell.Attempt, test.attempts)
			}
			if c.left() != 1 {
				t.Errorf("%d notes left", c.left()-1)
			}
		})
	}
}

// counted is a contract whose expression every other cell of ours would move.
const counted = `contract: A new note counts
call: POST /notes
body: {text: "New ${unique}"}
effects:
  - creates: note
  - name: the count rises by one
    expect: after.total.count == before.total.count + 1
`

func TestCellsThatMustBeAloneAre(t *testing.T) {
	t.Parallel()
	c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
		return answered(w, a.path == "/total", 200, map[string]any{"count": len(c.notes)})
	})
	suite := []string{counted, strings.Replace(counted, "A new", "Another", 1), createsNote, updatesNote}
	r := desk{provider: notesProvider + "probes: {total: GET /total}\n", contracts: strings.Join(suite, "---\n")}.run(c)
	for _, r := range r {
		require(t, r, "kept")
		if alone := strings.HasSuffix(r.Cell.Contract.Title, "counts"); r.Record.Cell.Alone != alone || len(r.Record.Earlier) > 0 {
			t.Errorf("%s: alone %v, %d earlier attempts", r.Cell, r.Record.Cell.Alone, len(r.Record.Earlier))
		}
		if r.Record.Cell.Alone && len(r.Record.Beside) > 0 {
			t.Errorf("%s: alone, and beside it %v", r.Cell, r.Record.Beside)
		}
	}
}

// atOnce is a context for what must not wait.
func atOnce(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestHoldIsWeighedByAccount(t *testing.T) {
	t.Parallel()
	owned := strings.Replace(updatesNote, "given: note", "given: {note: {make: note, as: owner}}", 1)
	e := desk{contracts: createsNote + "---\n" + owned, targets: strings.Replace(shops, ", ghost: nowhere", "", 1)}.engine(newClerk(t, nil))
	cell := func(account, title string) *Cell {
		for _, cell := range e.Cells() {
			if cell.Account.Name == account && strings.Contains(cell.Contract.Title, title) {
				return cell
			}
		}
		t.Fatalf("there is no cell %s on %s", title, account)
		return nil
	}
	free := func(c *Cell, alone bool) bool {
		release, err := e.hold(atOnce(t), c, alone)
		if err == nil {
			release()
		}
		return err == nil
	}
	release, err := e.hold(t.Context(), cell("root", "kept"), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		cell  *Cell
		alone bool
		want  bool
	}{
		{name: "beside it on its account", cell: cell("root", "kept"), want: false},
		{name: "another account", cell: cell("ada", "kept"), alone: true, want: true},
		{name: "another account that writes with it", cell: cell("ada", "edited"), want: false},
	} {
		if got := free(test.cell, test.alone); got != test.want {
			t.Errorf("%s: free %v", test.name, got)
		}
	}
	release()
	if !free(cell("root", "kept"), true) || !free(cell("ada", "edited"), false) {
		t.Error("it is held after it was released")
	}
}

func TestUnmarkedCreationsTakeTurns(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	open := 0
	c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
		mu.Lock()
		defer mu.Unlock()
		switch a.method {
		case "POST":
			if open++; open > 1 {
				t.Error("two creations without a marker run side by side")
			}
		case "DELETE":
			open--
		}
		return false
	})
	plain := "contract: A plain note is kept\ncall: POST /notes\nbody: {text: plain}\ncreates: note\n"
	for _, r := range (desk{contracts: plain + "---\n" + strings.Replace(plain, "A plain", "Another plain", 1)}).run(c) {
		require(t, r, "kept")
	}
}

func TestNeedsAlone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, expect string
		want         bool
	}{
		{name: "compares a probe with before", expect: "after.total.count == before.total.count + 1", want: true},
		{name: "asks what is", expect: "after.total.count > 0"},
		{name: "compares its own thing", expect: "after.note.stars == before.note.stars"},
	} {
		t.Run(test.name, func(t *testing.T) {
			contract := "contract: It counts\ngiven: note\ncall: PATCH /notes/{note.id}\nbody: {text: \"E ${unique}\"}\neffects:\n  - updates: note\n  - {name: so, expect: \"" + test.expect + "\"}\n"
			e := desk{provider: notesProvider + "probes: {total: GET /total}\n", contracts: contract}.engine(newClerk(t, nil))
			if got := needsAlone(e.Cells()[0]); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAPanicOfOursIsNoVerdict(t *testing.T) {
	t.Parallel()
	c := newClerk(t, nil)
	e := desk{}.engine(c)
	a := e.newAttempt(e.Cells()[0], 1)
	func() {
		defer a.survive()
		panic("at the disco")
	}()
	if v := verdict.Judge(a.record); v.Class != verdict.Inconclusive || v.Kind != verdict.Interrupted || !strings.Contains(reasons(v), "at the disco") {
		t.Errorf("got %s %s", v.Class, reasons(v))
	}
}
