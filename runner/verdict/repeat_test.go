package verdict

import (
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
)

// repeating is a world in which a review is sent a second time, and nothing may come of it.
func repeating(status int, body any, lists Reading) *world {
	first := list(3, Item{Key: "8841", Marker: "m1", Value: with(sentReview, "id", 8841)})
	return creating(status, always(savedReview), always(lists)).do(func(r *Record) {
		r.Act.Body, r.Act.Key, r.Act.KeyFrom = body, "", ""
		r.Effects[0].Where = where(1) // only the list tells one from two
		r.Repeat = &Repeat{Name: "the same key", Effect: contracts.None, Key: "8841",
			First: &Record{Act: &Act{Call: "POST /reviews", Status: 201, Sends: 1, Marker: "m1", Body: obj("id", 8841)}}}
		r.Places[1].Before = []Reading{first, first}
	})
}

func TestJudgeRepeated(t *testing.T) {
	once := list(3, Item{Key: "8841", Marker: "m1", Value: with(sentReview, "id", 8841)})
	twice := list(3, once.Items[0], item("8842", "m1", with(sentReview, "id", 8842)))
	same := func(r *Record) { r.Repeat.Same = true }
	untrue := func(r *Record) { r.Act.Expect = &Asked{Source: "response.body.replayed", Truth: False} }
	wants := func(codes ...int) func(*Record) {
		return func(r *Record) { r.Wanted.Case, r.Wanted.Status = true, Status{Codes: codes} }
	}
	first, other := obj("id", 8841), obj("id", 8842)
	tryAll(t, []ruling{
		{name: "answered as the first", w: repeating(201, first, once), class: Kept},
		{name: "refused", w: repeating(409, nil, once), class: Kept},
		{name: "refused where that is wanted", w: repeating(409, nil, once).do(wants(409)), class: Kept},
		{name: "another refusal than is wanted", w: repeating(422, nil, once).do(wants(409)), class: Broken, kind: WrongStatus},
		{name: "done where a refusal is wanted", w: repeating(201, first, once).do(wants(409)), class: Broken, kind: WrongStatus},
		{name: "a 500, which is no answer to it", w: repeating(500, nil, once), class: Broken, kind: WrongStatus},
		{name: "no word on whether it was done", w: repeating(502, nil, once), class: Inconclusive, kind: Unreachable},
		{name: "throttled to the last", w: repeating(429, nil, once), class: Inconclusive, kind: RateLimited},
		{name: "a second one is made", w: repeating(201, other, twice), class: Lied, kind: DuplicatedWrite, says: "8842"},
		{name: "a second one is made under a refusal", w: repeating(409, nil, twice), class: Lied, kind: PhantomWrite, says: "8842"},
		{name: "the same reply", w: repeating(201, first, once).do(same), class: Kept},
		{name: "another reply where the same is wanted", w: repeating(201, other, once).do(same), class: Broken, kind: UnexpectedReply, says: "8842"},
		{name: "another status where the same reply is wanted", w: repeating(200, first, once).do(same), class: Broken, kind: UnexpectedReply, says: "answered 200"},
		{name: "a reply that does not meet its expect", w: repeating(201, first, once).do(untrue), class: Broken, kind: UnexpectedReply, says: "response.body.replayed"},
	})
}
