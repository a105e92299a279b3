package engine

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// TestLookSetsNoiseAside counts views at every read: what moves by itself is no
// finding, and is named.
func TestLookSetsNoiseAside(t *testing.T) {
	t.Parallel()
	views := 0
	c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
		if note := c.notes[strings.TrimPrefix(a.path, "/notes/")]; note != nil && a.method == "GET" {
			views++
			note["views"] = views
		}
		return false
	})
	r := desk{contracts: updatesNote}.run(c)[0]
	require(t, r, "kept")
	if noise := fmt.Sprint(r.Record.Places[0].Noise); noise != "[[views]]" {
		t.Errorf("noise %s", noise)
	}
}

// TestLookReadsUntilPresenceIsAgreed lets a given thing come and go in the list
// before the act, as a list behind several replicas does.
func TestLookReadsUntilPresenceIsAgreed(t *testing.T) {
	t.Parallel()
	reads := 0
	c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
		if a.String() == "GET /notes" && len(c.notes) > 0 {
			reads++
			return answered(w, reads == 2, 200, map[string]any{"items": []any{}})
		}
		return false
	})
	r := desk{contracts: "contract: It goes\ngiven: note\ncall: DELETE /notes/{note.id}\ndeletes: note\n"}.run(c)[0]
	require(t, r, "kept")
	for _, place := range r.Record.Places {
		if place.Look != verdict.Listing {
			continue
		}
		if len(place.Before) != 2 || len(place.Before[0].Items) != 1 || len(place.Before[1].Items) != 1 {
			t.Errorf("before: %+v", place.Before)
		}
	}
}

// TestLookLeavesGapsToWhoDoesNotAnswer counts at the server: who is down, or says that he
// has no time, is not asked again at once, and again.
func TestLookLeavesGapsToWhoDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		instead func(http.ResponseWriter)
		want    string
	}{
		"429": {func(w http.ResponseWriter) { write(w, 429, nil) }, "inconclusive probe-failed"},
		"500": {func(w http.ResponseWriter) { write(w, 500, nil) }, "inconclusive probe-failed"},
		"503": {func(w http.ResponseWriter) { write(w, 503, nil) }, "inconclusive probe-failed"},
		"cut": {cut, "inconclusive unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
				if a.method == "GET" {
					test.instead(w)
				}
				return a.method == "GET"
			})
			require(t, desk{}.run(c)[0], test.want)
			if reads := c.count("GET "); reads > 20 { // by gaps of 20, 30, 45 ms … within 300 ms
				t.Errorf("asked %d times", reads)
			}
		})
	}
}

// TestLookSendsNothingForWhatHasNoKey watches that what is to be made is not asked
// for before it is made: a 404 could be kept by a cache.
func TestLookSendsNothingForWhatHasNoKey(t *testing.T) {
	t.Parallel()
	early := 0
	c := newClerk(t, func(c *clerk, _ http.ResponseWriter, a asking) bool {
		if strings.HasPrefix(a.String(), "GET /notes/") && len(c.notes) == 0 && len(c.keys) == 0 {
			early++
		}
		return false
	})
	require(t, desk{}.run(c)[0], "kept")
	if early > 0 {
		t.Errorf("%d reads by key before there was one", early)
	}
}

func TestAgree(t *testing.T) {
	t.Parallel()
	value, absent := verdict.Reading{Known: verdict.Value, Status: 200}, verdict.Reading{Known: verdict.Absent, Status: 404}
	unsure := func(status int) verdict.Reading { return verdict.Reading{Known: verdict.Unsure, Status: status} }
	own := verdict.Reading{Known: verdict.Value, Complete: true, Items: []verdict.Item{{Key: "n1"}}}
	empty := verdict.Reading{Known: verdict.Value, Complete: true}
	moved := verdict.Reading{Known: verdict.Value}
	for _, test := range []struct {
		name     string
		look     verdict.Look
		one, two verdict.Reading
		shown    bool // these eyes have seen it here before
		want     bool
	}{
		{name: "both there", one: value, two: value, want: true},
		{name: "both absent", one: absent, two: absent, want: true},
		{name: "both absent, though it was shown once", one: absent, two: absent, shown: true},
		{name: "came", one: absent, two: value},
		{name: "denied twice will not change", one: unsure(403), two: unsure(403), want: true},
		{name: "denied once", one: unsure(403), two: value},
		{name: "throttled twice", one: unsure(429), two: unsure(429)},
		{name: "broken twice", one: unsure(500), two: unsure(500)},
		{name: "no reply twice", one: unsure(0), two: unsure(0)},
		{name: "listed twice", look: verdict.Listing, one: own, two: own, want: true},
		{name: "listed once", look: verdict.Listing, one: own, two: empty},
		{name: "missing from pages that drifted", look: verdict.Listing, one: moved, two: moved},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &place{look: test.look, eyes: &eyes{name: "ada"}, thing: &thing{key: "n1"}}
			if test.shown {
				p.markShown()
			}
			if got := agree(p, []verdict.Reading{test.one, test.two}); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestRestShowsWhatMovesByItself has an automation that edits notes after some
// time: at rest it shows itself, and nobody is accused.
func TestRestShowsWhatMovesByItself(t *testing.T) {
	t.Parallel()
	reads := map[string]int{}
	c := newClerk(t, func(c *clerk, _ http.ResponseWriter, a asking) bool {
		if a.method == "GET" && c.notes[strings.TrimPrefix(a.path, "/notes/")] != nil {
			if reads[a.path]++; reads[a.path] == 4 {
				c.notes[strings.TrimPrefix(a.path, "/notes/")]["label"] = "sorted"
			}
		}
		return false
	})
	r := desk{contracts: neighbours}.run(c)[0]
	if r.Verdict.Class == verdict.Lied {
		t.Errorf("accused: %s", reasons(r.Verdict))
	}
	requireNothingLeft(t, r)
}
