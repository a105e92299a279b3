package verdict

import (
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
)

// TestJudgeTakenBack judges what stood for a moment in which not every place was read.
func TestJudgeTakenBack(t *testing.T) {
	none, seen := always(gone("404")), always(thing(draft, "m0"))
	listed, unlisted := always(list(3, Item{Key: "8841", Marker: "m0", Value: draft})), always(otherReviews)
	moment := func() *world { return verbs(contracts.Shows, 200, none, from(sec, listed, unlisted)) }
	beside := func(r *Record) {
		r.Beside = []Beside{{What: "PATCH /reviews/8841", SentAt: at0(ms), SaidAt: at0(2 * ms)}}
	}
	two := func(read view) *world { // it is to be published and shown
		w := updating(200, read)
		w.r.Places = append(w.r.Places, Place{Probe: "list", Look: Listing, Eyes: "shop-oslo", Thing: "review", Call: "GET /reviews", Before: []Reading{otherReviews, otherReviews}})
		w.r.Effects = append(w.r.Effects, Effect{Verb: contracts.Shows, Sentence: "shows: review", Thing: "review", Key: "8841", Marker: "m0", Where: where(1)})
		w.views[1] = from(sec, listed, unlisted)
		return w
	}
	published := always(thing(with(obj("state", "published"), "id", 8841, "title", "Made m0", "views", 3), "m0"))
	tryAll(t, []ruling{
		{name: "seen in the list, and by key only before and after", w: moment(), class: Lied, kind: RevertedWrite, says: "showed it until"},
		{name: "seen in the list, and somebody may have taken it back", w: moment().do(beside), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "seen in the list, and taken back again", w: moment().do(beside).second(), class: Lied, kind: RevertedWrite},
		{name: "made, listed for a moment, and never seen by key", w: creating(201, none, from(5500*ms, always(listedReview), unlisted)), class: Lied, kind: RevertedWrite},
		{name: "never seen in the list", w: verbs(contracts.Shows, 200, seen, unlisted), class: Lied, kind: HalfDone},
		{name: "one effect for a moment, of the other nothing was seen", w: two(seen), class: Lied, kind: RevertedWrite},
		{name: "one effect for a moment, and somebody may have taken both back", w: two(seen).do(beside), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "one effect for a moment, the other stands", w: two(published).do(func(r *Record) { r.Effects[1].Where[0].Stays = 3 * sec }), class: Lied, kind: RevertedWrite},
		{name: "one effect stands, the other never was", w: two(published).do(func(r *Record) {
			r.Effects[1].Where[0].Place = 2
			r.Places = append(r.Places, Place{Probe: "page", Look: ByKey, Eyes: "nobody", Thing: "review", Call: "GET /p", Before: []Reading{gone("404"), gone("404")}, Sight: Sight{SameEyes: &Evidence{Exchange: 4, What: "GET /p/2"}}})
		}).seeing(2, none), class: Lied, kind: HalfDone},
	})
}

// seeing lets a place of the world show something.
func (w *world) seeing(place int, v view) *world {
	w.views[place] = v
	return w
}
