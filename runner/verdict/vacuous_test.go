package verdict

import (
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
)

// vain is a world in which a review is deleted that was removed before, and stays away.
func vain(status int, read view) *world {
	return updating(status, read).do(func(r *Record) {
		r.Act.Method, r.Act.Call, r.Act.Marker = "DELETE", "DELETE /reviews/8841", ""
		r.Wanted.Status = Status{Codes: []int{404, 410}}
		r.Things[0].Removed = true
		r.Effects[0].Verb, r.Effects[0].Sentence, r.Effects[0].Want = contracts.Keeps, "keeps: review", nil
		r.Places[0].Before = []Reading{gone("404"), gone("404")}
		r.Places[0].Sight = Sight{SameEyes: &Evidence{What: "GET /reviews/2"}}
	})
}

func TestJudgeVacuous(t *testing.T) {
	none, back := always(gone("404")), always(thing(obj("id", 8841, "title", "Again m1"), "m1"))
	tryAll(t, []ruling{
		{name: "not found", w: vain(404, none), class: Kept},
		{name: "done, it says: once", w: vain(204, none), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "done, it says: again", w: vain(204, none).second(), class: Lied, kind: VacuousSuccess, says: "was not there"},
		{name: "done, it says, and its body does not", w: vain(200, none).second().do(func(r *Record) { r.Act.Body = obj("ok", false) }), class: Broken, kind: WrongStatus},
		{name: "accepted, which promises nothing", w: vain(202, none).second(), class: Broken, kind: WrongStatus},
		{name: "a documented idempotent success", w: vain(204, none).second().do(func(r *Record) { r.Wanted.Status = Status{} }), class: Kept},
		{name: "the act names another thing", w: vain(204, none).second().do(func(r *Record) { r.Act.Call = "DELETE /reviews/9" }), class: Broken, kind: WrongStatus},
		{name: "it was made again, and something was done", w: vain(201, back).second().do(func(r *Record) { r.Act.Method, r.Act.Call, r.Act.Marker = "PUT", "PUT /reviews/8841", "m1" }), class: Broken, kind: WrongStatus},
	})
}

// TestHiddenExistence notes a refusal that does not tell whether the thing was there.
func TestHiddenExistence(t *testing.T) {
	for status, want := range map[int]int{401: 1, 403: 1, 404: 0, 410: 0} {
		v := vain(status, always(gone("404"))).wants(Status{Classes: []int{4}}).judge(t)
		if v.Class != Kept || len(v.Behaviour) != want {
			t.Errorf("%d: want %d remarks on behaviour:\n%s", status, want, show(v))
		}
	}
}
