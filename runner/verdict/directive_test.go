package verdict

import (
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
)

// TestJudgeCondition takes writes that a false precondition was to keep from being done.
func TestJudgeCondition(t *testing.T) {
	published, still := always(thing(with(draft, "state", "published"), "m0")), always(thing(draft, "m0"))
	conditional := func(status, wanted int, condition string, read view) *world {
		return updating(status, read).wants(Status{Codes: []int{wanted}}).do(func(r *Record) { r.Act.Condition = condition })
	}
	tryAll(t, []ruling{
		{name: "heeded", w: conditional(412, 412, "If-Match", still), class: Kept},
		{name: "done all the same", w: conditional(200, 412, "If-Match", published), class: Lied, kind: IgnoredDirective},
		{name: "done, and nothing was said of a condition", w: conditional(200, 412, "", published), class: Broken, kind: WrongStatus},
		{name: "done, and the contract does not say that the condition is false", w: conditional(200, 409, "If-Match", published), class: Broken, kind: WrongStatus},
		{name: "said to be done, and not done", w: conditional(200, 412, "If-Match", still), class: Lied, kind: LostWrite},
	})
}

// TestJudgeDirective takes acts that were told to do nothing, and answered as if they had
// done it.
func TestJudgeDirective(t *testing.T) {
	dry := func(status int, lists Reading) *world {
		return creating(status, always(gone("404")), always(lists)).do(func(r *Record) { r.Wanted.Case, r.Wanted.Nothing = true, true })
	}
	bare := func(w *world, want map[string]any) *world { // no field carries a marker
		return w.do(func(r *Record) { r.Act.Marked, r.Act.Key, r.Effects[0].Want = nil, "", want })
	}
	made := list(3, item("8850", "m1", sentReview))
	unmarked := list(3, Item{Key: "8850", New: true, Value: obj("id", 8850, "stars", 4)})
	tryAll(t, []ruling{
		{name: "heeded", w: dry(200, otherReviews), class: Kept},
		{name: "accepted, and nothing came of it", w: dry(202, otherReviews), class: Kept},
		{name: "done all the same", w: dry(200, made), class: Lied, kind: IgnoredDirective, says: "8850"},
		{name: "done all the same, and refused", w: dry(422, made).wants(Status{Claim: contracts.Refused}), class: Lied, kind: PhantomWrite},
		{name: "a like item without a marker: once", w: bare(dry(200, unmarked), obj("stars", 4)), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "a like item without a marker: again", w: bare(dry(200, unmarked), obj("stars", 4)).second(), class: Lied, kind: IgnoredDirective},
		{name: "nothing readable was sent, and an item appears", w: bare(dry(200, unmarked), obj()).second(), class: Inconclusive, kind: NoisyFrame, says: "${unique}"},
		{name: "the contract expects another reply", w: dry(200, otherReviews).do(func(r *Record) { r.Act.Expect = &Asked{Source: "response.body.dry", Truth: False} }), class: Broken, kind: UnexpectedReply},
	})
}
