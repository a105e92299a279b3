package engine_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

const besideNeighbour = `
-- a.contract.yaml --
contract: Editing edits
given:
  review: {make: review}
  neighbour: {make: review}
call: PATCH /reviews/{review.id}
body: {title: "New ${unique}"}
updates: review
keeps: [neighbour]
`

const besideNobody = `
-- a.contract.yaml --
contract: Editing edits
given: review
call: PATCH /reviews/{review.id}
body: {title: "New ${unique}"}
updates: review
`

const underParent = `
-- provider.yaml --
polygraph: 1
provider: shop
auth: bearer
resources:
  review:
    make: {call: POST /projects/7/reviews, body: {title: "Made ${unique}"}}
    read: GET /reviews/{key}
    list: {call: GET /reviews, query: {project: 7}}
    delete: DELETE /reviews/{key}
probes:
  of_another: {call: GET /reviews, query: {project: 8}, items: response.body.items}
defaults: {within: 500ms}
-- a.contract.yaml --
contract: An issue of seven is one of seven
call: POST /projects/7/reviews
body: {title: "New ${unique}"}
effects:
  - creates: review
  - hides: review
    in: [of_another]
`

// edits answers an edit; all else is as in the plain shop.
func edits(answer func(s *shop, thing, other map[string]any, body map[string]any)) func(*shop) {
	return func(s *shop) {
		s.HandleFunc("PATCH /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			thing, body := s.find("reviews", r.PathValue("id")), asked(r)
			var other map[string]any
			for _, any := range s.kinds["reviews"] {
				if any["id"] != thing["id"] && any["owner"] == thing["owner"] {
					other = any
				}
			}
			said := maps.Clone(thing)
			maps.Copy(said, body)
			answer(s, thing, other, body)
			reply(w, 200, said)
		})
	}
}

// parents puts what is made for project 7 under a project, and lists by project.
func parents(under string) func(*shop) {
	return func(s *shop) {
		s.kinds["reviews"] = []map[string]any{{"id": 1, "title": "of seven", "project": "7"}, {"id": 2, "title": "of eight", "project": "8"}}
		s.HandleFunc("POST /projects/7/reviews", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.next++
			thing := map[string]any{"id": s.next, "title": asked(r)["title"], "project": under}
			s.kinds["reviews"] = append(s.kinds["reviews"], thing)
			reply(w, 201, map[string]any{"id": s.next})
		})
		s.HandleFunc("GET /reviews", func(w http.ResponseWriter, r *http.Request) {
			bySome(s, w, func(thing map[string]any) bool { return thing["project"] == r.URL.Query().Get("project") })
		})
	}
}

// logged adds an item that quotes what was written.
func logged(s *shop, body map[string]any) {
	s.next++
	s.kinds["reviews"] = append(s.kinds["reviews"], map[string]any{"id": s.next, "title": fmt.Sprintf("somebody wrote %q", body["title"]), "owner": "log"})
}

var strayed = []struct {
	name, suite string
	serve       func(*shop)
	want        string
}{
	{"an edit that hits the neighbour", besideNeighbour, edits(func(s *shop, thing, other, body map[string]any) { maps.Copy(other, body) }), "lied misdirected-write"},
	{"an edit that hits what nobody watches", besideNobody, edits(func(s *shop, thing, other, body map[string]any) { maps.Copy(other, body) }), "lied misdirected-write"},
	{"an edit that hits what is gone soon", besideNobody, edits(func(s *shop, thing, other, body map[string]any) {
		maps.Copy(other, body)
		time.AfterFunc(1200*time.Millisecond, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.kinds["reviews"] = slices.DeleteFunc(s.kinds["reviews"], func(one map[string]any) bool { return one["id"] == other["id"] })
		})
	}), "lied misdirected-write"},
	{"a creation under another parent", underParent, parents("8"), "lied misdirected-write"},
	{"a lost edit that is quoted", besideNobody, edits(func(s *shop, thing, other, body map[string]any) { logged(s, body) }), "lied lost-write"},
	{"an edit of both", besideNeighbour, edits(func(s *shop, thing, other, body map[string]any) { maps.Copy(thing, body); maps.Copy(other, body) }), "lied side-effect"},

	{"an edit", besideNeighbour, func(*shop) {}, "kept"},
	{"an edit that is quoted", besideNobody, edits(func(s *shop, thing, other, body map[string]any) { maps.Copy(thing, body); logged(s, body) }), "kept"},
	{"an edit that is copied", besideNobody, edits(func(s *shop, thing, other, body map[string]any) {
		maps.Copy(thing, body)
		s.kinds["mirror"] = append(s.kinds["mirror"], maps.Clone(thing))
	}), "kept"},
	{"a creation under its parent", underParent, parents("7"), "kept"},
}

// Where a write went is named where its own marker shows it, and only there.
func TestAWriteThatWentAstray(t *testing.T) {
	t.Parallel()
	for _, row := range strayed {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			if row.suite == besideNobody { // with whom the edit is mistaken
				s.kinds["reviews"] = []map[string]any{{"id": 1, "title": "of old", "owner": "ada"}}
			}
			row.serve(s)
			others := s.things()
			m := say(t, s, row.suite, func(o *engine.Options) { o.Accounts = []string{"ada"} })
			for _, r := range m.results {
				got := string(r.Verdict.Class)
				if r.Verdict.Kind != "" {
					got += " " + string(r.Verdict.Kind)
				}
				if got != row.want {
					t.Errorf("want %s: %s", row.want, describe(r))
				}
				if len(r.Left) > 0 {
					t.Errorf("left behind: %+v", r.Left)
				}
			}
			if left := s.things(); row.suite != besideNobody && left != others {
				t.Errorf("%d things on the server, %d before", left, others)
			}
		})
	}
}

// What is seen in one place, is gone again, and was never seen in time in another, was
// undone: at the end it is done nowhere.
func TestWhatIsUndoneIsNotHalfDone(t *testing.T) {
	t.Parallel()
	s := newShop()
	s.kinds["reviews"] = []map[string]any{{"id": 1, "title": "of old", "owner": "eve"}}
	var seen sync.Once
	s.HandleFunc("GET /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.plain(w, r)
		if r.PathValue("id") != "2" {
			return
		}
		seen.Do(func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.kinds["reviews"] = s.kinds["reviews"][:1]
		})
	})
	s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
		body := asked(r)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.kinds["reviews"] = append(s.kinds["reviews"], map[string]any{"id": 2, "title": body["title"]})
		reply(w, 201, map[string]any{"id": 2})
	})
	s.HandleFunc("GET /reviews", func(w http.ResponseWriter, r *http.Request) {
		bySome(s, w, func(thing map[string]any) bool { return thing["id"] == 1 })
	})
	one := func(o *engine.Options) { o.Accounts = []string{"ada"} }
	say(t, s, "-- a.contract.yaml --\ncontract: A review is saved\ncall: POST /reviews\nbody: {title: \"New ${unique}\"}\ncreates: review\n", one).
		requireVerdicts(t, accused{"ada: A review is saved": "lied reverted-write"})
}

const cleansItself = `
-- a.contract.yaml --
contract: A review is saved
call: POST /reviews
body: {title: "New ${unique}"}
creates: review
cleanup: DELETE /reviews/{review.id}
`

// TestAStrayIsLeftOver sees told what lies on another account, where the contract's own
// clean-up can know nothing of it.
func TestAStrayIsLeftOver(t *testing.T) {
	t.Parallel()
	s := newShop()
	s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.add(w, r, "reviews", "bob")
	})
	s.HandleFunc("GET /reviews", func(w http.ResponseWriter, r *http.Request) {
		bySome(s, w, func(thing map[string]any) bool { return thing["owner"] == bearer(r) })
	})
	s.HandleFunc("/reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		thing := s.find("reviews", r.PathValue("id"))
		s.mu.Unlock()
		if thing["owner"] != bearer(r) {
			reply(w, 404, nil)
			return
		}
		s.plain(w, r)
	})
	for _, r := range say(t, s, cleansItself).results {
		if r.Cell.Account.Name != "ada" {
			continue
		}
		if r.Verdict.Kind != "misdirected-write" || len(r.Left) != 1 || r.Left[0].Account != "bob" {
			t.Errorf("%s: %+v, left %+v", r.Cell, r.Verdict, r.Left)
		}
	}
}
