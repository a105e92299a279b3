package engine_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

var (
	lacking  = []any{"reviews:read", "reviews:write", "products:read"}
	complete = []any{"reviews:read", "reviews:write", "products:read", "reviews:publish"}
)

// A gatehouse stands before the sandbox, and counts and answers what sets scopes.
type gatehouse struct {
	*bench
	mu   sync.Mutex
	seen []string // what was sent, in order: set, or act
	// answer takes over the n-th call that sets scopes; false lets it through.
	answer func(n int, w http.ResponseWriter) bool
}

func newGatehouse(t *testing.T) *gatehouse {
	t.Helper()
	g := &gatehouse{bench: newBench(t)}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPut && r.URL.Path == "/me/scopes":
			if n := g.note("set"); g.answer != nil && g.answer(n, w) {
				return
			}
		case strings.HasSuffix(r.URL.Path, "/publish"):
			g.note("act")
		}
		g.hub.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	g.server = front
	return g
}

func (g *gatehouse) note(what string) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen = append(g.seen, what)
	for _, each := range g.seen {
		if each == what {
			n++
		}
	}
	return n
}

// flip runs the incident's contract while shop-oslo may publish.
func (g *gatehouse) flip(t *testing.T, change func(*engine.Options)) ([]*engine.Result, engine.Flipped) {
	t.Helper()
	var e *engine.Engine
	results := g.runWith(t, func(o *engine.Options) {
		o.Accounts, o.Contracts = []string{"shop-oslo"}, []string{"Publishing a review makes it public"}
		o.Only = func(cell *engine.Cell) bool { return cell.Case == nil }
		o.Flip = &engine.Flip{Account: "shop-oslo", Fact: "can", Value: complete}
		if change != nil {
			change(o)
		}
	}, &e)
	return results, e.Flipped()
}

func (g *gatehouse) scopes(t *testing.T) []string {
	t.Helper()
	account, _ := g.hub.Account("shop-oslo")
	slices.Sort(account.Scopes)
	return account.Scopes
}

func (g *gatehouse) requireAsBefore(t *testing.T) {
	t.Helper()
	if got := g.scopes(t); slices.Contains(got, reviewhub.PublishReviews) || len(got) != len(lacking) {
		t.Errorf("shop-oslo may %v now", got)
	}
}

// A fact is set once before the act, seen, and put back once after it.
func TestFlip(t *testing.T) {
	t.Parallel()
	g := newGatehouse(t)
	results, f := g.flip(t, nil)
	if results[0].Verdict.Class != verdict.Kept || !f.Set || !f.Back || f.Why != "" {
		t.Errorf("%s\n%+v", describe(results[0]), f)
	}
	if want := []string{"set", "act", "set"}; !slices.Equal(g.seen, want) {
		t.Errorf("the server saw %v, want %v", g.seen, want)
	}
	g.requireAsBefore(t)
	without := g.run(t, func(o *engine.Options) {
		o.Accounts, o.Contracts = []string{"shop-oslo"}, []string{"Publishing a review makes it public"}
		o.Only = func(cell *engine.Cell) bool { return cell.Case == nil }
	})
	p := engine.Prove(without[0], results[0], without[0], f)
	if want := `proved: once account.can has "reviews:publish" it is kept, and without that it is lied to again`; p.Outcome != engine.Proved || p.Text() != want {
		t.Errorf("%s, want %s", p.Text(), want)
	}
}

// Where the fact cannot be set no act is sent, and nothing stays changed.
func TestFlipThatIsNotGranted(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		answer func(n int, w http.ResponseWriter) bool
		sets   int
		why    string
	}{
		{"refused", func(_ int, w http.ResponseWriter) bool { w.WriteHeader(403); return true }, 1, "answered 403"},
		{"said and not done", func(_ int, w http.ResponseWriter) bool { w.WriteHeader(200); return true }, 2, "account.read does not show it"},
		{"broken", func(_ int, w http.ResponseWriter) bool { w.WriteHeader(500); return true }, 2, "answered 500"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			g := newGatehouse(t)
			g.answer = row.answer
			results, f := g.flip(t, nil)
			if results[0].Verdict.Kind != verdict.SetupFailed || f.Set || !strings.Contains(f.Why, row.why) {
				t.Errorf("%s\n%+v", describe(results[0]), f)
			}
			if slices.Contains(g.seen, "act") || len(g.seen) != row.sets {
				t.Errorf("the server saw %v", g.seen)
			}
			g.requireAsBefore(t)
		})
	}
}

// What somebody else has set meanwhile is left to them, and said.
func TestFlipLeavesWhatSomebodyElseHasSet(t *testing.T) {
	t.Parallel()
	g := newGatehouse(t)
	_, f := g.flip(t, func(o *engine.Options) {
		o.Ended = func(*engine.Result) {
			if err := g.hub.Revoke("shop-oslo", reviewhub.WriteReviews); err != nil {
				t.Error(err)
			}
		}
	})
	if f.Back || !strings.Contains(f.Why, "somebody else has set it") || !strings.Contains(f.Hint, "PUT /me/scopes") {
		t.Errorf("%+v", f)
	}
	if got := g.scopes(t); len(got) != 3 || !slices.Contains(got, reviewhub.PublishReviews) {
		t.Errorf("shop-oslo may %v", got)
	}
}

// A flip needs the target's word, and the suite's.
func TestFlipIsRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(*engine.Options)
		want   string
	}{
		{"by the target", func(o *engine.Options) { target := *o.Target; target.Flip = false; o.Target = &target }, "say `flip: allowed`"},
		{"read-only", func(o *engine.Options) { o.ReadOnly = true }, "--read-only leaves nothing to run"},
		{"no words", func(o *engine.Options) { o.Flip.Fact = "plan" }, `account has no set for "plan"`},
		{"no account", func(o *engine.Options) { o.Flip.Account = "shop-bergen" }, `no account "shop-bergen"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			o := b.options()
			o.Flip = &engine.Flip{Account: "shop-oslo", Fact: "can", Value: complete}
			row.change(&o)
			if _, err := engine.New(o); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %s", err, row.want)
			}
		})
	}
}

// After a kill at any step a sweep leaves the fact as it was, and sends no more than it takes.
func TestSweepPutsAFactBack(t *testing.T) {
	t.Parallel()
	intent := journal.Intent{
		ID: "7f3a flip", Cell: "7f3a/flip", Account: "shop-oslo", Tested: "shop-oslo", Phase: journal.CleanUp, Call: "PUT /me/scopes", At: time.Now().Add(-time.Hour),
		Request: &journal.Request{
			Method: "PUT", Address: "/me/scopes", Headers: map[string]string{"Content-Type": "application/json"},
			Body: []byte(`{"scopes":["reviews:read","reviews:write","products:read"]}`), Fact: "can",
			Was:  map[string]string{"can": `["reviews:read","reviews:write","products:read"]`},
			Sent: map[string]string{"can": `["reviews:read","reviews:write","products:read","reviews:publish"]`},
		},
	}
	begun := journal.Deleting{ID: intent.ID}
	for _, row := range []struct {
		name    string
		now     []string // granted or revoked since
		records []journal.Record
		sets    int
		how     journal.How // "" for left
	}{
		{"it was never set", nil, []journal.Record{intent}, 0, journal.AsBefore},
		{"it is set", []string{reviewhub.PublishReviews}, []journal.Record{intent}, 1, journal.OwnCleanUp},
		{"it was just being put back", []string{reviewhub.PublishReviews}, []journal.Record{intent, begun}, 1, journal.OwnCleanUp},
		{"it was put back", nil, []journal.Record{intent, begun}, 0, journal.AsBefore},
		{"somebody has set it since", []string{"-" + reviewhub.ReadProducts}, []journal.Record{intent}, 0, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			g := newGatehouse(t)
			for _, scope := range row.now {
				change := g.hub.Grant
				if rest, revoked := strings.CutPrefix(scope, "-"); revoked {
					change, scope = g.hub.Revoke, rest
				}
				if err := change("shop-oslo", scope); err != nil {
					t.Fatal(err)
				}
			}
			before := g.scopes(t)
			removed, left := g.sweep(t, row.records)
			switch {
			case row.how == "" && (len(removed) > 0 || len(left) != 1 || !slices.Equal(before, g.scopes(t))):
				t.Errorf("removed %+v, left %+v, may %v", removed, left, g.scopes(t))
			case row.how != "" && (len(removed) != 1 || removed[0].How != row.how || len(left) > 0):
				t.Errorf("removed %+v, left %+v, want it %s", removed, left, row.how)
			case row.how != "":
				g.requireAsBefore(t)
			}
			if len(g.seen) != row.sets {
				t.Errorf("the server saw %v, want %d", g.seen, row.sets)
			}
		})
	}
}
