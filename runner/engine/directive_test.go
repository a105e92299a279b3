package engine_test

import (
	"fmt"
	"maps"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// A directive is two calls that must differ.
const filtered = `
-- a.contract.yaml --
contract: The list can be filtered
given: review
call: GET /reviews
query: {stars: 4}
finds: review
cases:
  other stars: {query: {stars: 1}, effect: none}
`

const dryRun = `
-- a.contract.yaml --
contract: A dry run makes nothing
call: POST /reviews
body: {title: "A ${unique}", stars: 3}
creates: review
cases:
  dry run: {query: {dry_run: "true"}, effect: none}
`

const stale = `
-- a.contract.yaml --
contract: A stale edit is refused
given: review
call: PATCH /reviews/{review.id}
body: {title: "B ${unique}"}
updates: review
cases:
  stale: {headers: {if-match: '"never"'}, status: 412}
`

// bySome answers a list with those of its things that are shown.
func bySome(s *shop, w http.ResponseWriter, shown func(map[string]any) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items := []any{}
	for _, thing := range s.kinds["reviews"] {
		if shown(thing) {
			items = append(items, maps.Clone(thing))
		}
	}
	reply(w, 200, map[string]any{"items": items})
}

// rated tells whether a thing has the stars that a list is asked for.
func rated(r *http.Request, thing map[string]any) bool {
	stars := r.URL.Query().Get("stars")
	return stars == "" || fmt.Sprint(thing["stars"]) == stars
}

func filtering(s *shop) {
	s.HandleFunc("GET /reviews", func(w http.ResponseWriter, r *http.Request) {
		bySome(s, w, func(thing map[string]any) bool { return rated(r, thing) })
	})
}

// dryly answers a dry run; all else is as in the plain shop.
func dryly(answer func(w http.ResponseWriter, r *http.Request)) func(*shop) {
	return func(s *shop) {
		s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("dry_run") != "" {
				answer(w, r)
				return
			}
			s.plain(w, r)
		})
	}
}

// matching answers a conditional edit.
func matching(answer func(s *shop, w http.ResponseWriter, r *http.Request)) func(*shop) {
	return func(s *shop) {
		s.HandleFunc("PATCH /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-Match") != "" {
				answer(s, w, r)
				return
			}
			s.plain(w, r)
		})
	}
}

var directives = []struct {
	name, suite string
	serve       func(*shop)
	want        string // of the case; "" for kept
}{
	{"a filter that is ignored", filtered, func(s *shop) {}, "lied ignored-directive"},
	{"a dry run that is none", dryRun, func(s *shop) {}, "lied ignored-directive"},
	{"a dry run that is none, and answers nothing", dryRun, func(s *shop) {
		s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("dry_run") == "" {
				s.plain(w, r)
				return
			}
			s.plain(&mute{ResponseWriter: w}, r)
		})
	}, "lied ignored-directive"},
	{"a precondition that is ignored", stale, func(s *shop) {}, "lied ignored-directive"},
	{"a stale edit that is done and refused", stale, matching(func(s *shop, w http.ResponseWriter, r *http.Request) {
		s.plain(&mute{ResponseWriter: w, status: 412}, r)
	}), "lied phantom-write"},
	{"a stale edit that is refused with another status", stale, matching(func(s *shop, w http.ResponseWriter, r *http.Request) { reply(w, 409, nil) }), "broken wrong-status"},
	{"a filter before which the list is blind", filtered, func(s *shop) {
		s.HandleFunc("GET /reviews", func(w http.ResponseWriter, r *http.Request) { bySome(s, w, func(map[string]any) bool { return false }) })
	}, "inconclusive blind-probe"},

	{"a filter", filtered, filtering, ""},
	{"a filter over a list that shows late", filtered, func(s *shop) {
		s.HandleFunc("GET /reviews", func(w http.ResponseWriter, r *http.Request) {
			bySome(s, w, func(thing map[string]any) bool {
				if thing["seen_at"] == nil {
					thing["seen_at"] = time.Now().UnixMilli()
				}
				return time.Now().UnixMilli() > thing["seen_at"].(int64)+200 && rated(r, thing)
			})
		})
	}, ""},
	{"a filter whose index now and then lags", filtered, func(s *shop) {
		var asked atomic.Int64
		s.HandleFunc("GET /reviews", func(w http.ResponseWriter, r *http.Request) {
			lags := r.URL.Query().Get("stars") == "1" && asked.Add(1) <= 3
			bySome(s, w, func(thing map[string]any) bool { return lags || rated(r, thing) })
		})
	}, ""},
	{"a filter that is busy at first", filtered, func(s *shop) {
		var asked atomic.Int64
		s.HandleFunc("GET /reviews", func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1)%3 == 1 {
				reply(w, 503, nil)
				return
			}
			bySome(s, w, func(thing map[string]any) bool { return rated(r, thing) })
		})
	}, ""},
	{"a dry run", dryRun, dryly(func(w http.ResponseWriter, r *http.Request) { reply(w, 200, asked(r)) }), ""},
	{"a dry run that names what it would make", dryRun, dryly(func(w http.ResponseWriter, r *http.Request) {
		would := asked(r)
		would["id"] = "would-be"
		reply(w, 200, would)
	}), ""},
	{"a dry run that names what it would make, where 403 is for all that is not there", dryRun, func(s *shop) {
		dryly(func(w http.ResponseWriter, r *http.Request) {
			would := asked(r)
			would["id"] = 4711
			reply(w, 200, would)
		})(s)
		s.HandleFunc("GET /reviews/4711", func(w http.ResponseWriter, r *http.Request) { reply(w, 403, nil) })
	}, ""},
	{"a dry run without a body", dryRun, dryly(func(w http.ResponseWriter, r *http.Request) { reply(w, 204, nil) }), ""},
	{"a dry run that is accepted", dryRun, dryly(func(w http.ResponseWriter, r *http.Request) { reply(w, 202, nil) }), ""},
	{"a stale edit that is refused", stale, matching(func(s *shop, w http.ResponseWriter, r *http.Request) { reply(w, 412, nil) }), ""},
	{"a stale edit that is refused with the thing as it is", stale, matching(func(s *shop, w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		w.Header().Set("ETag", `"now"`)
		reply(w, 412, maps.Clone(s.find("reviews", r.PathValue("id"))))
	}), ""},
}

// mute keeps the status of a reply, or replaces it, and its body to itself.
type mute struct {
	http.ResponseWriter
	status int
}

func (m *mute) WriteHeader(status int) {
	if m.status != 0 {
		status = m.status
	}
	m.ResponseWriter.WriteHeader(status)
}

func (m *mute) Write(p []byte) (int, error) { return len(p), nil }

func TestADirectiveIsHeededOrNamed(t *testing.T) {
	t.Parallel()
	for _, row := range directives {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			row.serve(s)
			m := say(t, s, row.suite)
			for _, r := range m.results {
				want := "kept "
				if r.Cell.Case != nil && row.want != "" {
					want = row.want
				} else if row.want == "inconclusive blind-probe" {
					continue // the base says itself that the list is blind
				}
				if got := fmt.Sprintf("%s %s", r.Verdict.Class, r.Verdict.Kind); got != want {
					t.Errorf("want %s: %s", want, describe(r))
				}
				if len(r.Left) > 0 {
					t.Errorf("left behind by %s: %+v", r.Cell, r.Left)
				}
			}
			if left := s.things(); left > 0 {
				t.Errorf("%d things left on the server", left)
			}
		})
	}
}
