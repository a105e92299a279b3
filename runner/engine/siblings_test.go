package engine_test

import (
	"encoding/json"
	"net/http"
	"testing"
)

// TestSiblingsThatComeAndGo gives a truthful shop a colleague who removes something of
// theirs whenever we delete. The second time it is something that was put there while we
// rested: it has not lain still as long as we did, and nobody is to blame for it but who
// put it there.
func TestSiblingsThatComeAndGo(t *testing.T) {
	t.Parallel()
	s := newShop()
	made, listed := 0, 0
	put := func() {
		s.next++
		s.kinds["reviews"] = append(s.kinds["reviews"], map[string]any{"id": json.Number("9" + string(rune('0'+made))), "title": "A colleague's", "stars": json.Number("3"), "state": "draft"})
	}
	take := func() {
		kept := s.kinds["reviews"][:0]
		for _, review := range s.kinds["reviews"] {
			if review["title"] != "A colleague's" {
				kept = append(kept, review)
			}
		}
		s.kinds["reviews"] = kept
	}
	locked := func(do func()) {
		s.mu.Lock()
		defer s.mu.Unlock()
		do()
	}
	put()
	s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
		s.plain(w, r)
		locked(func() { made, listed = made+1, 0 })
	})
	s.HandleFunc("GET /reviews", func(w http.ResponseWriter, r *http.Request) {
		s.plain(w, r)
		locked(func() {
			if listed++; made > 1 && listed == 1 {
				put()
			}
		})
	})
	s.HandleFunc("DELETE /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.plain(w, r)
		locked(take)
	})
	m := say(t, s, "-- provider.yaml --"+quick+`
-- a.contract.yaml --
contract: Deleting
given: review
call: DELETE /reviews/{review.id}
deletes: review
`+one)
	m.requireVerdicts(t, accused{})
	if attempts := 1 + len(m.results[0].Record.Earlier); attempts != 2 {
		t.Errorf("%d attempts: the colleague was not noticed", attempts)
	}
}
