package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"testing"
)

// A literalRow is a suite that must be kept, but for what want names.
type literalRow struct {
	name    string
	prepare func(*shop)
	suite   string
	want    accused
	stays   int // things that the suite leaves on purpose
	after   func(*testing.T, *shop)
}

// settingsOf gives a shop one thing that was not made here.
func settingsOf(s *shop) {
	s.HandleFunc("/settings", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.Method != "GET" {
			maps.Copy(s.settings, asked(r))
		}
		reply(w, 200, maps.Clone(s.settings))
	})
}

// productsOf gives a shop products that count their reviews.
func productsOf(s *shop) {
	s.HandleFunc("GET /products/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.PathValue("id") != "p-100" {
			reply(w, 404, nil)
			return
		}
		reply(w, 200, map[string]any{"id": "p-100", "review_count": len(s.kinds["reviews"])})
	})
}

var literal = []literalRow{
	{name: "cases change query, headers, path and as", suite: `
-- a.contract.yaml --
contract: Creating
call: POST /{kind}
path: {kind: reviews}
query: {dry: "no"}
headers: {x-trace: "${uuid}"}
body: {title: "A ${unique}", stars: 3}
creates: review
cases:
  other path: {path: {kind: nowhere/x}, status: 404}
  no login: {as: nobody, status: 401}
  with header: {headers: {X-Trace: null, x-more: "1"}, status: done}
  with query: {query: {dry: null, wet: [a, b]}, status: 201}
  six stars: {body: {stars: 6}, status: 4xx}
  no title: {body: {title: null}, status: [400, 422]}
  refused: {body: {stars: 0}, status: refused}
rejects:
  text for stars: {stars: many}
`},
	{name: "long form of given, with call, as and body", suite: `
-- a.contract.yaml --
contract: Editing keeps the neighbour
given:
  review: {call: POST /reviews, body: {title: "Mine ${unique}", stars: 2}, as: me}
  neighbour: {make: review, body: {stars: 5}, as: other}
call: PATCH /reviews/{review.id}
body: {title: "Edited ${unique}"}
updates: review
keeps: [neighbour, neighbour.stars]
expect: response.body.stars == 2 && neighbour.stars == 5 && request.body.title == response.body.title
snapshot: {state: response.body.state, code: response.status}
`},
	{name: "effects with their own times and roles", suite: `
-- a.contract.yaml --
contract: Publishing
given: review
call: POST /reviews/{review.id}/published
within: 300ms
effects:
  - updates: review
    from: {state: draft}
    set: {state: published}
    within: 200ms
    patience: 400ms
  - shows: review
    in: [read, list]
    as: [me, other, clerk]
    stays: 100ms
  - name: it says so
    expect: after.review.state == 'published' && before.review.state == 'draft'
    fails: after.review.state == 'spam'
    as: other
  - keeps: review.title
`, want: accused{"ada: Publishing": "inconclusive already-so", "bob: Publishing": "inconclusive already-so"}},
	{name: "what was not made here", prepare: settingsOf, suite: `
-- provider.yaml --
polygraph: 1
provider: shop
auth: bearer
resources:
  settings: {read: GET /settings}
defaults: {within: 500ms}
-- a.contract.yaml --
contract: The theme can be changed
call: PATCH /settings
body: {theme: dark}
updates: settings
from: {theme: light}
cleanup: {call: PATCH /settings, body: {theme: "${before.settings.theme}"}}
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", accounts: {ada: {credentials: {bearer: t-ada}}}}}
`, after: func(t *testing.T, s *shop) {
		if s.settings["theme"] != "light" {
			t.Errorf("theme = %v after the clean-up", s.settings["theme"])
		}
	}},
	{name: "what was not made here, by its key", prepare: func(s *shop) {
		s.kinds["reviews"] = append(s.kinds["reviews"], map[string]any{"id": json.Number("7"), "title": "Old", "state": "draft"})
	}, suite: `
-- a.contract.yaml --
contract: An old review can be edited
call: PATCH /reviews/{old}
path: {old: "7"}
id: request.path.old
body: {title: "New ${unique}"}
updates: review
cleanup:
  - {call: PATCH /reviews/7, body: {title: "${before.review.title}"}}
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", accounts: {ada: {credentials: {bearer: t-ada}}}}}
`, after: func(t *testing.T, s *shop) {
		if title := s.find("reviews", "7")["title"]; title != "Old" {
			t.Errorf("title = %v after the clean-up", title)
		}
	}},
	{name: "from of a thing that can only be listed", suite: `
-- provider.yaml --
polygraph: 1
provider: shop
auth: bearer
resources:
  review:
    make: {call: POST /reviews, body: {title: "Made ${unique}"}}
    list: {call: GET /reviews, items: response.body.items}
    delete: DELETE /reviews/{key}
defaults: {within: 300ms}
-- a.contract.yaml --
contract: From is so
given: review
call: POST /reviews/{review.id}/published
updates: review
from: {state: draft}
set: {state: published}
---
contract: From is not so
given: review
call: POST /reviews/{review.id}/published
updates: review
from: {state: frozen}
set: {state: published}
`, want: accused{"ada: From is not so": "inconclusive setup-failed", "bob: From is not so": "inconclusive setup-failed"}},
	{name: "next counts on by what was asked", prepare: func(s *shop) {
		for i := range 5 {
			s.kinds["reviews"] = append(s.kinds["reviews"], map[string]any{"id": json.Number(fmt.Sprint(i)), "title": "Old"})
		}
	}, suite: `
-- provider.yaml --
polygraph: 1
provider: shop
auth: bearer
resources:
  review:
    make: {call: POST /reviews, body: {title: "Made ${unique}"}}
    read: GET /reviews/{key}
    list:
      call: GET /reviews
      query: {page: 1}
      items: response.body.items
      next: "size(response.body.items) == 2 ? {'page': request.query.page + 1} : {}"
    delete: DELETE /reviews/{key}
defaults: {within: 500ms}
-- a.contract.yaml --
contract: Creating
call: POST /reviews
body: {title: "A ${unique}"}
creates: review
`},
	{name: "before in the body, the set and the clean-up", prepare: productsOf, suite: "-- provider.yaml --" + reviewShop + `probes:
  product: {call: GET /products/p-100}
  twin: {call: "GET /reviews/{review.id}"}
defaults: {within: 500ms}
-- a.contract.yaml --
contract: The count goes into the body
given: review
call: PATCH /reviews/{review.id}
body: {seen: "${before.product.review_count}", copy: "${before.review.title}", twin: "${before.twin.state}"}
updates: review
set: {seen: "${before.product.review_count}", copy: "${before.review.title}", twin: draft}
expect: response.body.seen == before.product.review_count
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", accounts: {ada: {credentials: {bearer: t-ada}}}}}
`},
	{name: "expect of the contract that asks the world", prepare: productsOf, suite: "-- provider.yaml --" + reviewShop + `probes:
  product: {call: "GET /products/{id}", path: {id: p-100}}
defaults: {within: 500ms}
-- a.contract.yaml --
contract: A review counts
call: POST /reviews
body: {title: "A ${unique}"}
creates: review
expect: after.product.review_count == before.product.review_count + 1
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", accounts: {ada: {credentials: {bearer: t-ada}}}}}
`},
	{name: "tombstones in the list", prepare: func(s *shop) {
		s.HandleFunc("DELETE /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if thing := s.find("reviews", r.PathValue("id")); thing != nil {
				thing["state"] = "deleted"
			}
			reply(w, 204, nil)
		})
	}, suite: "-- provider.yaml --" + reviewShop + `    gone: item.state == 'deleted'
defaults: {within: 500ms}
-- a.contract.yaml --
contract: Deleting
given: {review: {make: review}, sibling: {make: review}}
call: DELETE /reviews/{review.id}
deletes: review
`},
	{name: "how a reply is read stands on the resource", prepare: func(s *shop) {
		s.HandleFunc("GET /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			items := []any{}
			if thing := s.find("reviews", r.PathValue("id")); thing != nil {
				items = append(items, maps.Clone(thing))
			}
			reply(w, 200, map[string]any{"items": items})
		})
	}, suite: `
-- provider.yaml --
polygraph: 1
provider: shop
auth: bearer
resources:
  review:
    key: id
    items: response.body.items
    lag: 400ms
    make: {call: POST /reviews, body: {title: "Made ${unique}"}}
    read: GET /reviews/{key}
    list: GET /reviews
    delete: DELETE /reviews/{key}
-- a.contract.yaml --
contract: Creating
call: POST /reviews
body: {title: "A ${unique}"}
creates: review
---
contract: Deleting
given: review
call: DELETE /reviews/{review.id}
deletes: review
`},
	{name: "items on the resource, and the read gives the thing", suite: `
-- provider.yaml --
polygraph: 1
provider: shop
auth: bearer
resources:
  review:
    items: response.body.items
    make: {call: POST /reviews, body: {title: "Made ${unique}"}}
    read: GET /reviews/{key}
    list: GET /reviews
    delete: DELETE /reviews/{key}
defaults: {within: 300ms}
-- a.contract.yaml --
contract: Deleting
given: review
call: DELETE /reviews/{review.id}
deletes: review
`},
	{name: "a clean-up of one's own, and refused cases", suite: `
-- a.contract.yaml --
contract: Creating
call: POST /reviews
body: {title: "A ${unique}"}
creates: review
cases:
  no title: {body: {title: null}, status: 422}
cleanup: DELETE /reviews/{review.id}
`},
	{name: "identity from Location only", prepare: func(s *shop) {
		s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.add(&bodiless{ResponseWriter: w}, r, "reviews", bearer(r))
		})
	}, suite: `
-- provider.yaml --
polygraph: 1
provider: shop
auth: bearer
resources:
  review:
    make: {call: POST /reviews, body: {title: "Made ${unique}"}, id: response.body.id}
    read: GET /reviews/{key}
    list: GET /reviews
    delete: DELETE /reviews/{key}
defaults: {within: 500ms}
-- a.contract.yaml --
contract: Creating
call: POST /reviews
body: {title: "A ${unique}"}
creates: review
---
contract: Deleting
given: review
call: DELETE /reviews/{review.id}
deletes: review
`},
	{name: "finds by list and by key, hides from others, statuses by class", prepare: func(s *shop) {
		s.HandleFunc("GET /mine", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			mine := []any{}
			for _, thing := range s.kinds["reviews"] {
				if thing["owner"] == bearer(r) {
					mine = append(mine, maps.Clone(thing))
				}
			}
			reply(w, 200, mine)
		})
	}, suite: "-- provider.yaml --" + reviewShop + `probes:
  mine: {call: GET /mine}
defaults: {within: 500ms}
-- a.contract.yaml --
contract: The list finds it
given: review
call: GET /reviews
finds: review
status: 2xx
---
contract: The read finds it
given: review
call: GET /reviews/{review.id}
finds: review
---
contract: Mine finds it
given: review
call: GET /mine
finds: review
---
contract: It is shown to me and hidden from others
call: POST /reviews
body: {title: "A ${unique}"}
effects:
  - shows: review
    in: mine
  - hides: review
    in: mine
    as: other
    stays: 100ms
  - creates: review
`},
}

// Bodiless is a reply whose body is left out.
type bodiless struct{ http.ResponseWriter }

func (b *bodiless) Write(p []byte) (int, error) { return len(p), nil }
