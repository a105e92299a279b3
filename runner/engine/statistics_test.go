package engine_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
)

// statisticsOf gives a shop figures about each review, which it gathers every 600 ms,
// whenever the review was made: there are none before. So the management of a message
// broker does it.
func statisticsOf(s *shop) {
	const gathers = 600 * time.Millisecond
	made := map[string]time.Time{}
	shown := func(review map[string]any) map[string]any {
		review = maps.Clone(review)
		if born := made[fmt.Sprint(review["id"])]; time.Now().Truncate(gathers).After(born) {
			review["views"], review["memory"] = 0, 4096
		}
		return review
	}
	s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
		s.plain(w, r)
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, review := range s.kinds["reviews"] {
			if id := fmt.Sprint(review["id"]); made[id].IsZero() {
				made[id] = time.Now()
			}
		}
	})
	s.HandleFunc("GET /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, review := range s.kinds["reviews"] {
			if fmt.Sprint(review["id"]) == r.PathValue("id") {
				reply(w, 200, shown(review))
				return
			}
		}
		reply(w, 404, nil)
	})
}

// TestStatisticsAreNobodysSideEffect: what a provider gathers by itself shows when it
// likes, and so as often after the act of a second attempt as before it, if that rests
// for no longer than the first attempt took.
func TestStatisticsAreNobodysSideEffect(t *testing.T) {
	t.Parallel()
	suite := "-- provider.yaml --" + strings.Replace(factsShop, "300ms", "250ms", 1) + "-- a.contract.yaml --\n"
	for i := range 2 {
		suite += fmt.Sprintf(`contract: Edited %d
given: {review: {make: review}, neighbour: {make: review}}
call: PATCH /reviews/{review.id}
body: {title: "Edited ${unique}"}
updates: review
keeps: [neighbour]
cases:
  nobody: {as: nobody, status: 401}
---
contract: Deleted %d
given: {review: {make: review}, neighbour: {make: review}}
call: DELETE /reviews/{review.id}
deletes: review
keeps: [neighbour]
cases:
  nobody: {as: nobody, status: 401}
---
`, i, i)
	}
	literalRow{prepare: func(s *shop) { factsOf(s); statisticsOf(s) }, suite: suite[:len(suite)-len("---\n")]}.run(t)
}
