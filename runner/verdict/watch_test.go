package verdict

import (
	"math/rand"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// sentTimes are when a place was read, from the answer on.
func sentTimes(r *Record, place int) []time.Duration {
	var list []time.Duration
	for _, reading := range r.Places[place].Readings {
		list = append(list, reading.SentAt-saidAt)
	}
	return list
}

func TestOneReadIsSentAtTheDeadlineAndAtPatience(t *testing.T) {
	for _, w := range []*world{updating(200, always(thing(draft, "m0"))), updating(200, always(cannot(500)))} {
		w.watch(t)
		times := map[time.Duration]bool{}
		for _, at := range sentTimes(w.r, 0) {
			times[at] = true
		}
		if !times[0] || !times[5*sec] || !times[15*sec] {
			t.Errorf("read at %v", sentTimes(w.r, 0))
		}
	}
}

func TestGapsGrowToATenthOfWithin(t *testing.T) {
	w := updating(200, always(thing(draft, "m0")))
	w.watch(t)
	times := sentTimes(w.r, 0)
	for i := 1; i < len(times) && times[i] < 15*sec; i++ {
		if gap := times[i] - times[i-1]; gap < 30*ms || gap > 750*ms {
			t.Errorf("gap %v before %v", gap, times[i])
		}
	}
}

func TestFinalReadsAreApart(t *testing.T) {
	w := updating(200, always(thing(draft, "m0")))
	w.watch(t)
	times := sentTimes(w.r, 0)
	last := times[len(times)-3:]
	if last[0] < 15*sec || last[1]-last[0] < 250*ms || last[2]-last[1] < 250*ms {
		t.Errorf("final reads at %v", last)
	}
}

func TestFinalReadsAreOfEveryPlace(t *testing.T) {
	w := creating(201, always(savedReview), always(otherReviews))
	w.watch(t)
	n := 0
	for _, at := range sentTimes(w.r, 0) {
		if at >= 15*sec {
			n++
		}
	}
	if n != finals {
		t.Errorf("the place that showed it was read %d times at the end, want %d", n, finals)
	}
}

func TestUnknownFinalReadsAreRepeatedTenTimes(t *testing.T) {
	w := updating(200, from(15*sec, always(thing(draft, "m0")), always(cannot(500))))
	w.watch(t)
	n := 0
	for _, at := range sentTimes(w.r, 0) {
		if at >= 15*sec {
			n++
		}
	}
	if n != finalReads {
		t.Errorf("%d final reads, want %d", n, finalReads)
	}
}

func TestMixedFinalReadsGoOnToTwelve(t *testing.T) {
	draftThing, done := thing(draft, "m0"), thing(with(draft, "state", "published"), "m0")
	w := updating(200, from(15*sec, always(draftThing), cycle(draftThing, done))).do(func(r *Record) { r.Effects[0].Where[0].Stays = 20 * sec })
	ruling{w: w, class: Inconclusive, kind: Flapping}.try(t)
}

func TestKeepsIsReadAfterEverythingElse(t *testing.T) {
	w := updating(200, from(2*sec, always(thing(draft, "m0")), always(thing(with(draft, "state", "published"), "m0"))))
	w.r.Places = append(w.r.Places, Place{Probe: "read", Look: ByKey, Thing: "neighbour", Before: []Reading{thing(draft, "m2")}})
	w.r.Effects = append(w.r.Effects, Effect{Verb: contracts.Keeps, Thing: "neighbour", Marker: "m2", Where: where(1)})
	w.views[1] = always(thing(draft, "m2"))
	w.watch(t)
	if times := sentTimes(w.r, 1); len(times) != 1 || times[0] < 2*sec {
		t.Errorf("read at %v", times)
	}
}

func TestNothingIsDueWithoutAnActOrAfterAHalt(t *testing.T) {
	w := updating(200, always(thing(draft, "m0")))
	w.r.Halt = &Halt{Kind: Interrupted}
	for _, r := range []*Record{{}, w.r, {Act: &Act{Untouched: true}}} {
		if due := Next(r); len(due) > 0 {
			t.Errorf("due %+v", due)
		}
	}
}

func TestAKeyThatIsNotKnownIsNotRead(t *testing.T) {
	w := creating(201, always(gone("404")), always(otherReviews))
	w.r.Act.Key = ""
	w.watch(t)
	if n := len(w.r.Places[0].Readings); n != 0 {
		t.Errorf("read %d times by a key that nobody knows", n)
	}
}

// Whatever is read, the watch ends, and a record is judged without a panic.
func FuzzTheWatchEnds(f *testing.F) {
	for seed := range int64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed int64) {
		anything(rand.New(rand.NewSource(seed))).judge(t)
	})
}

// anything is a world of any sentence, answer and readings.
func anything(random *rand.Rand) *world {
	some := []Reading{thing(draft, "m0"), thing(with(draft, "state", "published"), "m0"), thing(with(draft, "title", "x"), ""), thing(sentReview, "m1"),
		gone("404"), cannot(503), cannot(429), cannot(0), list(0), list(3), {Known: Value, Others: 2}, listedReview, truth(true), truth(false),
		list(2, Item{Key: "8841", Marker: "m0", Value: draft}), list(2, item("1", "m1", sentReview), item("2", "m1", sentReview)),
		{Known: Value, Complete: true, Others: 1, Missing: []string{"7"}}, thing(draft, "m5"), thing([]any{}, ""), {Known: Unsure, Truth: Unknown}}
	pick := func() Reading {
		r := some[random.Intn(len(some))]
		if random.Intn(20) == 0 {
			r.Age = time.Duration(random.Int63n(int64(time.Minute)))
		}
		return r
	}
	random2 := func() view {
		if random.Intn(3) == 0 {
			return always(pick())
		}
		if random.Intn(2) == 0 {
			return from(time.Duration(random.Int63n(int64(20*sec))), always(pick()), always(pick()))
		}
		return func(time.Duration) Reading { return pick() }
	}
	all := []contracts.Verb{contracts.Creates, contracts.Updates, contracts.Deletes, contracts.Shows, contracts.Hides, contracts.Finds, contracts.Keeps, contracts.Expects, contracts.Sends}
	looks := []Look{ByKey, Listing, Selection, Probed, Reply, Expression}
	statuses := []int{0, 200, 201, 202, 204, 302, 404, 408, 422, 429, 500, 502}
	w := updating(statuses[random.Intn(len(statuses))], random2())
	w.took = time.Duration(random.Int63n(int64(300 * ms)))
	w.r.Cell.Attempt, w.r.Cell.Alone = 1+random.Intn(2), random.Intn(2) == 0
	if random.Intn(2) == 0 {
		w.r.Act.Key, w.r.Act.Marked = "8841", map[string]any{"title": "Solid m1"}
	}
	for i := range 1 + random.Intn(3) {
		if i > 0 {
			w.r.Places = append(w.r.Places, Place{})
			w.views[i] = random2()
		}
		w.r.Places[i] = Place{Look: looks[random.Intn(len(looks))], Eyes: "e", Thing: "review"}
		for range random.Intn(3) {
			w.r.Places[i].Before = append(w.r.Places[i].Before, pick())
		}
	}
	w.r.Effects = nil
	for range 1 + random.Intn(3) {
		e := Effect{Verb: all[random.Intn(len(all))], Thing: "review", Key: "8841", Marker: "m0", Want: obj("state", "published"), Ours: random.Intn(2) == 0}
		for range 1 + random.Intn(2) {
			within := time.Duration(random.Int63n(int64(5 * sec)))
			e.Where = append(e.Where, Where{Place: random.Intn(len(w.r.Places)), Within: within, Patience: within * time.Duration(random.Intn(4)),
				Stays: time.Duration(random.Int63n(int64(5*sec))) * time.Duration(random.Intn(2))})
		}
		w.r.Effects = append(w.r.Effects, e)
	}
	return w
}

// A lie is never told of a provider that shows what it should, however its reads
// fail, tarry or flap before the deadline.
func FuzzATruthfulProviderIsNeverAccused(f *testing.F) {
	for seed := range int64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed int64) {
		random := rand.New(rand.NewSource(seed))
		at := time.Duration(random.Int63n(int64(5 * sec)))
		wavering := func(before, after Reading) view {
			return func(now time.Duration) Reading {
				switch {
				case random.Intn(4) == 0:
					return cannot([]int{0, 429, 500, 503}[random.Intn(4)])
				case now >= at0(at) || random.Intn(4) == 0:
					return after
				}
				return before
			}
		}
		w := creating(201, wavering(gone("404"), savedReview), wavering(otherReviews, listedReview))
		if random.Intn(2) == 0 {
			w = updating(200, wavering(thing(draft, "m0"), thing(with(draft, "state", "published"), "m0")))
		}
		for i := range w.r.Effects[0].Where {
			w.r.Effects[0].Where[i].Stays = time.Duration(random.Intn(3)) * sec
		}
		w.took = time.Duration(random.Int63n(int64(2 * sec)))
		if start := time.Duration(random.Int63n(int64(10 * sec))); random.Intn(2) == 0 {
			w.busy = [2]time.Duration{start, start + time.Duration(random.Int63n(int64(30*sec)))}
		}
		if v := w.judge(t); v.Class == Lied {
			t.Errorf("accused:\n%s", show(v))
		}
	})
}

func BenchmarkNextAndJudge(b *testing.B) {
	w := creating(201, always(savedReview), always(listedReview))
	w.watch(b)
	b.ReportAllocs()
	for b.Loop() {
		if len(Next(w.r)) > 0 || Judge(w.r).Class != Kept {
			b.Fatal("not kept")
		}
	}
}

// TestAListingFollowsTheThing reads the list only once the thing itself is there, or
// the deadline has come without it.
func TestAListingFollowsTheThing(t *testing.T) {
	none := always(Reading{Known: Absent, Status: 404, Why: "404"})
	shown := creating(201, from(300*ms, none, always(savedReview)), from(300*ms, always(otherReviews), always(listedReview)))
	shown.watch(t)
	if times := sentTimes(shown.r, 1); len(times) != 1 || times[0] < 300*ms {
		t.Errorf("the list was read at %v", times)
	}
	if times := sentTimes(shown.r, 0); len(times) > 8 || times[len(times)-1] > 400*ms {
		t.Errorf("the thing was read at %v", times)
	}
	lost := creating(201, none, always(otherReviews))
	lost.watch(t)
	if times := sentTimes(lost.r, 1); len(times) < 3 || times[0] < 5*sec || times[0] > 6*sec {
		t.Errorf("of what never came, the list was read at %v", times)
	}
	blind := creating(201, always(cannot(500)), always(listedReview))
	blind.watch(t)
	if times := sentTimes(blind.r, 1); len(times) == 0 || times[0] > 6*sec {
		t.Errorf("where the thing cannot be read, the list was read at %v", times)
	}
}

// TestGuardsAreReadWhenAllElseIsSettled: what is kept, in a place that another sentence
// has read at once, is read again when the last of the others came about.
func TestGuardsAreReadWhenAllElseIsSettled(t *testing.T) {
	published := with(draft, "state", "published")
	w := updating(200, from(3*sec, always(thing(published, "m0")), always(thing(with(with(obj("title", "x m0"), "state", "published"), "id", 8841, "views", 3), "m0")))).second()
	w.r.Effects[0].Also = [][]string{{"title"}}
	w.r.Places = append(w.r.Places, Place{Probe: "product_page", Look: Selection, Eyes: "nobody", Thing: "review", Before: []Reading{gone("empty selection")}})
	w.r.Effects = append(w.r.Effects,
		Effect{Verb: contracts.Shows, Sentence: "shows: review", Thing: "review", Key: "8841", Marker: "m0", Where: where(1)},
		Effect{Verb: contracts.Keeps, Sentence: "keeps: review.title", Thing: "review", Key: "8841", Marker: "m0", Where: []Where{{Place: 0, Field: []string{"title"}, Within: 5 * sec, Patience: 15 * sec}}})
	w.views[1] = from(4*sec, always(gone("empty selection")), always(Reading{Known: Value, Status: 200, Value: []any{obj("text", "x")}}))
	ruling{w: w, class: Lied, kind: SideEffect, says: "title"}.try(t)
}
