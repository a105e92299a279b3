package engine_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// deletesTwice is a contract whose act is sent once more when the thing is gone.
const deletesTwice = `
-- a.contract.yaml --
contract: Deleting
given: review
call: DELETE /reviews/{review.id}
deletes: review
again:
  twice: {status: [204, 404]}
`

// heirs is a shop that gives the identity of what is deleted to a review of somebody else's;
// hit counts what was done to those.
type heirs struct {
	*shop
	hit int
}

func newHeirs(theirs map[string]any) *heirs {
	s := &heirs{shop: newShop()}
	s.HandleFunc("DELETE /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		was := s.find("reviews", r.PathValue("id"))
		if was != nil && was["heir"] == true {
			s.hit++
		}
		s.mu.Unlock()
		s.plain(w, r)
		if was == nil || theirs == nil || was["heir"] == true {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		heir := maps.Clone(theirs)
		heir["id"], heir["heir"] = was["id"], true
		s.kinds["reviews"] = append(s.kinds["reviews"], heir)
	})
	return s
}

// TestWhatGotAnIdentityAgainIsNotDeleted never sends the second of two deletions to what is not ours.
func TestWhatGotAnIdentityAgainIsNotDeleted(t *testing.T) {
	t.Parallel()
	byList := "-- provider.yaml --" + strings.Replace(plainShop, "    read: GET /reviews/{key}\n", "", 1)
	for _, row := range []struct {
		name, suite string
		theirs      map[string]any
		want        string
	}{
		{name: "nobody's", suite: deletesTwice, want: "kept "},
		{name: "a colleague's", suite: deletesTwice, theirs: map[string]any{"title": "Theirs", "stars": 1}, want: "inconclusive setup-failed"},
		{name: "another cell's", suite: deletesTwice, theirs: map[string]any{"title": "Made pgtheirstheirsb6", "stars": 4}, want: "inconclusive setup-failed"},
		{name: "a colleague's, where only the list shows it", suite: byList + deletesTwice, theirs: map[string]any{"title": "Theirs", "stars": 1}, want: "inconclusive setup-failed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newHeirs(row.theirs)
			m := say(t, s, row.suite, func(o *engine.Options) { o.Accounts = []string{"ada"} })
			for _, r := range m.results {
				want := row.want
				if r.Cell.Again == nil {
					want = "kept "
				}
				if got := string(r.Verdict.Class) + " " + string(r.Verdict.Kind); got != want {
					t.Errorf("want %s: %s", want, describe(r))
				}
				if len(r.Left) > 0 {
					t.Errorf("left %+v", r.Left)
				}
			}
			deletions := slices.DeleteFunc(slices.Clone(s.writes), func(w string) bool { return !strings.HasPrefix(w, "DELETE") })
			want, heirs := 3, 0
			if row.theirs != nil {
				want, heirs = 2, 2
			}
			if len(deletions) != want || s.hit != 0 || s.things() != heirs {
				t.Errorf("sent %v, %d of them to what is not ours; %d things are there", deletions, s.hit, s.things())
			}
		})
	}
}

// TestNobodyIsAccusedOfAnIdentityHandedOutAgain deletes and makes on accounts that hand out
// again what was deleted. Between the read and a second deletion another cell of ours may make
// its thing under the identity, and lose it: that is nobody's lie.
func TestNobodyIsAccusedOfAnIdentityHandedOutAgain(t *testing.T) {
	t.Parallel()
	batch := map[string]reviewhub.Behaviour{}
	for _, name := range tellers() {
		batch[name] = reviewhub.Behaviour{Name: "id-reuse"}
	}
	results := newBench(t, told(batch)...).run(t, func(o *engine.Options) {
		o.Accounts = tellers()
		o.Contracts = []string{"Deleting*", "One idempotency key*", "A submitted review is saved*", "The list can be filtered*"}
	})
	for _, r := range results {
		if r.Verdict.Class != verdict.Kept {
			t.Errorf("accused: %s", describe(r))
		}
		if len(r.Left) > 0 {
			t.Errorf("left behind by %s: %+v", r.Cell, r.Left)
		}
	}
}
