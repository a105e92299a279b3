package engine

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// keepsTwice is a contract whose act makes a second note when it is sent again.
const keepsTwice = createsNote + `again:
  once more: {effect: again}
`

// replaying answers posts under a key that it knows with what it made for it.
func replaying() func(*clerk, http.ResponseWriter, asking) bool {
	known := map[string]map[string]any{}
	return func(c *clerk, w http.ResponseWriter, a asking) bool {
		key := a.header.Get("Idempotency-Key")
		if a.method != "POST" || key == "" {
			return false
		}
		if known[key] == nil {
			known[key] = c.put(map[string]any{"text": a.sent("text")})
		}
		write(w, 201, known[key])
		return true
	}
}

// TestBudgetOfASecondAct keeps both acts and both removals back before the first is
// sent: a cell for which there is too little sends nothing.
func TestBudgetOfASecondAct(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ writes, base, again int }{
		{3, 1, 0}, {4, 0, 1}, {6, 1, 1},
	} {
		t.Run(fmt.Sprint(test.writes), func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, nil)
			targets := strings.Replace(twoAccounts, "    accounts", fmt.Sprintf("    limits: {writes_per_run: %d}\n    accounts", test.writes), 1)
			d := desk{contracts: keepsTwice, targets: targets, change: func(o *Options) { o.Accounts = []string{"ada"} }}
			e := d.engine(c)
			cells := e.Cells()
			if test.base == 0 {
				cells = cells[1:]
			}
			e.Start(cells...)
			base, again := 0, 0
			for _, cell := range cells {
				r, err := e.Await(t.Context(), cell)
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case r.Verdict.Class != "kept" && len(r.Exchanges) > 0:
					t.Errorf("a cell that does not fit has sent %d requests: %s", len(r.Exchanges), reasons(r.Verdict))
				case r.Verdict.Class != "kept" && !strings.Contains(reasons(r.Verdict), "this needs 4, its clean-up included"):
					t.Error(reasons(r.Verdict))
				case r.Verdict.Class == "kept" && cell.Again != nil:
					again++
				case r.Verdict.Class == "kept":
					base++
				}
				if len(r.Left) > 0 {
					t.Errorf("left %+v", r.Left)
				}
			}
			writes := c.count("POST") + c.count("DELETE")
			if base != test.base || again != test.again || writes != 2*base+4*again || c.left() > 0 {
				t.Errorf("kept %d and %d, want %d and %d; %d writes, %d notes left", base, again, test.base, test.again, writes, c.left())
			}
		})
	}
}

// TestOwnCleanUpOfASecondAct sends those of the contract's own calls once more that name
// what the act makes, and the others once.
func TestOwnCleanUpOfASecondAct(t *testing.T) {
	t.Parallel()
	const own = "cleanup: [\"DELETE /notes/{note.id}\", PATCH /notes/n1]\n"
	for _, test := range []struct {
		name, contract, want string
		instead              func() func(*clerk, http.ResponseWriter, asking) bool
		made                 int // by the cell of again
	}{
		{"made again", keepsTwice + own, "kept", nil, 2},
		{"not made again", strings.Replace(createsNote, "body:", "headers: {idempotency-key: \"${uuid}\"}\nbody:", 1) + "again: {same: {reply: same}}\n" + own, "kept", replaying, 1},
		{"made again, and should not", createsNote + "again: {same: {effect: none}}\n" + own, "lied duplicated-write", nil, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var instead func(*clerk, http.ResponseWriter, asking) bool
			if test.instead != nil {
				instead = test.instead()
			}
			c := newClerk(t, instead)
			c.put(map[string]any{"text": "somebody's"})
			d := desk{contracts: test.contract, change: func(o *Options) { o.Accounts = []string{"ada"} }}
			e := d.engine(c)
			e.Start(e.Cells()[1])
			r, err := e.Await(t.Context(), e.Cells()[1])
			if err != nil {
				t.Fatal(err)
			}
			attempts := r.Record.Cell.Attempt // a lie may need a second, and each cleans up
			if requireVerdict(t, r, test.want); len(r.Left) > 0 {
				t.Errorf("left %+v", r.Left)
			}
			if deletes, patches := c.count("DELETE"), c.count("PATCH /notes/n1"); deletes != test.made*attempts || patches != attempts || c.left() != 1 {
				t.Errorf("%d deletions, %d patches in %d attempts, and %d notes; want %d deletions of each", deletes, patches, attempts, c.left(), test.made)
			}
		})
	}
}

// TestSweepOfASecondAct crashes around a second act: a sweep removes what either of them
// made, once, and nothing else.
func TestSweepOfASecondAct(t *testing.T) {
	t.Parallel()
	withKey := strings.Replace(createsNote, "body:", "headers: {idempotency-key: \"${uuid}\"}\nbody:", 1)
	const own = "cleanup: DELETE /notes/{note.id}\n"
	for _, test := range []struct {
		name, contract string
		instead        func() func(*clerk, http.ResponseWriter, asking) bool
	}{
		{"again", keepsTwice, nil},
		{"again, with its own clean-up", keepsTwice + own, nil},
		{"again, with another text", createsNote + "again: {more: {body: {text: \"More ${unique}\"}, effect: again}}\n", nil},
		{"replayed", withKey + "again: {same: {reply: same}}\n", replaying},
		{"a second, and should not be", createsNote + "again: {same: {effect: none}}\n", nil},
	} {
		for _, moment := range []string{"after the first", "in the second", "before the clean-up"} {
			t.Run(test.name+"/"+moment, func(t *testing.T) {
				t.Parallel()
				reached, once, posts := make(chan struct{}), sync.Once{}, 0
				var answer func(*clerk, http.ResponseWriter, asking) bool
				if test.instead != nil {
					answer = test.instead()
				}
				c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
					switch {
					case a.method == "POST":
						posts++
					case a.method == "GET" && posts == 1 && moment == "after the first":
						once.Do(func() { close(reached) })
					case a.method == "DELETE" && !isClosed(reached):
						once.Do(func() { close(reached) })
						cut(w) // it is not done
						return true
					}
					if a.method == "POST" && posts == 2 && moment == "in the second" {
						defer once.Do(func() { close(reached) })
						c.answer(discard{}, a) // it is done, and nobody hears of it
						cut(w)
						return true
					}
					return answer != nil && answer(c, w, a)
				})
				c.put(map[string]any{"text": "somebody's"})
				d := desk{contracts: test.contract}
				j := crash(t, d, c, reached, 1)
				if c.left() < 2 {
					t.Error("the crash left nothing to sweep")
				}
				removed, left := d.sweepUp(t, c, j)
				if len(left) > 0 || c.left() != 1 {
					t.Errorf("removed %+v, left %+v, %d notes are there", removed, left, c.left())
				}
				deleted := map[string]int{}
				for _, a := range c.heard("DELETE") {
					if deleted[a.path]++; deleted[a.path] > 2 || a.path == "/notes/n1" {
						t.Errorf("%s was deleted %d times", a.path, deleted[a.path])
					}
				}
				if posts := c.count("POST"); posts > 2 {
					t.Errorf("%d posts", posts)
				}
			})
		}
	}
}

func isClosed(channel <-chan struct{}) bool {
	select {
	case <-channel:
		return true
	default:
		return false
	}
}

// discard is where a reply goes that nobody gets.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
