package engine

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// pages answers GET /notes with pages of two, in the way of its name.
func pages(way string, total int) func(*clerk, http.ResponseWriter, asking) bool {
	return func(c *clerk, w http.ResponseWriter, a asking) bool {
		if a.path != "/notes" {
			return false
		}
		from := 0
		for _, part := range strings.Split(a.query, "&") {
			_, _ = fmt.Sscanf(part, "from=%d", &from)
		}
		_, _ = fmt.Sscanf(a.body, `{"from":%d`, &from)
		items := []any{}
		for i := from; i < min(from+2, total); i++ {
			items = append(items, map[string]any{"id": fmt.Sprint("k", i)})
		}
		body := map[string]any{"items": items}
		if next := from + 2; next < total {
			body["next"], body["map"] = fmt.Sprintf("/notes?from=%d", next), map[string]any{"from": next}
			if way == "link" {
				w.Header().Set("Link", fmt.Sprintf(`<%s/notes?fields=id,text&from=%d>; title="a, b"; rel="next", </notes>; rel="first"`, c.url, next))
			}
		}
		write(w, 200, body)
		return true
	}
}

// walked reads the clerk's list once, as ada sees it.
func walked(t *testing.T, e *Engine) *fetched {
	t.Helper()
	r := e.o.Suite.Provider.Resource("note")
	request, err := e.request(r.List, scope{vars: e.baseVars(e.eyes["ada"], nil), me: e.eyes["ada"]})
	if err != nil {
		t.Fatal(err)
	}
	f, err := e.fetch(e.sharing.get, t.Context(), e.eyes["ada"], r.List, request, listPager(r), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// listed writes a provider whose notes are listed by the given call.
func listedBy(list string) string {
	return strings.Replace(notesProvider, "{call: GET /notes, items: response.body.items}", list, 1)
}

func TestWalkGivesUpListsThatDoNotEnd(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, next string
		want       int // requests
	}{
		{name: "the same address again", next: "/notes", want: 1},
		{name: "in a circle", next: "/notes?from=2", want: 2},
		{name: "always another", next: "", want: mostPages},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := 0
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
				next := test.next
				if next == "" {
					n++
					next = fmt.Sprintf("/notes?from=%d", n)
				}
				write(w, 200, map[string]any{"items": []any{map[string]any{"id": a.query}}, "next": next})
				return true
			})
			f := walked(t, desk{provider: listedBy("{call: GET /notes, items: response.body.items, next: response.body.next}")}.engine(c))
			if !strings.Contains(f.list.why, "does not end") {
				t.Errorf("why %q, complete %v", f.list.why, f.list.complete)
			}
			if got := c.count("GET"); got != test.want {
				t.Errorf("%d requests, want %d", got, test.want)
			}
		})
	}
}

func TestWalkKnowsNothingWhereAPageFails(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 404, 429, 500} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
				if a.query != "" {
					write(w, status, nil)
					return true
				}
				write(w, 200, map[string]any{"items": []any{map[string]any{"id": "k"}}, "next": "/notes?from=2"})
				return true
			})
			f := walked(t, desk{provider: listedBy("{call: GET /notes, items: response.body.items, next: response.body.next}")}.engine(c))
			if f.list.why == "" || f.list.status != status || len(f.list.items) > 0 {
				t.Errorf("why %q, status %d, %d items", f.list.why, f.list.status, len(f.list.items))
			}
		})
	}
}

func TestWalkDuringADeletionOfOursIsNotComplete(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		total    int
		who      string
		deletion bool
		gone     []string
		want     bool
	}{
		{name: "ours, on two pages", total: 4, who: "ada", deletion: true, want: false},
		{name: "another account's of ours", total: 4, who: "bo", deletion: true, want: false},
		{name: "nobody's of ours", total: 4, who: "nobody", deletion: true, want: false},
		{name: "on one page", total: 2, who: "ada", deletion: true, want: true},
		{name: "of what stood on an earlier page", total: 4, who: "bo", deletion: true, gone: []string{"k0"}, want: false},
		{name: "of what stands on the last page", total: 4, who: "ada", deletion: true, gone: []string{"k3"}, want: true},
		{name: "of what is on none", total: 4, who: "bo", deletion: true, gone: []string{"k9"}, want: true},
		{name: "something made", total: 4, who: "ada", deletion: false, want: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var e *Engine
			turn := pages("", test.total)
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				who := e.eyes[test.who]
				if who == nil {
					who = e.nobody
				}
				who.begin(&deed{deletion: test.deletion, gone: test.gone})()
				return turn(c, w, a)
			})
			e = desk{provider: listedBy("{call: GET /notes, items: response.body.items, next: response.body.next}")}.engine(c)
			if f := walked(t, e); f.list.complete != test.want {
				t.Errorf("complete %v, want %v", f.list.complete, test.want)
			}
		})
	}
}

func TestAddTellsItemsApart(t *testing.T) {
	t.Parallel()
	note := func(key string) any {
		if key == "" {
			return map[string]any{"text": "no key"}
		}
		return map[string]any{"id": key}
	}
	for _, test := range []struct {
		name     string
		pages    [][]string
		items    int
		complete bool
	}{
		{name: "all different", pages: [][]string{{"a", "b"}, {"c"}}, items: 3, complete: true},
		{name: "one key twice on a page is twice", pages: [][]string{{"a", "a"}}, items: 2, complete: true},
		{name: "one key on two pages is drift", pages: [][]string{{"a", "b"}, {"b", "c"}}, items: 3, complete: false},
		{name: "without keys", pages: [][]string{{"", ""}, {"", ""}, {""}}, items: 5, complete: true},
		{name: "some without", pages: [][]string{{"a", ""}, {"", "b"}}, items: 4, complete: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := &listing{at: map[string]int{}, complete: true}
			for _, page := range test.pages {
				var items []any
				for _, key := range page {
					items = append(items, note(key))
				}
				l.add(items, []string{"id"})
			}
			if len(l.items) != test.items || l.complete != test.complete {
				t.Errorf("%d items, complete %v; want %d, %v", len(l.items), l.complete, test.items, test.complete)
			}
		})
	}
}

func TestFetchSharesRequests(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	slow := newClerk(t, func(c *clerk, _ http.ResponseWriter, _ asking) bool {
		c.mu.Unlock() // others may come in meanwhile
		<-gate
		c.mu.Lock()
		return false
	})
	e := desk{}.engine(slow)
	r := e.o.Suite.Provider.Resource("note")
	since := time.Now()
	var wait sync.WaitGroup
	for range 20 {
		request, err := e.request(r.List, scope{vars: e.baseVars(e.eyes["ada"], nil), me: e.eyes["ada"]})
		if err != nil {
			t.Fatal(err)
		}
		wait.Go(func() {
			if _, err := e.fetch(e.sharing.get, t.Context(), e.eyes["ada"], r.List, request, listPager(r), since); err != nil {
				t.Error(err)
			}
		})
	}
	for e.requests.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond)
	close(gate)
	wait.Wait()
	if got := slow.count("GET"); got != 1 {
		t.Errorf("%d requests for twenty who looked at the same time, want 1", got)
	}
}

func TestFetchDoesNotShareWhatIsReadDifferently(t *testing.T) {
	t.Parallel()
	c := newClerk(t, func(_ *clerk, w http.ResponseWriter, _ asking) bool {
		write(w, 200, map[string]any{"open": []any{map[string]any{"id": "1"}}, "done": []any{map[string]any{"id": "2"}, map[string]any{"id": "3"}}})
		return true
	})
	e := desk{provider: `polygraph: 1
provider: notes
auth: bearer
resources:
  note:
    list: {call: GET /notes, items: response.body.open}
  done:
    list: {call: GET /notes, items: response.body.done}
`, contracts: "contract: Notes are listed\ncall: GET /notes\nstatus: 200\n"}.engine(c)
	me := e.eyes["ada"]
	since := time.Now()
	var wait sync.WaitGroup
	for name, want := range map[string]int{"note": 1, "done": 2} {
		r := e.o.Suite.Provider.Resource(name)
		request, err := e.request(r.List, scope{vars: e.baseVars(me, nil), me: me})
		if err != nil {
			t.Fatal(err)
		}
		wait.Go(func() {
			f, err := e.fetch(e.sharing.get, t.Context(), me, r.List, request, listPager(r), since)
			if err != nil || len(f.list.items) != want {
				t.Errorf("%s: %d items, want %d (%v)", name, len(f.list.items), want, err)
			}
		})
	}
	wait.Wait()
}
