package engine_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
)

// slowly lets a change of state be seen only after a while.
func slowly(wait time.Duration) func(*shop) {
	return func(s *shop) {
		s.HandleFunc("POST /reviews/{id}/published", func(w http.ResponseWriter, r *http.Request) {
			time.AfterFunc(wait, func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				if thing := s.find("reviews", r.PathValue("id")); thing != nil {
					thing["state"] = "published"
				}
			})
			reply(w, 200, nil)
		})
	}
}

// wrappedOf keeps items below a project, wrapped as `data`, with a password that is
// never shown.
func wrappedOf(s *shop) {
	s.HandleFunc("POST /p/{project}/users", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		data, _ := asked(r)["data"].(map[string]any)
		if data["name"] == nil {
			reply(w, 400, map[string]any{"error": map[string]any{"code": "name"}})
			return
		}
		s.next++
		user := map[string]any{"uid": fmt.Sprint("u-", s.next), "name": strings.TrimSpace(fmt.Sprint(data["name"])), "project": r.PathValue("project"), "level": "Low", "html": "<p>" + fmt.Sprint(data["about"]) + "</p>"}
		s.kinds["users"] = append(s.kinds["users"], user)
		reply(w, 201, map[string]any{"data": maps.Clone(user)})
	})
	s.HandleFunc("GET /p/{project}/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, user := range s.kinds["users"] {
			if user["uid"] == r.PathValue("id") && user["project"] == r.PathValue("project") {
				reply(w, 200, map[string]any{"data": maps.Clone(user)})
				return
			}
		}
		reply(w, 200, map[string]any{"data": nil})
	})
	s.HandleFunc("POST /p/{project}/users/_search", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		hits, body := []any{}, asked(r)
		for _, user := range s.kinds["users"] {
			if user["project"] == r.PathValue("project") && (body["name"] == nil || strings.Contains(fmt.Sprint(user["name"]), fmt.Sprint(body["name"]))) {
				hits = append(hits, map[string]any{"_source": maps.Clone(user)})
			}
		}
		reply(w, 200, map[string]any{"hits": map[string]any{"hits": hits}})
	})
	s.HandleFunc("DELETE /p/{project}/users/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, user := range s.kinds["users"] {
			if user["uid"] == r.PathValue("id") {
				s.kinds["users"] = append(s.kinds["users"][:i:i], s.kinds["users"][i+1:]...)
				break
			}
		}
		reply(w, 200, map[string]any{"data": map[string]any{"deleted": true}})
	})
}

const wrapped = `
-- provider.yaml --
polygraph: 1
provider: users
auth: bearer
vars: {project: of-provider, tier: gold}
resources:
  user:
    key: uid
    item: response.body.data
    sent: request.body.data
    make: {call: "POST /p/{project}/users", body: {data: {name: "Made ${unique}", about: hi, password: secret}}}
    read: "GET /p/{project}/users/{key}"
    list: {call: "POST /p/{project}/users/_search", body: {name: "${unique}"}, items: "response.body.hits.hits.map(h, h._source)"}
    delete: "DELETE /p/{project}/users/{key}"
    fields: {password: unread, name: text, level: case, about: {read: item.html, as: html}}
probes:
  search: {call: "POST /p/{project}/users/_search", items: "response.body.hits.hits.map(h, h._source)"}
  by_name: {call: "POST /p/{project}/users/_search", body: {name: "${user.name}"}, items: "response.body.hits.hits.map(h, h._source)", lag: 1s}
defaults: {within: 300ms}
-- polygraph.yaml --
targets:
  local:
    server: "${env.SERVER}"
    vars: {project: of-target, plain: "x"}
    accounts:
      ada: {credentials: {bearer: t-ada}, vars: {project: of/ada}}
      bob: {credentials: {bearer: t-bob}, tags: [a, b]}
`

var rest = []literalRow{
	{name: "wrapped, renamed, unread, vars on three levels", prepare: wrappedOf, suite: wrapped + `
-- a.contract.yaml --
contract: A user is made
call: POST /p/{project}/users
body: {data: {name: " New ${unique} ", about: "hi ${target.tier}", level: LOW, password: "x-${uuid}"}}
effects:
  - creates: user
  - shows: user
    in: [search, by_name]
  - name: it is in its project
    expect: after.user.project == target.project && size(after.by_name) == 1
cases:
  no name: {body: {data: {name: null}}, status: 400, expect: response.body.error.code == 'name', snapshot: {code: response.body.error.code}}
  null name: {body: {data: {name: "${null}"}}, status: 4xx}
---
contract: A user is found by name
given: user
call: POST /p/{project}/users/_search
body: {name: "${user.name}"}
items: response.body.hits.hits.map(h, h._source)
finds: user
expect: size(response.body.hits.hits) == 1 && response.body.hits.hits[0]._source.uid == user.uid
---
contract: A user is gone
given: {u: {make: user, body: {data: {about: "other"}}}, v: {call: "POST /p/{project}/users", item: response.body.data, key: uid, body: {data: {name: "Long ${unique}"}}}}
call: DELETE /p/{project}/users/{u.uid}
deletes: u
in: [read, list, search]
keeps: [v]
`},
	{name: "in time, late, failed and half way", prepare: slowly(2 * time.Second), suite: `
-- a.contract.yaml --
contract: In time
given: review
call: POST /reviews/{review.id}/published
updates: review
from: {state: draft}
set: {state: published}
within: 20s
---
contract: Late
given: review
call: POST /reviews/{review.id}/published
updates: review
set: {state: published}
within: 200ms
patience: 20s
---
contract: Given up
given: review
call: POST /reviews/{review.id}/published
within: 60s
effects:
  - updates: review
    set: {state: gold}
    fails: after.review.state == 'published'
` + one, want: accused{"ada: Late": "broken late-effect", "ada: Given up": "lied"}},
	{name: "what cannot be filled in is not sent", prepare: productsOf, suite: `
-- a.contract.yaml --
contract: A name that is not there
given: review
call: DELETE /reviews/{id}
path: {id: "${review.nothing}"}
deletes: review
---
contract: A body that is not there
given: review
call: PATCH /reviews/{review.id}
body: {title: "x${review.nothing}"}
updates: review
---
contract: Written as it is
given: review
call: PATCH /reviews/{review.id}
body: {title: "$${unique} costs 5$ {x} ${unique}", big: 9007199254740993, list: ["${review.stars}", true]}
updates: review
expect: request.body.list[0] == 4 && request.body.big == 9007199254740993
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", accounts: {ada: {credentials: {bearer: t-ada}}}}}
`, want: accused{"ada: A name that is not there": "inconclusive setup-failed", "ada: A body that is not there": "inconclusive setup-failed"}},
	{name: "a role that needs a second account", suite: `
-- a.contract.yaml --
contract: Shown to others
call: POST /reviews
body: {title: "A ${unique}"}
effects:
  - creates: review
  - shows: review
    as: other
` + one, want: accused{"ada: Shown to others": "inconclusive setup-failed"}},
	{name: "what moves by itself", prepare: func(s *shop) {
		views := 0
		s.HandleFunc("GET /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			views++
			if thing := s.find("reviews", r.PathValue("id")); thing != nil {
				thing["views"], thing["meta"] = views, map[string]any{"seen": views, "kind": "x"}
			}
			s.one(w, r, []string{"reviews", r.PathValue("id")})
		})
	}, suite: `
-- a.contract.yaml --
contract: Editing
given: {review: {make: review}, neighbour: {make: review}}
call: PATCH /reviews/{review.id}
body: {title: "B ${unique}"}
updates: review
keeps: [neighbour.title, neighbour.meta.kind]
---
contract: Keeping what moves
given: {review: {make: review}, neighbour: {make: review}}
call: PATCH /reviews/{review.id}
body: {title: "B ${unique}"}
updates: review
keeps: [neighbour.views]
` + one, want: accused{"ada: Keeping what moves": "inconclusive noisy-frame"}},
	{name: "cases of a read, and of another call", suite: `
-- a.contract.yaml --
contract: Reading
given: review
call: GET /reviews/{review.id}
expect: response.body.id == review.id
cases:
  nobody: {as: nobody, status: 401}
  other path: {call: GET /reviews/0, status: 404}
  page: {call: GET /reviews, query: {page: 1}, status: 200, expect: size(response.body.items) <= 2}
---
contract: Deleting what is not there
call: DELETE /reviews/0
status: 404
---
contract: Reading what is not there
call: GET /reviews/0
status: [404, 410]
expect: response.body.error == 'not found'
`},
	{name: "a list that leaves out what is there", prepare: func(s *shop) {
		s.HandleFunc("GET /found", func(w http.ResponseWriter, r *http.Request) { reply(w, 200, []any{}) })
	}, suite: `
-- a.contract.yaml --
contract: Searching
given: review
call: GET /found
query: {q: "${review.title}"}
finds: review
within: 200ms
` + one, want: accused{"ada: Searching": "lied filtered-empty"}},
	{name: "a read of another sort finds it", prepare: func(s *shop) {
		s.HandleFunc("GET /best", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			list := s.kinds["reviews"]
			if len(list) == 0 {
				reply(w, 200, map[string]any{"best": nil})
				return
			}
			reply(w, 200, map[string]any{"best": maps.Clone(list[len(list)-1])})
		})
	}, suite: `
-- a.contract.yaml --
contract: The best
given: review
call: GET /best
item: response.body.best
finds: review
` + one},
	{name: "a broker that is asked by POST", prepare: func(s *shop) {
		s.HandleFunc("POST /queue/get", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			list := []any{}
			for _, m := range s.kinds["messages"] {
				list = append(list, map[string]any{"payload": m["title"], "n": m["id"]})
			}
			reply(w, 200, list)
		})
	}, stays: 2, suite: `
-- provider.yaml --
polygraph: 1
provider: broker
auth: bearer
probes:
  waiting: {call: POST /queue/get, body: {count: 100, ack: false}}
defaults: {within: 300ms}
-- a.contract.yaml --
contract: A message waits
call: POST /messages
body: {title: "M ${unique}"}
effects:
  - name: it waits
    expect: after.waiting.exists(m, m.payload == request.body.title) && !before.waiting.exists(m, m.payload == request.body.title)
cases:
  no title: {body: {title: null}, status: 422}
`},
	{name: "hidden by default from every probe that names it", prepare: func(s *shop) {
		s.HandleFunc("GET /public/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			thing := s.find("reviews", r.PathValue("id"))
			if thing == nil || thing["state"] == "hidden" {
				reply(w, 404, nil)
				return
			}
			reply(w, 200, maps.Clone(thing))
		})
	}, suite: "-- provider.yaml --" + reviewShop + `probes:
  public: {call: "GET /public/{review.id}", as: nobody}
defaults: {within: 300ms}
-- a.contract.yaml --
contract: Hiding
given: review
call: POST /reviews/{review.id}/hidden
effects:
  - hides: review
    in: public
    stays: 200ms
  - updates: review
    set: {state: hidden}
---
contract: Hiding nothing
given: review
call: POST /reviews/{review.id}/shown
hides: review
` + one, want: accused{"ada: Hiding nothing": "lied leaked"}},
}

// TestLiteralRest takes the rest of the language at its word.
func TestLiteralRest(t *testing.T) {
	takeRows(t, rest)
}
