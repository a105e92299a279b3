package engine_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// Each case names what never was, in place of the given thing.
const madeUpSuite = `
-- a.contract.yaml --
contract: Deleting deletes
given: review
call: DELETE /reviews/{id}
path: {id: "${review.id}"}
deletes: review
cases:
  never was: {path: {id: no-such-one}, status: 404}
---
contract: Editing edits
given: review
call: PATCH /reviews/{review.id}
body: {title: "New ${unique}"}
updates: review
cases:
  never was: {call: "PATCH /reviews/no-such-${unique}", status: [404, 410]}
---
contract: Publishing publishes
given: review
call: POST /reviews/{id}/published
path: {id: "${review.id}"}
updates: review
set: {state: published}
cases:
  never was: {path: {id: 999999}, status: refused}
`

func inCases(kind string) accused {
	want := accused{}
	for _, who := range []string{"ada", "bob"} {
		for _, title := range []string{"Deleting deletes", "Editing edits", "Publishing publishes"} {
			want[who+": "+title+" (never was)"] = kind
		}
	}
	return want
}

var asides = []struct {
	name  string
	serve func(*shop)
	want  string // of the cases; "" for kept
}{
	{"done, it says", vainly(says(200, map[string]any{"ok": "yes"})), "lied vacuous-success"},
	{"done, it says, without a word", vainly(says(204, nil)), "lied vacuous-success"},
	{"not found", func(*shop) {}, ""},
	{"gone is no 404, but a refusal", vainly(says(403, nil)), "broken wrong-status"},
	{"accepted, which promises nothing", vainly(says(202, nil)), "broken wrong-status"},
	{"in so many words", vainly(says(200, map[string]any{"ok": false})), "broken wrong-status"},
	{"done, and no key is ever not there", func(s *shop) { // nobody can tell what was not there
		vainly(says(204, nil))(s)
		s.HandleFunc("GET /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			thing := s.find("reviews", r.PathValue("id"))
			s.mu.Unlock()
			if thing == nil {
				reply(w, 200, map[string]any{"id": r.PathValue("id"), "title": "Untitled"})
				return
			}
			s.plain(w, r)
		})
	}, "broken wrong-status"},
	{"done, where what is not there cannot be read", func(s *shop) {
		vainly(says(204, nil))(s)
		s.HandleFunc("GET /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			thing := s.find("reviews", r.PathValue("id"))
			s.mu.Unlock()
			if thing == nil && strings.HasPrefix(r.PathValue("id"), "no") {
				reply(w, 400, map[string]any{"error": "an id is a number"})
				return
			}
			s.plain(w, r)
		})
	}, "broken wrong-status or lied vacuous-success"},
}

// What another name of the given thing, a name of somebody else's, or a PUT that makes
// what it does not find says is no vacuous success; each is told by the status alone.
func TestACaseThatNamesSomethingElse(t *testing.T) {
	t.Parallel()
	alias := `
-- a.contract.yaml --
contract: Deleting deletes
given: review
call: DELETE /reviews/{id}
path: {id: "${review.id}"}
deletes: review
cases:
  the newest: {path: {id: newest}, status: 404}
`
	for name, row := range map[string]struct {
		suite string
		serve func(*shop)
		cell  string
	}{
		"another name": {alias, func(s *shop) {
			s.HandleFunc("DELETE /reviews/newest", func(w http.ResponseWriter, r *http.Request) {
				s.mu.Lock()
				all := s.kinds["reviews"]
				r.URL.Path = "/reviews/" + fmt.Sprint(all[len(all)-1]["id"])
				s.mu.Unlock()
				s.plain(w, r)
			})
		}, "Deleting deletes (the newest)"},
		"somebody else's": {strings.Replace(alias, "{id: newest}", `{id: "${account.name}"}`, 1), vainly(says(204, nil)), "Deleting deletes (the newest)"},
		"a PUT that makes it": {`
-- a.contract.yaml --
contract: Putting puts
given: review
call: PUT /reviews/{id}
path: {id: "${review.id}"}
body: {title: "Put ${unique}", stars: 2}
updates: review
cleanup: {call: "DELETE /reviews/{id}", path: {id: "${review.id}"}}
cases:
  never was: {path: {id: no-such-one}, status: 404}
`, func(s *shop) {
			vainly(says(201, map[string]any{"id": "no-such-one"}))(s)
			s.HandleFunc("GET /reviews/no-such-one", func(w http.ResponseWriter, r *http.Request) {
				s.mu.Lock()
				put := slices.Contains(s.writes, "put")
				s.mu.Unlock()
				if !put {
					reply(w, 404, nil)
					return
				}
				reply(w, 200, map[string]any{"id": "no-such-one", "title": "Put"})
			})
			s.HandleFunc("PUT /reviews/no-such-one", func(w http.ResponseWriter, r *http.Request) {
				s.mu.Lock()
				s.writes = append(s.writes, "put")
				s.mu.Unlock()
				reply(w, 201, map[string]any{"id": "no-such-one"})
			})
			s.HandleFunc("DELETE /reviews/no-such-one", func(w http.ResponseWriter, r *http.Request) {
				s.mu.Lock()
				s.writes = slices.DeleteFunc(s.writes, func(what string) bool { return what == "put" })
				s.mu.Unlock()
				reply(w, 204, nil)
			})
		}, "Putting puts (never was)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			row.serve(s)
			one := func(o *engine.Options) { o.Accounts = []string{"ada"} }
			m := say(t, s, row.suite, one)
			m.results = slices.DeleteFunc(m.results, func(r *engine.Result) bool { return r.Cell.Case == nil }) // the newest may be that of the base
			m.requireVerdicts(t, accused{"ada: " + row.cell: "broken wrong-status"})
		})
	}
}

// A success for what never was is not held against the given thing that nobody named.
func TestACaseThatNamesWhatNeverWas(t *testing.T) {
	t.Parallel()
	for _, row := range asides {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			row.serve(s)
			want := inCases(row.want)
			switch {
			case row.want == "":
				want = nil
			case row.name == "gone is no 404, but a refusal":
				want["ada: Publishing publishes (never was)"], want["bob: Publishing publishes (never was)"] = "kept", "kept"
			case strings.Contains(row.want, " or "):
				for cell := range want {
					want[cell] = "broken wrong-status"
					if strings.Contains(cell, "Publishing") {
						want[cell] = "lied vacuous-success"
					}
				}
			}
			m := say(t, s, madeUpSuite)
			m.requireVerdicts(t, want)
			if left := s.things(); left > 0 {
				t.Errorf("%d things left on the server", left)
			}
		})
	}
}
