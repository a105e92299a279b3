package verdict

import (
	"testing"
	"time"

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
	w := updating(200, from(2*sec, always(thing(draft, "m0")), always(thing(with(draft, "state", "odd"), "m0"))))
	w.r.Effects[0].Where[0].Stays = 4 * sec
	w.r.Beside = []Beside{{What: "PATCH /reviews/8842", SentAt: sec, SaidAt: sec + 100*time.Millisecond}}
	v := w.judge(t)
	if v.Again == nil {
		t.Fatalf("no second attempt:\n%s", show(v))
	}
	// From making the thing, 10 ms after the start, to the first reading that shows the change.
	if rest := v.Again.Rest; rest < 10*time.Millisecond || rest > 4*sec {
		t.Errorf("a rest of %v", rest)
	}
}

func TestWhatChangedBesideTheEffectRestsForAllThePatience(t *testing.T) {
	published := with(draft, "state", "published")
	for name, w := range map[string]*world{
		"done":    updating(200, from(2*sec, always(thing(published, "m0")), always(thing(with(published, "title", "x m0"), "m0")))),
		"refused": updating(403, from(2*sec, always(thing(draft, "m0")), always(thing(with(draft, "title", "x m0"), "m0")))),
	} {
		w.r.Effects[0].Where[0].Stays = 4 * sec
		if v := w.judge(t); v.Again == nil || v.Again.Rest != 15*sec {
			t.Errorf("%s: second attempt %+v\n%s", name, v.Again, show(v))
		}
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
