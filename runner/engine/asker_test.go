package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"testing"
)

// shelvesOf gives a shop whose one read shows everybody's reviews by their numbers, and
// whose list shows them on shelves, one for each owner.
func shelvesOf(s *shop) {
	s.HandleFunc("GET /reviews", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		numbered, shelves := []any{}, map[string][]any{}
		for _, review := range s.kinds["reviews"] {
			owner := fmt.Sprint(review["owner"])
			numbered = append(numbered, map[string]any{"number": json.Number(fmt.Sprint(review["id"])), "of": maps.Clone(review)})
			shelves[owner] = append(shelves[owner], maps.Clone(review))
		}
		reply(w, 200, map[string]any{"numbered": numbered, "shelves": shelves})
	})
}

// TestAReplyIsReadByWhatWasAsked: an expression over a reply may name what the request was
// made with. Were the key not known there, nothing would ever be found under it, and a
// truthful provider accused of having lost what it shows.
func TestAReplyIsReadByWhatWasAsked(t *testing.T) {
	t.Parallel()
	literalRow{prepare: shelvesOf, suite: `
-- provider.yaml --
polygraph: 1
provider: shelves
auth: bearer
resources:
  review:
    sent: "request.headers.accept == 'all' ? request.body : {'title': request.body.title, 'owner': account.name}"
    make: {call: POST /reviews, body: {title: "Made ${unique}", stars: 4}}
    read: {call: GET /reviews, item: "response.body.numbered.filter(n, n.number == key)[0].of"}
    list: {call: GET /reviews, items: "absent(response.body.shelves[account.name]) ? [] : response.body.shelves[account.name]"}
    delete: DELETE /reviews/{key}
    gone: item.state == target.removed
defaults: {within: 300ms}
-- polygraph.yaml --
targets:
  local:
    server: "${env.SERVER}"
    vars: {removed: deleted}
    accounts:
      ada: {credentials: {bearer: t-ada}}
      bob: {credentials: {bearer: t-bob}}
-- a.contract.yaml --
contract: Made
call: POST /reviews
body: {title: "New ${unique}", stars: 5}
creates: review
cases:
  no title: {body: {title: null}, status: 422}
---
contract: Edited
given: {review: {make: review}, neighbour: {make: review}}
call: PATCH /reviews/{review.id}
body: {title: "Edited ${unique}"}
updates: review
keeps: [neighbour]
---
contract: Deleted
given: {review: {make: review}, neighbour: {make: review}}
call: DELETE /reviews/{review.id}
deletes: review
keeps: [neighbour]
`}.run(t)
}
