package verdict

import (
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
)

func TestAgainIsAskedForBesideABrokenContract(t *testing.T) {
	// The status is wrong for sure; whether it is also a side effect needs a second attempt.
	w := updating(200, always(thing(with(draft, "state", "published", "title", "x m0"), "m0")))
	w.r.Wanted.Status = Status{Codes: []int{204}}
	ruling{w: w, class: Broken, kind: WrongStatus, again: true}.try(t)
}

func TestAgainIsNotAskedForBesideAProvedLie(t *testing.T) {
	w := updating(200, always(thing(with(draft, "state", "published", "title", "x m0"), "m0")))
	w.r.Effects = append(w.r.Effects, Effect{Verb: contracts.Shows, Sentence: "shows: review", Thing: "review", Key: "8841", Marker: "m0", Where: where(1)})
	w.r.Places = append(w.r.Places, Place{Probe: "list", Look: Listing, Eyes: "nobody", Thing: "review", Call: "GET /reviews", Before: []Reading{otherReviews, otherReviews}})
	w.views[1] = always(otherReviews)
	ruling{w: w, class: Lied, kind: HalfDone}.try(t)
}

func TestTheRestIsAsLongAsTheFirstAttemptNeeded(t *testing.T) {
	published := with(draft, "state", "published")
	w := updating(200, from(2*sec, always(thing(published, "m0")), always(thing(with(published, "title", "x m0"), "m0"))))
	w.r.Effects[0].Where[0].Stays = 4 * sec
	v := w.judge(t)
	if v.Again == nil {
		t.Fatalf("no second attempt:\n%s", show(v))
	}
	// From making the thing, 10 ms after the start, to the first reading that shows the change.
	if rest := v.Again.Rest; rest < 2*sec || rest > 4*sec {
		t.Errorf("a rest of %v", rest)
	}
}

func TestAStoppedAttemptAsksForNoOther(t *testing.T) {
	w := updating(200, always(thing(with(draft, "state", "published", "title", "x m0"), "m0")))
	w.watch(t)
	w.r.Halt = &Halt{Kind: Interrupted, Why: "stopped"}
	ruling{w: w, class: Inconclusive, kind: Interrupted}.try(t)
}

func TestALieThatWasProvedOutlivesAHalt(t *testing.T) {
	w := updating(200, always(thing(draft, "m0")))
	w.watch(t)
	w.r.Halt = &Halt{Kind: Interrupted, Why: "stopped while cleaning up"}
	ruling{w: w, class: Lied, kind: LostWrite}.try(t)
}
