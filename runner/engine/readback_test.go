package engine

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// TestATakenMarkerIsStillOurs has what the act took the marker from stay ours as long as it
// is as it was last read, whatever a field does that moves by itself.
func TestATakenMarkerIsStillOurs(t *testing.T) {
	t.Parallel()
	noise := [][]string{{"seen"}, {"counts", "views"}}
	for _, test := range []struct {
		name      string
		last, now map[string]any
		want      bool
	}{
		{"as it was", map[string]any{"text": "a"}, map[string]any{"text": "a"}, true},
		{"changed since", map[string]any{"text": "a"}, map[string]any{"text": "b"}, false},
		{"what moves has moved", map[string]any{"text": "a", "seen": "1"}, map[string]any{"text": "a", "seen": "2"}, true},
		{"what moves was missing", map[string]any{"text": "a"}, map[string]any{"text": "a", "seen": "2"}, true},
		{"what moves is missing now", map[string]any{"text": "a", "seen": "1"}, map[string]any{"text": "a"}, true},
		{"what moves was missing, and it changed since", map[string]any{"text": "a"}, map[string]any{"text": "b", "seen": "2"}, false},
		{"what it moves in was missing", map[string]any{"text": "a"}, map[string]any{"text": "a", "counts": map[string]any{"views": "2"}}, true},
		{"what moves was missing in it", map[string]any{"counts": map[string]any{"by": "x"}}, map[string]any{"counts": map[string]any{"by": "x", "views": "2"}}, true},
	} {
		thing := &thing{name: "note"}
		c := &cleaning{attempt: &attempt{
			cell:   &Cell{Contract: &contracts.Contract{}},
			places: []*place{{look: verdict.ByKey, thing: thing}},
			record: &verdict.Record{Places: []verdict.Place{{Noise: noise, Readings: []verdict.Reading{{Known: verdict.Value, Value: test.last}}}}},
		}}
		if got := c.lostMarker(thing, test.now); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// A reply can name any identity. What it names is not ours for that: nothing is done to
// it, and what was really made is found by its marker.
func TestSomebodyElsesIdentityIsLeftAlone(t *testing.T) {
	t.Parallel()
	named := func(w http.ResponseWriter, status int, location string, body any) {
		if location != "" {
			w.Header().Set("Location", location)
		}
		write(w, status, body)
	}
	removesNote := "contract: A note is removed\ngiven: note\ncall: DELETE /notes/{note.id}\ndeletes: note\n"
	for _, test := range []struct {
		name, contract string
		stores         bool
		reply          func(w http.ResponseWriter)
		class          string
	}{
		{"made, in the body", createsNote, true, func(w http.ResponseWriter) { named(w, 201, "", map[string]any{"id": "n1"}) }, ""},
		{"made, by its Location", createsNote, true, func(w http.ResponseWriter) { named(w, 201, "/notes/n1", nil) }, ""},
		{"accepted, with a job of the same number", createsNote, true, func(w http.ResponseWriter) { named(w, 202, "/jobs/n1", nil) }, "kept"},
		{"nothing made", createsNote, false, func(w http.ResponseWriter) { named(w, 201, "", map[string]any{"id": "n1"}) }, "lied"},
		{"given to be changed", updatesNote, true, func(w http.ResponseWriter) { named(w, 201, "", map[string]any{"id": "n1"}) }, "inconclusive"},
		{"given to be removed", removesNote, true, func(w http.ResponseWriter) { named(w, 201, "", map[string]any{"id": "n1"}) }, "inconclusive"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				if a.method != "POST" {
					return false
				}
				if test.stores {
					c.put(map[string]any{"text": a.sent("text")})
				}
				test.reply(w)
				return true
			})
			c.put(map[string]any{"text": "somebody's"}) // n1
			targets := strings.Replace(twoAccounts, ", bo: {credentials: {bearer: t-bo}}", "", 1)
			for _, r := range await(t, desk{targets: targets, contracts: test.contract}.engine(c)) {
				if test.class != "" && string(r.Verdict.Class) != test.class {
					t.Errorf("want %s: %s", test.class, reasons(r.Verdict))
				}
				if len(r.Left) > 0 {
					t.Errorf("left behind: %+v", r.Left)
				}
			}
			if touched := append(c.heard("DELETE /notes/n1"), c.heard("PATCH /notes/n1")...); len(touched) > 0 {
				t.Errorf("somebody's note: %v", touched)
			}
			if left := c.left(); left != 1 {
				t.Errorf("%d notes are left", left)
			}
		})
	}
}

// TestSawGone believes a watch that a thing is gone only if it came to its end and the thing was
// last read by its key, and absent: else what is there would be left behind.
func TestSawGone(t *testing.T) {
	t.Parallel()
	note := &contracts.Resource{Name: "note"}
	was, absent, unread := verdict.Reading{Known: verdict.Value, Exchange: 1}, verdict.Reading{Known: verdict.Absent, Exchange: 2}, verdict.Reading{Known: verdict.Unsure, Exchange: 3}
	for _, test := range []struct {
		name     string
		readings []verdict.Reading
		look     verdict.Look
		halt     *verdict.Halt
		created  bool // by the act, a while ago
		fresh    bool // just now
		want     bool
	}{
		{name: "last read absent", readings: []verdict.Reading{was, absent}, want: true},
		{name: "last read there", readings: []verdict.Reading{absent, was}},
		{name: "last read failed", readings: []verdict.Reading{absent, unread}},
		{name: "never read"},
		{name: "never asked: nothing was sent", readings: []verdict.Reading{{Known: verdict.Absent}}},
		{name: "only its list was read", readings: []verdict.Reading{absent}, look: verdict.Listing},
		{name: "the watch was broken off", readings: []verdict.Reading{was, absent}, halt: &verdict.Halt{}},
		{name: "the act was to make it, and it never came", readings: []verdict.Reading{absent}, created: true, want: true},
		{name: "the act made it, and it comes and goes", readings: []verdict.Reading{was, absent}, created: true},
		{name: "the act was to make it just now", readings: []verdict.Reading{absent}, created: true, fresh: true},
	} {
		thing := &thing{name: "note", resource: note, madeAt: time.Now().Add(-time.Hour)}
		if test.fresh {
			thing.madeAt = time.Now()
		}
		look := test.look
		if look == "" {
			look = verdict.ByKey
		}
		a := &attempt{
			e:      &Engine{o: Options{Suite: &contracts.Suite{Provider: &contracts.Provider{}}}},
			cell:   &Cell{Contract: &contracts.Contract{}},
			places: []*place{{look: look, thing: thing, resource: note}},
			record: &verdict.Record{Places: []verdict.Place{{Readings: test.readings}}, Halt: test.halt, Act: &verdict.Act{Status: 201}},
		}
		if test.created {
			a.created = thing
		}
		a.record.Effects = []verdict.Effect{{Where: []verdict.Where{{Within: time.Minute}}}}
		if got := (&cleaning{attempt: a}).sawGone(thing); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// TestListedBefore takes an identity for new only by a whole listing: of what stood on a page
// that was not read nobody may say that the act made it, and delete it.
func TestListedBefore(t *testing.T) {
	t.Parallel()
	whole, part := &listing{at: map[string]int{"n1": 0}, complete: true}, &listing{at: map[string]int{"n1": 0}}
	for _, test := range []struct {
		name          string
		before        []*listing
		look          verdict.Look
		key           string
		listed, known bool
	}{
		{"it stood there", []*listing{whole, whole}, verdict.Listing, "n1", true, true},
		{"it is new", []*listing{whole, whole}, verdict.Listing, "n2", false, true},
		{"the last listing was cut short", []*listing{whole, part}, verdict.Listing, "n2", false, false},
		{"nobody listed it", nil, verdict.Listing, "n2", false, false},
		{"a page that shows it is no list", []*listing{whole, whole}, verdict.ByKey, "n2", false, false},
	} {
		thing := &thing{name: "note", key: test.key}
		c := &cleaning{attempt: &attempt{created: thing, places: []*place{{look: test.look, thing: thing, before: test.before}}}}
		if listed, known := c.listedBefore(thing); listed != test.listed || known != test.known {
			t.Errorf("%s: listed %v, known %v", test.name, listed, known)
		}
		if foreign := c.mayBeForeign(thing); foreign == (test.known && !test.listed) {
			t.Errorf("%s: it may be somebody else's: %v", test.name, foreign)
		}
	}
}
