package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"testing"
)

// answering lets a shop answer the creation of a review as a test says, after
// saving it or not.
func answering(path string, status int, save bool, header http.Header, body map[string]any) func(*shop) {
	return func(s *shop) {
		s.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			maps.Copy(w.Header(), header)
			thing := asked(r)
			if save && misfit(thing, true) == "" {
				s.next++
				thing["id"] = fmt.Sprint(s.next)
				s.kinds["reviews"] = append(s.kinds["reviews"], thing)
				if status == 303 {
					w.Header().Set("Location", "/reviews/"+fmt.Sprint(s.next))
				}
				answer := maps.Clone(body)
				if answer == nil {
					answer = map[string]any{}
				}
				answer["id"] = thing["id"]
				reply(w, status, answer)
				return
			}
			reply(w, status, body)
		})
	}
}

// halting answers every third request of a sort with a status that means "later".
func halting(status int) func(*shop) {
	return func(s *shop) {
		tries := map[string]int{}
		for _, pattern := range []string{"/reviews", "/reviews/{id}"} {
			s.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
				s.mu.Lock()
				tries[r.Method]++
				later := tries[r.Method]%3 == 1
				s.mu.Unlock()
				if later {
					w.Header().Set("Retry-After", "0")
					reply(w, status, map[string]any{"error": "later"})
					return
				}
				s.plain(w, r)
			})
		}
	}
}

// sluggish changes the slug of every review with each PUT.
func sluggish(s *shop) {
	s.HandleFunc("PUT /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, thing := range s.kinds["reviews"] {
			thing["slug"] = r.PathValue("id")
		}
		s.one(w, r, []string{"reviews", r.PathValue("id")})
	})
}

const creating = `
-- a.contract.yaml --
contract: Creating
call: POST /made
body: {title: "A ${unique}", stars: 3}
creates: review
`

var one = `
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", accounts: {ada: {credentials: {bearer: t-ada}}}}}
`

var answers = []literalRow{
	{name: "429 now and then", prepare: halting(429), suite: `
-- a.contract.yaml --
contract: Creating
call: POST /reviews
body: {title: "A ${unique}"}
creates: review
---
contract: Editing
given: review
call: PATCH /reviews/{review.id}
body: {title: "B ${unique}"}
updates: review
---
contract: Deleting
given: review
call: DELETE /reviews/{review.id}
deletes: review
` + one},
	{name: "503 with Retry-After now and then", prepare: halting(503), suite: `
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
` + one},
	{name: "202 that keeps its word", prepare: answering("/made", 202, true, nil, nil), suite: creating},
	{name: "202 that does not", prepare: answering("/made", 202, false, nil, nil), suite: `
-- a.contract.yaml --
contract: Creating
given: review
call: POST /made
body: {title: "A ${unique}", stars: 3}
creates: review
` + one, want: accused{"ada: Creating": "lied accepted-then-lost"}},
	{name: "303 with Location", prepare: answering("/made", 303, true, nil, nil), suite: creating},
	{name: "302 without claims", prepare: answering("/made", 302, true, nil, nil), suite: creating + one, want: accused{"ada: Creating": "broken wrong-status"}},
	{name: "302 that claims done", prepare: answering("/made", 302, true, nil, nil), suite: creating + "claims: {302: done}\nstatus: 302\n"},
	{name: "201 that claims refused", prepare: answering("/made", 201, false, nil, nil), suite: `
-- a.contract.yaml --
contract: Creating
given: review
call: POST /made
body: {title: "A ${unique}", stars: 3}
creates: review
claims: {201: refused}
status: refused
` + one},
	{name: "409 that claims done", prepare: answering("/made", 409, true, nil, nil), suite: creating + "claims: {409: done}\nstatus: done\n"},
	{name: "500 that did nothing, and is wanted", prepare: answering("/made", 500, false, nil, nil), suite: `
-- a.contract.yaml --
contract: Creating
given: review
call: POST /made
body: {title: "A ${unique}", stars: 3}
creates: review
status: 5xx
` + one},
	{name: "500 that left a trace", prepare: answering("/made", 500, true, nil, nil), suite: creating + "status: 500\n" + one, want: accused{"ada: Creating": "lied error-left-a-trace"}},
	{name: "422 that left a trace", prepare: answering("/made", 422, true, nil, nil), suite: creating + "status: 422\n" + one, want: accused{"ada: Creating": "lied phantom-write"}},
	{name: "502 after it was done", prepare: answering("/made", 502, true, nil, nil), suite: creating + one, want: accused{"ada: Creating": "inconclusive unreachable"}},
	{name: "207 without each", prepare: answering("/made", 207, true, nil, nil), suite: creating + one, want: accused{"ada: Creating": "inconclusive unreachable"}},
	{name: "a refusal of the contract's own", prepare: answering("/made", 200, false, nil, map[string]any{"result": "no"}), suite: `
-- a.contract.yaml --
contract: Refused by its body, and wanted so
given: review
call: POST /made
body: {title: "A ${unique}"}
creates: review
refusal: response.body.result == 'no'
status: refused
---
contract: Refused by its body, under the status that is wanted
given: review
call: POST /made
body: {title: "A ${unique}"}
creates: review
refusal: response.body.result == 'no'
status: 200
---
contract: Refused by its body
given: review
call: POST /made
body: {title: "A ${unique}"}
creates: review
refusal: response.body.result == 'no'
` + one, want: accused{"ada: Refused by its body": "lied in-band-error"}},
	{name: "throttled for the contract only", prepare: func(s *shop) {
		tries := 0
		s.HandleFunc("POST /made", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if tries++; tries == 1 {
				reply(w, 403, map[string]any{"reason": "quota"})
				return
			}
			s.add(w, r, "reviews", bearer(r))
		})
	}, suite: creating + "throttled: response.status == 403 && response.body.reason == 'quota'\n" + one},
	{name: "stored with somebody else", prepare: func(s *shop) {
		s.HandleFunc("POST /made", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.add(w, r, "reviews", "bob")
		})
		owned := func(r *http.Request) []any {
			mine := []any{}
			for _, thing := range s.kinds["reviews"] {
				if thing["owner"] == bearer(r) && (r.PathValue("id") == "" || fmt.Sprint(thing["id"]) == r.PathValue("id")) {
					mine = append(mine, maps.Clone(thing))
				}
			}
			return mine
		}
		s.HandleFunc("GET /reviews", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			reply(w, 200, owned(r))
		})
		for _, method := range []string{"GET", "DELETE"} {
			s.HandleFunc(method+" /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
				s.mu.Lock()
				defer s.mu.Unlock()
				if len(owned(r)) == 0 {
					reply(w, 404, nil)
					return
				}
				s.one(w, r, []string{"reviews", r.PathValue("id")})
			})
		}
	}, suite: `
-- a.contract.yaml --
contract: Creating
given: {sibling: {make: review}}
call: POST /made
body: {title: "A ${unique}", stars: 3}
creates: review
`, want: accused{"ada: Creating": "lied misdirected-write"}, stays: 1},
	{name: "a case by somebody else goes through", prepare: nil, suite: `
-- a.contract.yaml --
contract: Editing
given: review
call: PATCH /reviews/{review.id}
body: {title: "B ${unique}"}
updates: review
cases:
  by another: {as: other, status: 403}
  by the clerk: {as: clerk, status: [401, 403]}
`, want: accused{
		"ada: Editing (by another)": "broken permission-bypassed", "bob: Editing (by another)": "broken permission-bypassed",
		"ada: Editing (by the clerk)": "broken permission-bypassed", "bob: Editing (by the clerk)": "broken permission-bypassed",
	}},
	{name: "a documented lie for want of a scope", prepare: func(s *shop) {
		factsOf(s)
		s.HandleFunc("POST /reviews/{id}/pinned", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if bearer(r) == "ada" {
				s.one(w, r, []string{"reviews", r.PathValue("id"), "pinned"})
				return
			}
			reply(w, 200, maps.Clone(s.find("reviews", r.PathValue("id"))))
		})
	}, suite: `
-- provider.yaml --` + factsShop + `
-- a.contract.yaml --
contract: Pinning
given: review
call: POST /reviews/{review.id}/pinned
needs: publish
without: lost-write
updates: review
set: {state: pinned}
---
contract: Pinning is what everybody may
given: review
call: POST /reviews/{review.id}/pinned
updates: review
set: {state: pinned}
`, want: accused{"bob: Pinning": "known lost-write", "bob: Pinning is what everybody may": "lied lost-write"}},
	{name: "a stated lack, and done all the same", suite: `
-- a.contract.yaml --
contract: Editing
given: review
call: PATCH /reviews/{review.id}
needs: [edit]
body: {title: "B ${unique}"}
updates: review
cases:
  six stars: {body: {stars: 6}, status: 422}
-- polygraph.yaml --
targets:
  local:
    server: "${env.SERVER}"
    accounts:
      ada: {credentials: {bearer: t-ada}}
      bob: {credentials: {bearer: t-bob}, expects: {lacks: [edit]}}
`, want: accused{"bob: Editing": "broken permission-bypassed"}},
	{name: "a credential that is not accepted", prepare: factsOf, suite: `
-- provider.yaml --` + factsShop + `
-- a.contract.yaml --
contract: Creating
call: POST /reviews
body: {title: "A ${unique}"}
creates: review
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", accounts: {ada: {credentials: {bearer: t-ada}}, eve: {credentials: {bearer: wrong}}}}}
`, want: accused{"eve: Creating": "inconclusive setup-failed"}},
	{name: "403 for what is gone, where a made-up key may be in use", prepare: func(s *shop) {
		s.next = 1 // and so every key of one digit that can be made up is in use
		for _, id := range []string{"1", "6", "7", "8", "9"} {
			s.kinds["reviews"] = append(s.kinds["reviews"], map[string]any{"id": json.Number(id), "title": "Old"})
		}
		s.HandleFunc("GET /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.find("reviews", r.PathValue("id")) == nil {
				reply(w, 403, map[string]any{"error": "forbidden"})
				return
			}
			s.one(w, r, []string{"reviews", r.PathValue("id")})
		})
	}, suite: `
-- a.contract.yaml --
contract: Deleting
given: {review: {make: review}, sibling: {make: review}}
call: DELETE /reviews/{review.id}
deletes: review
keeps: sibling
`},
	{name: "another field may go along", prepare: sluggish, suite: `
-- a.contract.yaml --
contract: The slug goes along
given: review
call: PUT /reviews/{review.id}
body: {title: "B ${unique}"}
updates: review
also: slug
---
contract: The neighbour's title stays
given: {review: {make: review}, neighbour: {make: review}}
call: PUT /reviews/{review.id}
body: {title: "B ${unique}"}
updates: review
also: [slug]
keeps: [neighbour.title]
` + one},
	{name: "another field must not go along", prepare: sluggish, suite: `
-- a.contract.yaml --
contract: Editing
given: review
call: PUT /reviews/{review.id}
body: {title: "B ${unique}"}
updates: review
` + one, want: accused{"ada: Editing": "lied side-effect"}},
	{name: "a neighbour changes", prepare: sluggish, suite: `
-- a.contract.yaml --
contract: Editing
given: {review: {make: review}, neighbour: {make: review}}
call: PUT /reviews/{review.id}
body: {title: "B ${unique}"}
updates: review
also: [slug]
keeps: [neighbour]
` + one, want: accused{"ada: Editing": "lied side-effect"}},
}

// TestLiteralAnswers takes what a status claims, and who may be refused, at its word.
func TestLiteralAnswers(t *testing.T) {
	takeRows(t, answers)
}
