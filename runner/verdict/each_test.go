package verdict

import (
	"fmt"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
)

// titled is what is sent for an item of a bulk call, told from the others by the text
// around the marker; the keys of what is made are 11, 12 and 13.
func titled(i int) map[string]any { return obj("title", fmt.Sprintf("R%d m1", i), "stars", i) }

// stored is an item of a bulk call, as the list shows it.
func stored(i int, pairs ...any) Item {
	return item(fmt.Sprint(10+i), "m1", with(with(titled(i), "id", 10+i), pairs...))
}

// bulk is a world in which three reviews are made by one call: place 0 lists what is
// there, and each is read by the key that its answer names.
func bulk(shown ...Item) *world {
	w := creating(200, nil, nil)
	w.r.Act.Call, w.r.Act.Key, w.r.Act.KeyFrom, w.r.Act.Marked = "POST /reviews/bulk", "", "", nil
	w.r.Places = w.r.Places[1:]
	w.r.Effects, w.views = nil, map[int]view{0: always(list(3, shown...))}
	for i := 1; i <= 3; i++ {
		key := fmt.Sprint(10 + i)
		w.r.Places = append(w.r.Places, Place{Probe: "read", Look: ByKey, Eyes: "shop-oslo", Thing: "review", Call: "GET /reviews/" + key, Sight: Sight{SameEyes: &Evidence{What: "GET /reviews/2"}}})
		w.r.Each = append(w.r.Each, Each{Sent: titled(i), Marked: obj("title", titled(i)["title"]), Claim: contracts.Done, Key: key, KeyFrom: "body"})
		w.r.Effects = append(w.r.Effects, Effect{Verb: contracts.Creates, Sentence: fmt.Sprintf("creates: review %d", i), Thing: "review", Marker: "m1", Item: i, Want: titled(i), Where: where(i, 0)})
		w.views[i] = always(gone("404"))
		for _, it := range shown {
			if it.Key == key {
				w.views[i] = always(thing(it.Value, it.Marker))
			}
		}
	}
	return w
}

// answered changes what is answered for an item.
func (w *world) answered(i int, change func(*Each)) *world {
	change(&w.r.Each[i-1])
	return w
}

// shows lets a place show one reading for ever.
func (w *world) shows(place int, r Reading) *world {
	w.views[place] = always(r)
	return w
}

func refusing(e *Each) { e.Claim, e.Key, e.KeyFrom = contracts.Refused, "", "" }

// silent leaves it to the status to speak for an item.
func silent(e *Each) { e.Claim = "" }

func TestJudgeEach(t *testing.T) {
	all := func() *world { return bulk(stored(1), stored(2), stored(3)) }
	bare := func(w *world) *world { // no field of any item carries a marker
		for i := range w.r.Each {
			w.r.Each[i].Marked = nil
		}
		return w
	}
	alike := func(key string) Item {
		return Item{Key: key, New: true, Value: obj("id", key, "title", "Same", "stars", 1)}
	}
	unmarked := func(shown ...Item) *world {
		w := bare(bulk(shown...))
		for i := range w.r.Each {
			same := obj("title", "Same", "stars", 1)
			w.r.Each[i].Sent, w.r.Effects[i].Want = same, same
		}
		return w
	}
	unnamed := func(w *world) *world { // no answer names what was made
		for i := range w.r.Each {
			w.r.Each[i].Key, w.r.Each[i].KeyFrom = "", ""
		}
		return w
	}
	swapped := func() *world { // the answers come in another order than the items
		w := all()
		w.r.Each[0].Key, w.r.Each[1].Key = "12", "11"
		w.views[1], w.views[2] = w.views[2], w.views[1]
		return w
	}
	tryAll(t, []ruling{
		{name: "all are there", w: all(), class: Kept, most: 4},
		{name: "one is not", w: bulk(stored(1), stored(3)), class: Lied, kind: LostWrite, says: "1 of 3 items"},
		{name: "two are not", w: bulk(stored(2)), class: Lied, kind: LostWrite, says: "2 of 3 items: 1, 3"},
		{name: "one has lost a field, and another is not there", w: bulk(stored(1, "stars", nil), stored(2)), class: Lied, kind: LostWrite, says: "1 of 3 items"},
		{name: "one is another than was sent", w: bulk(stored(1), stored(2, "stars", 5), stored(3)), class: Lied, kind: AlteredValue, says: "1 of 3 items"},
		{name: "one is there twice", w: bulk(stored(1), stored(2), stored(3), item("19", "m1", titled(2))), class: Lied, kind: DuplicatedWrite, says: "12, 19"},
		{name: "one is listed, and not to be read", w: func() *world {
			w := all()
			w.views[2] = always(gone("404"))
			return w
		}(), class: Lied, kind: HalfDone, says: "1 of 3 items"},
		{name: "the answers come in another order", w: swapped(), class: Broken, kind: UnexpectedReply, says: "stands under"},
		{name: "one was refused", w: bulk(stored(1), stored(3)).answered(2, refusing), class: Kept},
		{name: "one was refused, and is there", w: all().answered(2, refusing), class: Lied, kind: PhantomWrite, says: "1 of 3 items"},
		{name: "all were refused", w: bulk().answered(1, refusing).answered(2, refusing).answered(3, refusing), class: Broken, kind: WasRefused, says: "refused every item"},
		{name: "all were refused, as was wanted", w: bulk().answered(1, refusing).answered(2, refusing).answered(3, refusing).wants(Status{Claim: contracts.Refused}), class: Kept},
		{name: "one answer says nothing, and it is there", w: all().answered(2, func(e *Each) { e.Claim = contracts.Unclear }), class: Inconclusive, kind: Unreachable, says: "neither done nor refused"},
		{name: "without a marker, all alike", w: unmarked(alike("11"), alike("12"), alike("13")), class: Kept},
		{name: "without a marker, one of three alike is not there", w: unmarked(alike("11"), alike("12")), class: Lied, kind: LostWrite, says: "1 of 3 items"},
		{name: "without a marker, all alike, and there after a while", w: func() *world {
			w := unmarked(alike("11"), alike("12"), alike("13"))
			w.views[0] = from(2*sec, always(otherReviews), w.views[0])
			return w
		}(), class: Kept},
		{name: "without a marker, all alike, and listed in another order than they are named", w: unmarked(alike("13"), alike("12"), alike("11")), class: Kept},
		{name: "without a marker, all alike, and not named", w: unnamed(unmarked(alike("11"), alike("12"), alike("13"))), class: Kept},
		{name: "without a marker, one of three alike is not there, and none is named", w: unnamed(unmarked(alike("11"), alike("12"))), class: Lied, kind: LostWrite, says: "1 of 3 items"},
		{name: "without a marker, all alike, not named, beside what the call keeps", w: unnamed(unmarked(alike("11"), alike("12"), alike("13"))).do(func(r *Record) {
			keeps := Effect{Verb: contracts.Keeps, Sentence: "keeps: product", Where: where(4)}
			r.Effects = append([]Effect{keeps}, r.Effects...)
			r.Places = append(r.Places, Place{Probe: "product", Look: Probed, Eyes: "shop-oslo", Before: []Reading{thing(obj("n", 1), ""), thing(obj("n", 1), "")}})
		}).shows(4, thing(obj("n", 1), "")), class: Kept},
		{name: "the status speaks for all of them, and says nothing", w: bulk(stored(1)).answered(1, silent).answered(2, silent).answered(3, silent).do(func(r *Record) { r.Act.Status = 502 }), class: Inconclusive, kind: Unreachable, says: "answered 502"},
		{name: "one is not there, and what is like none of them", w: bulk(stored(1), stored(3), item("19", "m1", obj("id", 19, "title", "Odd m1", "stars", 9))), class: Lied, kind: LostWrite},
		{name: "without a marker, and somebody else adds one", w: bare(bulk(stored(1), stored(2), stored(3), Item{Key: "77", New: true, Value: obj("title", "Mine", "stars", 2)})), class: Kept},
	})
}

// TestJudgeEachOfAPromise takes a bulk call that is answered 202.
func TestJudgeEachOfAPromise(t *testing.T) {
	promise := func(job view, shown ...Item) *world {
		w := bulk(shown...)
		w.r.Act.Status = 202
		w.r.Places = append(w.r.Places, Place{Probe: "job", Look: Job, Eyes: "shop-oslo", Call: "GET /jobs/1"})
		w.r.Accepted = &Acceptance{Poll: "response.headers.location", Done: "job.state == 'done'", Place: 4, Within: 10 * sec}
		w.views[4] = job
		return w
	}
	byJob := func(e *Each) { e.ByJob = true }
	tryAll(t, []ruling{
		{name: "done, and all are there", w: promise(until(2*sec, running, ended), stored(1), stored(2), stored(3)), class: Kept},
		{name: "done, and one is not there", w: promise(until(2*sec, running, ended), stored(1), stored(3)), class: Lied, kind: AcceptedThenLost, says: "1 of 3 items"},
		{name: "still running, and one is not there", w: promise(always(running), stored(1), stored(3)), class: Broken, kind: LateEffect},
		{name: "done, and the job tells of one that was refused", w: promise(always(ended), stored(1), stored(3)).answered(2, refusing).answered(2, byJob), class: Kept},
		{name: "failed, as it was not to", w: promise(always(miscarry)), class: Broken, kind: WasRefused, says: "its job failed"},
		{name: "failed, and what became of each is not known", w: promise(always(miscarry), stored(1)).wants(Status{Codes: []int{202}}), class: Inconclusive, kind: Unreachable, says: "neither done nor refused"},
	})
}

// removingTwo is a world in which two given reviews are deleted by one call: places 0 and
// 1 are the read and the list of the first, 2 and 3 those of the second. Each list misses
// what is named for it.
func removingTwo(first, second []string) *world {
	none := always(gone("404"))
	w := verbs(contracts.Deletes, 200, none, always(without(first)))
	w.r.Act.Call = "POST /reviews/purge"
	w.views[2], w.views[3] = none, always(without(second))
	other := obj("id", 8842, "title", "Made m2")
	before := list(9, Item{Key: "8842", Marker: "m2", Value: other})
	w.r.Places = append(w.r.Places,
		Place{Probe: "read", Look: ByKey, Eyes: "shop-oslo", Thing: "second", Call: "GET /reviews/8842", Before: []Reading{thing(other, "m2"), thing(other, "m2")}},
		Place{Probe: "list", Look: Listing, Eyes: "shop-oslo", Thing: "second", Call: "GET /reviews", Before: []Reading{before, before}})
	w.r.Things = append(w.r.Things, Thing{Name: "second", Resource: "review", Key: "8842", Marker: "m2", Account: "shop-oslo", MadeAt: 20 * ms})
	one, two := w.r.Effects[0], w.r.Effects[0]
	one.Item, two.Item = 1, 2
	two.Thing, two.Key, two.Marker, two.Where = "second", "8842", "m2", where(2, 3)
	w.r.Effects = []Effect{one, two}
	w.r.Each = []Each{{Claim: contracts.Done, Key: "8841", KeyFrom: "request"}, {Claim: contracts.Done, Key: "8842", KeyFrom: "request"}}
	return w
}

// TestJudgeEachDeleted leaves what the other items of the call were to take out of what
// each of them took beside.
func TestJudgeEachDeleted(t *testing.T) {
	one, other := []string{"8842"}, []string{"8841"} // what each list misses of the other thing
	tryAll(t, []ruling{
		{name: "both are gone", w: removingTwo(nil, nil), class: Kept},
		{name: "both are gone, and each list misses the other", w: removingTwo(one, other).second(), class: Kept},
		{name: "another went with them: once", w: removingTwo([]string{"77"}, nil), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "another went with them: again", w: removingTwo([]string{"77", "8842"}, other).second(), class: Lied, kind: SideEffect, says: "77"},
		{name: "another went with the second, and the first item names nothing that was given", w: removingTwo(nil, []string{"77"}).second().do(func(r *Record) {
			r.Each = append([]Each{{Claim: contracts.Done, Key: "9", KeyFrom: "request"}}, r.Each...)
			r.Effects[0].Item, r.Effects[1].Item = 2, 3
		}), class: Lied, kind: SideEffect, says: "77"},
		{name: "one is still there", w: func() *world {
			w := removingTwo(nil, nil)
			still := obj("id", 8842, "title", "Made m2")
			w.views[2], w.views[3] = always(thing(still, "m2")), always(list(9, Item{Key: "8842", Marker: "m2", Value: still}))
			return w
		}(), class: Lied, kind: IneffectiveDelete, says: "1 of 2 items"},
	})
}

// TestItemsThatWereRefusedAreNamed says which they were, where that is no finding.
func TestItemsThatWereRefusedAreNamed(t *testing.T) {
	v := bulk(stored(1)).answered(2, refusing).answered(3, refusing).judge(t)
	if v.Class != Kept || !strings.Contains(strings.Join(v.Remarks, "\n"), "2 of 3 items refused, as the answers say: 2, 3") {
		t.Errorf("%s", show(v))
	}
}

// TestAnItemWithoutAnAnswerClaimsNothing: what the status says of all is said once.
func TestAnItemWithoutAnAnswerClaimsNothing(t *testing.T) {
	v := bulk(stored(1)).answered(1, silent).answered(2, silent).answered(3, silent).do(func(r *Record) { r.Act.Status = 502 }).judge(t)
	if len(v.Findings) != 1 || v.Kind != Unreachable || !strings.Contains(v.Findings[0].Reason, "answered 502") {
		t.Errorf("%s", show(v))
	}
}
