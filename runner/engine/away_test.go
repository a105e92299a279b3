package engine_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// What was removed before the act is spoken of by each of these.
const awaySuite = `
-- a.contract.yaml --
contract: Deleting what is gone says so
given: {review: {make: review, removed: true}}
call: DELETE /reviews/{review.id}
status: [404, 410]
---
contract: Editing what is gone says so
given: {review: {make: review, removed: true}}
call: PATCH /reviews/{review.id}
body: {title: "Late ${unique}"}
status: 4xx
---
contract: Publishing what is gone says so
given: {review: {make: review, removed: true}}
call: POST /reviews/{review.id}/published
status: refused
`

// vainly answers writes to what is not there.
func vainly(answer func(w http.ResponseWriter, r *http.Request)) func(*shop) {
	return func(s *shop) {
		serve := func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			there := s.find("reviews", r.PathValue("id")) != nil
			s.mu.Unlock()
			if there {
				s.plain(w, r)
				return
			}
			answer(w, r)
		}
		for _, pattern := range []string{"DELETE /reviews/{id}", "PATCH /reviews/{id}", "POST /reviews/{id}/published", "PUT /reviews/{id}"} {
			s.HandleFunc(pattern, serve)
		}
	}
}

func says(status int, body any) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) { reply(w, status, body) }
}

var aways = []struct {
	name, suite string
	serve       func(*shop)
	want        string
}{
	{"done, it says", awaySuite, vainly(says(200, map[string]any{"ok": "yes"})), "lied vacuous-success"},
	{"done, it says, without a word", awaySuite, vainly(says(204, nil)), "lied vacuous-success"},
	{"not found", awaySuite, func(*shop) {}, "kept "},
	{"gone", awaySuite, vainly(says(410, nil)), "kept "},
	{"accepted, which promises nothing", awaySuite, vainly(says(202, nil)), "broken wrong-status"},
	{"in so many words", awaySuite, vainly(says(200, map[string]any{"ok": false})), "broken wrong-status"},
	{"a documented idempotent success", `
-- a.contract.yaml --
contract: Deleting twice is no error
given: {review: {make: review, removed: true}}
call: DELETE /reviews/{review.id}
status: done
`, vainly(says(204, nil)), "kept "},
	{"forbidden, as for whatever never was", awaySuite, func(s *shop) {
		vainly(says(403, nil))(s)
		s.HandleFunc("GET /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			there := s.find("reviews", r.PathValue("id")) != nil
			s.mu.Unlock()
			if !there {
				reply(w, 403, nil)
				return
			}
			s.plain(w, r)
		})
	}, "kept where 403 will do"},
}

func TestWhatIsNotThereIsNotDone(t *testing.T) {
	t.Parallel()
	for _, row := range aways {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			row.serve(s)
			m := say(t, s, row.suite)
			for _, r := range m.results {
				got := fmt.Sprintf("%s %s", r.Verdict.Class, r.Verdict.Kind)
				want := row.want
				if r.Cell.Contract.Status.Codes != nil && row.want == "kept where 403 will do" {
					want = "broken wrong-status"
				}
				if got != strings.Replace(want, "where 403 will do", "", 1) {
					t.Errorf("want %s: %s", want, describe(r))
				}
				if len(r.Left) > 0 {
					t.Errorf("left behind by %s: %+v", r.Cell, r.Left)
				}
			}
			if s.things() > 0 {
				t.Errorf("%d things left on the server", s.things())
			}
		})
	}
}

// A PUT that makes what it does not find is not vacuous, and what it made is removed.
func TestAPutThatMakesAgainWhatIsGoneIsNoLie(t *testing.T) {
	t.Parallel()
	s := newShop()
	vainly(func(w http.ResponseWriter, r *http.Request) {
		body := asked(r)
		s.mu.Lock()
		body["id"] = r.PathValue("id")
		s.kinds["reviews"] = append(s.kinds["reviews"], body)
		s.mu.Unlock()
		reply(w, 201, body)
	})(s)
	m := say(t, s, `
-- a.contract.yaml --
contract: Putting what is gone says so
given: {review: {make: review, removed: true}}
call: PUT /reviews/{review.id}
body: {title: "Again ${unique}", stars: 2}
status: 404
`)
	m.requireVerdicts(t, accused{"ada: Putting what is gone says so": "broken wrong-status", "bob: Putting what is gone says so": "broken wrong-status"})
	if s.things() > 0 {
		t.Errorf("%d things left on the server", s.things())
	}
}

// The write path lags: the second deletion still found something, and said so.
func TestASecondDeletionThatFoundSomethingIsNotAccused(t *testing.T) {
	t.Parallel()
	s := newShop()
	var gone atomic.Int64
	s.HandleFunc("DELETE /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		there := s.find("reviews", r.PathValue("id")) != nil
		s.mu.Unlock()
		if there {
			gone.Store(time.Now().UnixMilli())
			s.plain(w, r)
			return
		}
		if time.Now().UnixMilli() < gone.Load()+300 {
			reply(w, 204, nil)
			return
		}
		reply(w, 404, nil)
	})
	one := func(o *engine.Options) { o.Accounts = []string{"ada"} }
	say(t, s, awaySuite[:strings.Index(awaySuite, "---")], one).requireVerdicts(t, accused{})
}

// That a 404 hides what exists from others is written down, and accuses nobody.
func TestHiddenExistenceIsBehaviour(t *testing.T) {
	t.Parallel()
	s := newShop()
	s.HandleFunc("DELETE /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		thing := s.find("reviews", r.PathValue("id"))
		s.mu.Unlock()
		if thing != nil && thing["owner"] != bearer(r) {
			reply(w, 404, nil)
			return
		}
		s.plain(w, r)
	})
	m := say(t, s, `
-- a.contract.yaml --
contract: Only the author deletes
given: review
call: DELETE /reviews/{review.id}
deletes: review
cases:
  somebody else: {as: other, status: [403, 404]}
`)
	m.requireVerdicts(t, nil)
	for _, r := range m.results {
		masked := len(r.Verdict.Behaviour) == 1 && r.Verdict.Behaviour[0].Kind == "existence-masking"
		if (r.Cell.Case != nil) != masked {
			t.Errorf("%s: %+v", r.Cell, r.Verdict.Behaviour)
		}
	}
}
