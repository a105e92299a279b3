package verdict

import "testing"

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
