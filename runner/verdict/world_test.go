package verdict

import (
	"encoding/json"
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

const (
	ms  = time.Millisecond
	sec = time.Second
)

// said and sent are when the act of every world is sent and answered.
const (
	sentAt = 100 * ms
	saidAt = 120 * ms
)

// at0 is a moment after the answer.
func at0(d time.Duration) time.Duration { return saidAt + d }

// A view is what a place shows at a moment of the record's clock.
type view func(at time.Duration) Reading

// A world is a record and what its places show. It reads on a virtual clock,
// whenever Next asks for it.
type world struct {
	r     *Record
	views map[int]view
	busy  [2]time.Duration // no read is sent between these moments
	took  time.Duration    // how long a read takes
	reads int
}

// watch runs the watch to its end.
func (w *world) watch(t testing.TB) {
	t.Helper()
	now := saidAt
	for range 3000 {
		dues := Next(w.r)
		if len(dues) == 0 {
			return
		}
		first := dues[0].At
		for _, d := range dues {
			first = min(first, d.At)
		}
		now = max(now, first)
		if now >= w.busy[0] && now < w.busy[1] {
			now = w.busy[1]
		}
		sent := now
		for _, d := range dues {
			if d.At <= sent {
				w.read(d.Place, sent)
				now = max(now, sent+w.took)
			}
		}
	}
	t.Fatalf("the watch does not end: %+v", Next(w.r))
}

func (w *world) read(place int, sent time.Duration) {
	p := &w.r.Places[place]
	if p.Look == Expression {
		for _, part := range p.Parts {
			w.read(part, sent)
		}
	}
	r := w.views[place](sent)
	w.reads++
	r.SentAt, r.GotAt, r.Exchange = sent, sent+w.took, int64(w.reads)
	p.Readings = append(p.Readings, r)
}

// judge watches and judges, and holds the verdict to what must be true of all:
// it is the same from the stored record, for any order of readings, and with
// readings that no effect names.
func (w *world) judge(t testing.TB) Verdict {
	t.Helper()
	w.watch(t)
	v := Judge(w.r)
	text, err := Encode(w.r)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if again := Judge(stored); !reflect.DeepEqual(v, again) {
		t.Errorf("judged from its stored form:\n%+v\nwant\n%+v", again, v)
	}
	shuffled, _ := Decode(text)
	random := rand.New(rand.NewSource(1))
	for i := range shuffled.Places {
		list := shuffled.Places[i].Readings
		random.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
	}
	if again := Judge(shuffled); !reflect.DeepEqual(v, again) {
		t.Errorf("judged in another order:\n%+v\nwant\n%+v", again, v)
	}
	more, _ := Decode(text)
	more.Places = append(more.Places, Place{Probe: "elsewhere", Look: Probed, Eyes: "other",
		Before: []Reading{gone("404")}, Readings: []Reading{thing(obj("state", "odd"), "m9"), cannot(503)}})
	if again := Judge(more); !reflect.DeepEqual(v, again) {
		t.Errorf("judged beside readings that no effect names:\n%+v\nwant\n%+v", again, v)
	}
	return v
}

func obj(pairs ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		v := pairs[i+1]
		switch n := v.(type) {
		case int:
			text, _ := json.Marshal(n)
			v = json.Number(text)
		case float64:
			text, _ := json.Marshal(n)
			v = json.Number(text)
		}
		m[pairs[i].(string)] = v
	}
	return m
}

// with is the map with further pairs; a nil map is empty.
func with(m map[string]any, pairs ...any) map[string]any {
	merged := obj(pairs...)
	for k, v := range m {
		if _, has := merged[k]; !has {
			merged[k] = v
		}
	}
	return merged
}

func thing(v any, marker string) Reading {
	return Reading{Known: Value, Status: 200, Value: v, Marker: marker}
}

func gone(why string) Reading { return Reading{Known: Absent, Status: 404, Why: why} }

func cannot(status int) Reading {
	return Reading{Known: Unsure, Status: status, Why: "status " + json.Number(rune2(status)).String()}
}

func rune2(n int) string { text, _ := json.Marshal(n); return string(text) }

func list(others int, items ...Item) Reading {
	return Reading{Known: Value, Status: 200, Complete: true, Others: others, Items: items}
}

func truth(b bool) Reading {
	if b {
		return Reading{Known: Value, Truth: True}
	}
	return Reading{Known: Value, Truth: False}
}

// always shows one reading for ever.
func always(r Reading) view { return func(time.Duration) Reading { return r } }

// from shows a first, and b from a time after the answer on.
func from(d time.Duration, a, b view) view {
	return func(at time.Duration) Reading {
		if at < at0(d) {
			return a(at)
		}
		return b(at)
	}
}

// turns shows each reading in turn, by looks, and the last one for ever.
func turns(list ...Reading) view {
	i := 0
	return func(time.Duration) Reading {
		r := list[min(i, len(list)-1)]
		i++
		return r
	}
}

// cycle shows the readings in turn, for ever.
func cycle(list ...Reading) view {
	i := 0
	return func(time.Duration) Reading {
		r := list[i%len(list)]
		i++
		return r
	}
}

var sentReview = obj("product", "p-100", "stars", 4, "title", "Solid m1")

// The readings of a review that was made with marker m1 under key 8841.
var (
	savedReview  = thing(with(sentReview, "id", 8841, "state", "draft"), "m1")
	listedReview = list(3, Item{Key: "8841", Marker: "m1", New: true, Value: with(sentReview, "id", 8841)})
	otherReviews = list(3)
)

func where(places ...int) []Where {
	var list []Where
	for _, p := range places {
		list = append(list, Where{Place: p, Within: 5 * sec, Patience: 15 * sec})
	}
	return list
}

// creating is a world in which a review is created: place 0 reads it by key,
// place 1 lists.
func creating(status int, read, lists view) *world {
	act := &Act{Call: "POST /reviews", Method: "POST", Eyes: "shop-oslo", Sends: 1, SentAt: sentAt, SaidAt: saidAt, Status: status,
		Marker: "m1", Marked: map[string]any{"title": "Solid m1"}, Sent: sentReview}
	if status/100 == 2 {
		act.Key, act.KeyFrom = "8841", "body"
	}
	return &world{took: 5 * ms, views: map[int]view{0: read, 1: lists}, r: &Record{
		Cell: Cell{Contract: "c", Account: "shop-oslo", Attempt: 1}, Act: act,
		Effects: []Effect{{Verb: contracts.Creates, Sentence: "creates: review", Thing: "review", Marker: "m1", Want: sentReview, Where: where(0, 1)}},
		Places: []Place{
			{Probe: "read", Look: ByKey, Eyes: "shop-oslo", Thing: "review", Call: "GET /reviews/8841", Sight: Sight{SameEyes: &Evidence{Exchange: 3, What: "GET /reviews/12 as shop-oslo"}}},
			{Probe: "list", Look: Listing, Eyes: "shop-oslo", Thing: "review", Call: "GET /reviews", Before: []Reading{otherReviews, otherReviews}},
		}}}
}

var draft = obj("id", 8841, "state", "draft", "title", "Made m0", "views", 3)

// updating is a world in which a given review is published.
func updating(status int, read view) *world {
	before := thing(draft, "m0")
	return &world{took: 5 * ms, views: map[int]view{0: read}, r: &Record{
		Cell:   Cell{Contract: "c", Account: "shop-oslo", Attempt: 1},
		Act:    &Act{Call: "POST /reviews/8841/publish", Method: "POST", Eyes: "shop-oslo", Sends: 1, SentAt: sentAt, SaidAt: saidAt, Status: status, Marker: "m1"},
		Things: []Thing{{Name: "review", Resource: "review", Key: "8841", Marker: "m0", Account: "shop-oslo", MadeAt: 10 * ms}},
		Effects: []Effect{{Verb: contracts.Updates, Sentence: "updates: review", Thing: "review", Key: "8841", Marker: "m0",
			Want: obj("state", "published"), Where: where(0)}},
		Places: []Place{{Probe: "read", Look: ByKey, Eyes: "shop-oslo", Thing: "review", Call: "GET /reviews/8841", Before: []Reading{before, before}}}}}
}

// verbs is updating with another verb at the same place and a listing beside it.
func verbs(verb contracts.Verb, status int, read, lists view) *world {
	w := updating(status, read)
	item := list(3, Item{Key: "8841", Marker: "m0", Value: draft})
	w.r.Places = append(w.r.Places, Place{Probe: "list", Look: Listing, Eyes: "shop-oslo", Thing: "review", Call: "GET /reviews", Before: []Reading{item, item}})
	w.r.Effects[0].Verb, w.r.Effects[0].Want = verb, nil
	w.r.Effects[0].Sentence = string(verb) + ": review"
	w.r.Effects[0].Where = where(0, 1)
	w.views[1] = lists
	if verb == contracts.Shows || verb == contracts.Hides {
		w.r.Places[0].Before = []Reading{gone("404"), gone("404")}
		w.r.Places[1].Before = []Reading{otherReviews, otherReviews}
		w.r.Places[0].Sight.SameEyes = &Evidence{Exchange: 3, What: "GET /reviews/12 as shop-oslo"}
	}
	return w
}

// second makes the world a second attempt, alone and rested.
func (w *world) second() *world {
	w.r.Cell.Attempt, w.r.Cell.Alone, w.r.Cell.Rest = 2, true, sec
	return w
}

// do changes the world and gives it back.
func (w *world) do(change func(r *Record)) *world {
	change(w.r)
	return w
}

// show is a verdict with its reasons, for messages of tests.
func show(v Verdict) string {
	text, _ := json.MarshalIndent(v, "", "  ")
	return strings.TrimSpace(string(text))
}
