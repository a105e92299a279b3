package verdict

import (
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

func TestJudgeDeletes(t *testing.T) {
	there, none := always(thing(draft, "m0")), always(gone("404"))
	listed, unlisted := always(list(3, Item{Key: "8841", Marker: "m0", Value: draft})), always(otherReviews)
	refusal := func(r *Record) { r.Wanted.Status = Status{Claim: contracts.Refused} }
	tryAll(t, []ruling{
		{name: "gone at once", w: verbs(contracts.Deletes, 204, none, unlisted), class: Kept, most: 2},
		{name: "gone within the deadline", w: verbs(contracts.Deletes, 204, from(sec, there, none), from(2*sec, listed, unlisted)), class: Kept},
		{name: "still there", w: verbs(contracts.Deletes, 204, there, listed), class: Lied, kind: IneffectiveDelete},
		{name: "deleted by key, still listed", w: verbs(contracts.Deletes, 204, none, listed), class: Lied, kind: HalfDone},
		{name: "back again", w: verbs(contracts.Deletes, 204, from(sec, none, there), from(sec, unlisted, listed)).do(func(r *Record) {
			r.Effects[0].Where[0].Stays, r.Effects[0].Where[1].Stays = 3*sec, 3*sec
		}), class: Lied, kind: RevertedWrite},
		{name: "a tombstone", w: verbs(contracts.Deletes, 204, always(gone("tombstone")), unlisted), class: Kept},
		{name: "identity handed out again", w: verbs(contracts.Deletes, 204, always(thing(obj("id", 8841, "title", "other m5"), "m5")), unlisted), class: Kept, most: 2},
		{name: "identity handed out again, to a colleague's", w: verbs(contracts.Deletes, 204, always(thing(obj("id", 8841, "title", "other"), "")), unlisted), class: Kept, most: 2},
		{name: "identity handed out again, to a colleague's, and listed", w: verbs(contracts.Deletes, 204, none, always(list(3, Item{Key: "8841", Value: obj("id", 8841, "title", "other")}))), class: Kept, most: 2},
		{name: "emptied, and still listed", w: verbs(contracts.Deletes, 204, none, always(list(3, Item{Key: "8841", Value: obj("id", 8841, "state", "draft")}))), class: Lied, kind: HalfDone},
		{name: "identity handed out again, and listed", w: verbs(contracts.Deletes, 204, none, always(list(3, Item{Key: "8841", Marker: "m5", Value: obj("id", 8841, "title", "other m5")}))), class: Kept, most: 2},
		{name: "not there before", w: verbs(contracts.Deletes, 204, none, unlisted).do(func(r *Record) {
			r.Places[0].Before = []Reading{gone("404"), gone("404")}
		}), class: Inconclusive, kind: AlreadySo},
		{name: "an incomplete listing proves no absence", w: verbs(contracts.Deletes, 204, none, always(Reading{Known: Value, Status: 200, Others: 3})), class: Inconclusive, kind: ProbeFailed, says: "complete"},
		{name: "a sibling is gone: once", w: verbs(contracts.Deletes, 204, none, always(Reading{Known: Value, Complete: true, Others: 2, Missing: []string{"77"}})), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "a sibling is gone: again", w: verbs(contracts.Deletes, 204, none, always(Reading{Known: Value, Complete: true, Others: 2, Missing: []string{"77"}})).second(), class: Lied, kind: SideEffect, says: "77"},
		{name: "a sibling slips from the pages for a while, past the deadline", w: verbs(contracts.Deletes, 204, none, from(9*sec, always(Reading{Known: Value, Complete: true, Others: 2, Missing: []string{"77"}}), unlisted)), class: Kept},
		{name: "refused and there", w: verbs(contracts.Deletes, 403, there, listed).do(refusal), class: Kept},
		{name: "refused, and unreadable from before the deadline on", w: verbs(contracts.Deletes, 403, from(sec, there, always(cannot(503))), listed).do(refusal), class: Inconclusive, kind: ProbeFailed, says: "503"},
		{name: "refused and gone: once", w: verbs(contracts.Deletes, 403, none, unlisted).do(refusal), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "refused and gone: again", w: verbs(contracts.Deletes, 403, none, unlisted).second().do(refusal), class: Lied, kind: PhantomWrite},
		{name: "404 after it was deleted", w: verbs(contracts.Deletes, 404, none, unlisted).do(func(r *Record) {
			refusal(r)
			r.Places[0].Before, r.Places[1].Before = []Reading{gone("404"), gone("404")}, []Reading{otherReviews, otherReviews}
		}), class: Kept},
	})
}

func TestJudgeShows(t *testing.T) {
	there, none := always(thing(draft, "m0")), always(gone("404"))
	listed, unlisted := always(list(3, Item{Key: "8841", Marker: "m0", Value: draft})), always(otherReviews)
	page := func(v view) *world {
		w := verbs(contracts.Shows, 200, v, listed)
		w.r.Places[0].Look, w.r.Places[0].Eyes, w.r.Places[0].Probe = Selection, "nobody", "product_page"
		return w
	}
	match := always(Reading{Known: Value, Status: 200, Value: []any{obj("text", "Made m0")}})
	briefly := func(r *Record) {
		r.Effects[0].Where[0].Stays = 3 * sec
		r.Beside = []Beside{{What: "PATCH /reviews/7", SentAt: at0(500 * ms), SaidAt: at0(510 * ms)}}
	}
	tryAll(t, []ruling{
		{name: "shown", w: verbs(contracts.Shows, 200, there, listed), class: Kept, most: 2},
		{name: "shown on the page", w: page(match), class: Kept, most: 2},
		{name: "an empty selection", w: page(always(Reading{Known: Value, Status: 200, Value: []any{}})), class: Lied, kind: HalfDone},
		{name: "shown late", w: verbs(contracts.Shows, 200, from(9*sec, none, there), listed), class: Broken, kind: LateEffect},
		{name: "shown nowhere", w: verbs(contracts.Shows, 200, none, unlisted), class: Lied, kind: LostWrite},
		{name: "shown to the author only", w: verbs(contracts.Shows, 200, there, unlisted), class: Lied, kind: HalfDone},
		{name: "shown for a while in one place, never seen in the other, and an act of ours between: once", w: verbs(contracts.Shows, 200, from(sec, there, none), unlisted).do(briefly), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "shown for a while in one place, never seen in the other, and an act of ours between: again", w: verbs(contracts.Shows, 200, from(sec, there, none), unlisted).second().do(briefly), class: Lied, kind: RevertedWrite},
		{name: "shown before", w: verbs(contracts.Shows, 200, there, listed).do(func(r *Record) {
			r.Places[0].Before = []Reading{thing(draft, "m0")}
		}), class: Inconclusive, kind: AlreadySo},
		{name: "refused and hidden", w: verbs(contracts.Shows, 403, none, unlisted).do(func(r *Record) { r.Wanted.Status = Status{Codes: []int{403}} }), class: Kept},
		{name: "refused and shown: again", w: verbs(contracts.Shows, 403, there, listed).second().do(func(r *Record) { r.Wanted.Status = Status{Codes: []int{403}} }), class: Lied, kind: PhantomWrite},
	})
}

func TestJudgeHides(t *testing.T) {
	there, none := always(thing(draft, "m0")), always(gone("404"))
	listed, unlisted := always(list(3, Item{Key: "8841", Marker: "m0", Value: draft})), always(otherReviews)
	visible := func(r *Record) {
		r.Places[0].Before = []Reading{thing(draft, "m0"), thing(draft, "m0")}
		r.Places[1].Before = []Reading{list(3, Item{Key: "8841", Marker: "m0"}), list(3, Item{Key: "8841", Marker: "m0"})}
	}
	stays := func(r *Record) {
		for i := range r.Effects[0].Where {
			r.Effects[0].Where[i].Stays = 4 * sec
		}
	}
	tryAll(t, []ruling{
		{name: "never shown", w: verbs(contracts.Hides, 200, none, unlisted), class: Kept, most: 2},
		{name: "never shown for stays", w: verbs(contracts.Hides, 200, none, unlisted).do(stays), class: Kept, most: 16},
		{name: "shown: its making may only have come late", w: verbs(contracts.Hides, 200, there, unlisted), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "shown: again", w: verbs(contracts.Hides, 200, there, unlisted).second(), class: Lied, kind: Leaked},
		{name: "shown for a moment: again", w: verbs(contracts.Hides, 200, from(2*sec, none, from(3*sec, there, none)), unlisted).do(stays).second(), class: Lied, kind: Leaked},
		{name: "shown, and made by the act itself", w: verbs(contracts.Hides, 200, there, unlisted).do(func(r *Record) { r.Things = nil }), class: Lied, kind: Leaked},
		{name: "shown before, gone at once", w: verbs(contracts.Hides, 200, none, unlisted).do(visible), class: Kept, most: 2},
		{name: "shown before, gone within the deadline", w: verbs(contracts.Hides, 200, from(2*sec, there, none), from(2*sec, listed, unlisted)).do(visible), class: Kept},
		{name: "shown before and for ever", w: verbs(contracts.Hides, 200, there, unlisted).do(visible), class: Lied, kind: Leaked},
		{name: "blind", w: verbs(contracts.Hides, 200, none, unlisted).do(func(r *Record) { r.Places[0].Sight = Sight{} }), class: Inconclusive, kind: BlindProbe},
		{name: "refused, hidden", w: verbs(contracts.Hides, 403, none, unlisted).do(func(r *Record) { r.Wanted.Status = Status{Codes: []int{403}} }), class: Kept},
	})
}

// found is a world of `finds`: place 0 is the act's own reply, place 1 the
// resource's read.
func found(status int, reply, read view) *world {
	w := updating(status, reply)
	w.r.Act.Read, w.r.Act.Call = true, "GET /reviews"
	w.r.Effects[0].Verb, w.r.Effects[0].Want, w.r.Effects[0].Sentence = contracts.Finds, nil, "finds: review"
	w.r.Places[0] = Place{Probe: "reply", Look: Reply, Eyes: "shop-oslo", Thing: "review", Call: "GET /reviews"}
	w.r.Places = append(w.r.Places, Place{Probe: "read", Look: ByKey, Eyes: "owner", Thing: "review", Call: "GET /reviews/8841", Before: []Reading{thing(draft, "m0")}})
	first := reply(sentAt)
	first.SentAt, first.GotAt = sentAt, saidAt
	w.r.Places[0].Readings = []Reading{first}
	w.views[1] = read
	return w
}

func TestJudgeFinds(t *testing.T) {
	there, none := always(thing(draft, "m0")), always(gone("404"))
	listed, unlisted := always(list(3, Item{Key: "8841", Marker: "m0", Value: draft})), always(list(0))
	tryAll(t, []ruling{
		{name: "in the reply", w: found(200, listed, there), class: Kept},
		{name: "in a reply that is no list", w: found(200, there, there), class: Kept},
		{name: "within the deadline", w: found(200, from(2*sec, unlisted, listed), there), class: Kept},
		{name: "an empty reply, and the owner reads it", w: found(200, unlisted, there), class: Lied, kind: FilteredEmpty, says: "showed it before and after"},
		{name: "an empty reply without a witness", w: found(200, unlisted, none), class: Inconclusive, kind: BlindProbe},
		{name: "refused", w: found(403, always(cannot(403)), there).do(func(r *Record) { r.Wanted.Status = Status{Codes: []int{403}} }), class: Kept},
	})
}

func TestJudgeKeeps(t *testing.T) {
	keeping := func(status int, neighbour view) *world {
		w := updating(status, always(thing(with(obj("state", "published"), "id", 8841, "title", "Made m0", "views", 3), "m0")))
		w.r.Places = append(w.r.Places, Place{Probe: "read", Look: ByKey, Eyes: "shop-oslo", Thing: "neighbour", Call: "GET /reviews/8842",
			Before: []Reading{thing(obj("id", 8842, "state", "draft"), "m2"), thing(obj("id", 8842, "state", "draft"), "m2")}})
		w.r.Things = append(w.r.Things, Thing{Name: "neighbour", Key: "8842", Marker: "m2", MadeAt: 20 * ms})
		w.r.Effects = append(w.r.Effects, Effect{Verb: contracts.Keeps, Sentence: "keeps: neighbour", Thing: "neighbour", Key: "8842", Marker: "m2", Where: where(1)})
		w.views[1] = neighbour
		return w
	}
	as := always(thing(obj("id", 8842, "state", "draft"), "m2"))
	changed := always(thing(obj("id", 8842, "state", "published"), "m2"))
	field := func(r *Record) { r.Effects[1].Where[0].Field = []string{"state"} }
	tryAll(t, []ruling{
		{name: "as before", w: keeping(200, as), class: Kept, most: 2},
		{name: "as before, to the end of stays", w: keeping(200, as).do(func(r *Record) { r.Effects[1].Where[0].Stays = 3 * sec }), class: Kept, most: 3},
		{name: "changed within stays", w: keeping(200, from(2*sec, as, changed)).second().do(func(r *Record) { r.Effects[1].Where[0].Stays = 3 * sec }), class: Lied, kind: SideEffect},
		{name: "changed: once", w: keeping(200, changed), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "changed: again", w: keeping(200, changed).second(), class: Lied, kind: SideEffect, says: "state"},
		{name: "gone: again", w: keeping(200, always(gone("404"))).second(), class: Lied, kind: SideEffect},
		{name: "refused, and changed within stays: again", w: keeping(403, from(8*sec, as, changed)).second().wants(Status{Codes: []int{403}}).do(func(r *Record) {
			r.Effects[0].Want, r.Effects[1].Where[0].Stays = obj("state", "secret"), 10*sec
			r.Places[0].Before = []Reading{thing(with(draft, "state", "published"), "m0"), thing(with(draft, "state", "published"), "m0")}
		}), class: Lied, kind: ErrorLeftATrace},
		{name: "changed for a moment", w: keeping(200, from(sec, changed, as)), class: Kept},
		{name: "another field of it", w: keeping(200, always(thing(obj("id", 8842, "state", "draft", "views", 9), "m2"))).second().do(field), class: Kept},
		{name: "the field itself", w: keeping(200, changed).second().do(field), class: Lied, kind: SideEffect},
		{name: "a named field that moves by itself", w: keeping(200, changed).do(field).do(func(r *Record) { r.Places[1].Noise = [][]string{{"state"}} }), class: Inconclusive, kind: NoisyFrame},
		{name: "a field that moves by itself", w: keeping(200, changed).do(func(r *Record) { r.Places[1].Noise = [][]string{{"state"}} }), class: Kept, most: 2},
		{name: "could not be read before", w: keeping(200, as).do(func(r *Record) { r.Places[1].Before = []Reading{cannot(500), cannot(500)} }), class: Inconclusive, kind: ProbeFailed},
		{name: "could not be read after", w: keeping(200, always(cannot(500))), class: Inconclusive, kind: ProbeFailed},
	})
}

// expecting is a world of the general form: place 0 is the expression, worked
// out from place 1.
func expecting(status int, answer view) *world {
	w := updating(status, answer)
	w.r.Effects[0] = Effect{Verb: contracts.Expects, Sentence: "the review count rises by one", Source: "after.product.n == before.product.n + 1", Where: where(0)}
	w.r.Places = []Place{
		{Probe: "after.product.n == before.product.n + 1", Look: Expression, Parts: []int{1}, Before: []Reading{truth(false)}},
		{Probe: "product", Look: Probed, Eyes: "shop-oslo", Before: []Reading{thing(obj("n", 1), "")}},
	}
	w.views[1] = always(thing(obj("n", 2), ""))
	return w
}

func TestJudgeExpect(t *testing.T) {
	holds, not := always(truth(true)), always(truth(false))
	tryAll(t, []ruling{
		{name: "holds", w: expecting(200, holds), class: Kept, most: 2},
		{name: "holds within the deadline", w: expecting(200, from(sec, not, holds)), class: Kept},
		{name: "unknown stays unknown", w: expecting(200, always(Reading{Known: Unsure, Truth: Unknown, Why: "n is unknown"})), class: Inconclusive, kind: ProbeFailed},
		{name: "held before", w: expecting(200, holds).do(func(r *Record) { r.Places[0].Before = []Reading{truth(true)} }), class: Inconclusive, kind: AlreadySo},
		{name: "never, over what is not ours: once", w: expecting(200, not), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "never, over what is not ours: again", w: expecting(200, not).second(), class: Lied, kind: LostWrite},
		{name: "never, over what is ours", w: expecting(200, not).do(func(r *Record) { r.Effects[0].Ours = true }), class: Lied, kind: LostWrite},
		{name: "and no more, over what is not ours: once", w: expecting(200, from(sec, holds, not)).do(staying), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "and no more, over what is not ours: again", w: expecting(200, from(sec, holds, not)).do(staying).second(), class: Lied, kind: RevertedWrite},
		{name: "never: again, beside another account", w: expecting(200, not).second().do(beside), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "never: again, and quiet", w: expecting(200, not).second().do(beside).do(func(r *Record) { r.Cell.Quiet = true }), class: Lied, kind: LostWrite},
		{name: "never, and it moved at rest", w: expecting(200, not).second().do(func(r *Record) { r.Places[0].Stirred = []string{"product.n"} }), class: Inconclusive, kind: NoisyFrame, says: "product.n moved by itself"},
		{name: "holds, and it moved at rest", w: expecting(200, holds).second().do(func(r *Record) { r.Places[0].Stirred = []string{"product.n"} }), class: Kept},
		{name: "its parts never showed anything", w: func() *world {
			w := expecting(200, not).second()
			w.r.Places[1].Before, w.views[1] = []Reading{gone("404")}, always(gone("404"))
			return w
		}(), class: Inconclusive, kind: BlindProbe, says: "never showed anything"},
		{name: "refused and not reached", w: expecting(422, not).do(func(r *Record) { r.Wanted.Status = Status{Codes: []int{422}} }), class: Kept},
		{name: "refused and reached: again", w: expecting(422, holds).second().do(func(r *Record) { r.Wanted.Status = Status{Codes: []int{422}} }), class: Lied, kind: PhantomWrite},
	})
}

// staying wants an effect to hold for a while.
func staying(r *Record) {
	for i := range r.Effects {
		for j := range r.Effects[i].Where {
			r.Effects[i].Where[j].Stays = 5 * sec
		}
	}
}

// beside is a write of ours on another account, just after the act.
func beside(r *Record) {
	r.Abroad = []Beside{{What: "DELETE /reviews/7 as shop-rome", SentAt: at0(0), SaidAt: at0(sec)}}
}

// TestNobodyKnowsWhoMovedIt gives an answer that says nothing: that only a counter moved, which
// everybody may move, does not prove that half of it was done.
func TestNobodyKnowsWhoMovedIt(t *testing.T) {
	unanswered := func() *world {
		w := updating(504, always(thing(draft, "m0")))
		w.r.Effects = append(w.r.Effects, Effect{Verb: contracts.Expects, Sentence: "one more", Source: "after.n == before.n + 1", Where: where(1)})
		w.r.Places = append(w.r.Places, Place{Probe: "after.n == before.n + 1", Look: Expression, Before: []Reading{truth(false)}})
		w.views[1] = always(truth(true))
		return w
	}
	tryAll(t, []ruling{
		{name: "once", w: unanswered(), class: Inconclusive, kind: Unreachable, again: true},
		{name: "again", w: unanswered().second(), class: Lied, kind: HalfDone},
		{name: "again, beside another account", w: unanswered().second().do(beside), class: Inconclusive, kind: Unreachable, again: true},
	})
}

func TestFailsEndsTheWatchEarly(t *testing.T) {
	w := updating(200, always(thing(draft, "m0")))
	w.r.Places = append(w.r.Places, Place{Probe: "after.review.state == 'spam'", Look: Expression})
	failing := 1
	w.r.Effects[0].Fails = &failing
	w.views[1] = from(sec, always(truth(false)), always(truth(true)))
	ruling{w: w, class: Lied, kind: LostWrite, says: "spam"}.try(t)
	for _, r := range w.r.Places[0].Readings {
		if r.SentAt > at0(3*sec) {
			t.Errorf("read at %v, long after `fails` held", r.SentAt)
		}
	}
}

func TestJudgeSeveralEffects(t *testing.T) {
	both := func(state string, page view) *world {
		w := updating(200, always(thing(with(obj("state", state), "id", 8841, "title", "Made m0", "views", 3), "m0")))
		w.r.Places = append(w.r.Places, Place{Probe: "product_page", Look: Selection, Eyes: "nobody", Thing: "review",
			Before: []Reading{gone("empty selection")}, Sight: Sight{SameEyes: &Evidence{Exchange: 2, What: "GET /p/p-2 as nobody"}}})
		w.r.Effects = append(w.r.Effects, Effect{Verb: contracts.Shows, Sentence: "shows: review", Thing: "review", Key: "8841", Marker: "m0", Where: where(1)})
		w.views[1] = page
		return w
	}
	none := always(gone("empty selection"))
	match := always(Reading{Known: Value, Status: 200, Value: []any{obj("text", "x")}})
	tryAll(t, []ruling{
		{name: "both", w: both("published", match), class: Kept, most: 2},
		{name: "neither", w: both("draft", none), class: Lied, kind: LostWrite},
		{name: "the first only", w: both("published", none), class: Lied, kind: HalfDone},
		{name: "the second only", w: both("draft", match), class: Lied, kind: HalfDone},
		{name: "the first absent, the second not to be seen", w: both("draft", always(cannot(500))), class: Lied, kind: LostWrite},
		{name: "the first applied, the second not to be seen", w: both("published", always(cannot(500))), class: Inconclusive, kind: ProbeFailed},
		{name: "stored, gone while the other is awaited", w: func() *world {
			w := both("published", none)
			w.views[0] = from(4*sec, w.views[0], always(thing(draft, "m0")))
			return w
		}(), class: Lied, kind: RevertedWrite},
	})
}

func TestJudgeSight(t *testing.T) {
	lost := func(sight Sight, change func(r *Record)) *world {
		w := creating(201, always(gone("404")), always(list(0))).do(func(r *Record) {
			r.Places[0].Sight, r.Places[1].Sight = sight, sight
			r.Places[1].Before = []Reading{list(0), list(0)}
		})
		if change != nil {
			w.do(change)
		}
		return w
	}
	peer := Peer{Account: "shop-rome", Exchange: 9, Can: []string{"a", "reviews:write"}, CanKnown: true}
	knows := func(can ...string) func(r *Record) {
		return func(r *Record) {
			r.Cell.Can, r.Cell.CanKnown, r.Wanted.Needs = can, true, []string{"reviews:write"}
		}
	}
	tryAll(t, []ruling{
		{name: "none", w: lost(Sight{}, nil), class: Inconclusive, kind: BlindProbe},
		{name: "the same eyes", w: lost(Sight{SameEyes: &Evidence{What: "GET /reviews/2 as shop-oslo"}}, nil), class: Lied, kind: LostWrite},
		{name: "the same listing", w: lost(Sight{}, func(r *Record) { r.Places[1].Before = []Reading{otherReviews, otherReviews} }), class: Lied, kind: LostWrite},
		{name: "peers", w: lost(Sight{Peers: []Peer{peer}}, nil), class: Lied, kind: LostWrite, says: "hidden from this account"},
		{name: "peers who can no more than the contract needs", w: lost(Sight{Peers: []Peer{peer}}, knows("a")), class: Lied, kind: LostWrite},
		{name: "peers who can more", w: lost(Sight{Peers: []Peer{peer}}, knows()), class: Inconclusive, kind: BlindProbe, says: "shop-rome"},
		{name: "peers, and these eyes were denied", w: lost(Sight{Peers: []Peer{peer}, Denied: true}, nil), class: Inconclusive, kind: BlindProbe},
		{name: "peers, and it was hidden from these eyes", w: lost(Sight{Peers: []Peer{peer}, Hidden: true}, nil), class: Inconclusive, kind: BlindProbe},
	})
}

func TestSecondAttemptRemarksOnTheFirst(t *testing.T) {
	first := updating(200, always(thing(with(obj("state", "published", "title", "x m0"), "id", 8841, "views", 3), "m0")))
	before := first.judge(t)
	if before.Again == nil || before.Again.Rest <= 0 || before.Again.Rest > 15*sec {
		t.Fatalf("again %+v\n%s", before.Again, show(before))
	}
	w := updating(200, always(thing(with(obj("state", "published"), "id", 8841, "title", "Made m0", "views", 3), "m0"))).second()
	w.r.Earlier = []*Record{first.r}
	v := w.judge(t)
	if v.Class != Kept || len(v.Remarks) != 1 {
		t.Errorf("want kept with one remark:\n%s", show(v))
	}
}

func TestAttemptAfterAThrottledOneIsNoSecond(t *testing.T) {
	throttledOne := updating(429, always(thing(draft, "m0")))
	throttledOne.watch(t)
	w := updating(200, always(thing(with(obj("state", "published", "title", "x m0"), "id", 8841, "views", 3), "m0")))
	w.r.Cell.Attempt, w.r.Cell.Alone, w.r.Earlier = 2, true, []*Record{throttledOne.r}
	ruling{w: w, class: Inconclusive, kind: NoisyFrame, again: true}.try(t)
}

func TestAProvedLieNeedsNoSecondAttempt(t *testing.T) {
	w := updating(200, always(thing(with(obj("title", "x m0"), "id", 8841, "state", "draft", "views", 3), "m0")))
	w.r.Effects = append(w.r.Effects, Effect{Verb: contracts.Keeps, Sentence: "keeps: review.title", Thing: "review", Key: "8841", Marker: "m0",
		Where: []Where{{Place: 0, Field: []string{"title"}, Within: 5 * sec, Patience: 15 * time.Second}}})
	ruling{w: w, class: Lied, kind: LostWrite}.try(t)
}
