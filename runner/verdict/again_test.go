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

// TestWhatChangedLateRestsAsLong has somebody's job come at its own time after the making,
// later than patience: a rest that ends before it proves nothing of the act.
func TestWhatChangedLateRestsAsLong(t *testing.T) {
	published := with(draft, "state", "published")
	for name, later := range map[string]view{"a field beside": always(thing(with(published, "title", "x m0"), "m0")), "what was wanted": always(thing(draft, "m0"))} {
		w := updating(200, from(30*sec, always(thing(published, "m0")), later))
		w.r.Effects[0].Where[0].Stays = 60 * sec
		w.r.Beside = []Beside{{What: "PATCH /reviews/8842", SentAt: at0(29 * sec), SaidAt: at0(29*sec + ms)}}
		if v := w.judge(t); v.Again == nil || v.Again.Rest < 30*sec || v.Again.Rest > 75*sec {
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

// TestTheRestBeginsWithTheMaking counts from when the thing itself was made, whatever else
// was made before it; from the first look at it, where nothing was made at all.
func TestTheRestBeginsWithTheMaking(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Record)
		rest   time.Duration
	}{
		"the thing":              {func(*Record) {}, 115 * ms},
		"beside an earlier one":  {func(r *Record) { r.Things = append(r.Things, Thing{Name: "neighbour", MadeAt: ms}) }, 115 * ms},
		"nothing of ours":        {func(r *Record) { r.Things = nil }, 125 * ms},
		"made while it was sent": {func(r *Record) { r.Things[0].MadeAt = 110 * ms }, 25 * ms},
	} {
		w := updating(200, always(thing(with(draft, "state", "odd"), "m0"))).do(c.change)
		w.r.Beside = []Beside{{What: "PATCH /reviews/8842", SentAt: at0(0), SaidAt: at0(ms)}}
		if v := w.judge(t); v.Again == nil || v.Again.Rest != c.rest {
			t.Errorf("%s: second attempt %+v, want a rest of %s\n%s", name, v.Again, c.rest, show(v))
		}
	}
}
