package engine

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// bound gives the first cell's attempt, bound, with nothing sent yet.
func bound(t *testing.T, e *Engine) *attempt {
	t.Helper()
	a := e.newAttempt(e.Cells()[0], 1)
	if err := errors.Join(a.cast(t.Context()), a.prepare(t.Context())); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestInterpretByKey(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, resource, provider string // further lines of the resource, and of the provider
		status                   int
		body                     any
		want                     verdict.Known3
		why                      string
	}{
		{name: "a value", status: 200, body: map[string]any{"id": "n1", "text": "T"}, want: verdict.Value},
		{name: "404", status: 404, body: map[string]any{"error": "none"}, want: verdict.Absent, why: "404"},
		{name: "410", status: 410, want: verdict.Absent, why: "410"},
		{name: "denied", status: 403, want: verdict.Unsure, why: "status 403"},
		{name: "not authenticated", status: 401, want: verdict.Unsure, why: "status 401"},
		{name: "not now", status: 429, want: verdict.Unsure, why: "status 429"},
		{name: "broken", status: 500, want: verdict.Unsure, why: "status 500"},
		{name: "moved", status: 302, want: verdict.Unsure, why: "status 302"},
		{name: "a part", status: 206, body: map[string]any{"id": "n1"}, want: verdict.Unsure, why: "a part only"},
		{name: "null", status: 200, body: nil, want: verdict.Absent, why: "no item"},
		{name: "null behind item", resource: "    item: response.body.note\n", status: 200, body: map[string]any{"note": nil}, want: verdict.Absent, why: "no item"},
		{name: "nothing behind item", resource: "    item: response.body.note\n", status: 200, body: map[string]any{"ok": true}, want: verdict.Absent, why: "no item"},
		{name: "behind item", resource: "    item: response.body.note\n", status: 200, body: map[string]any{"note": map[string]any{"id": "n1"}}, want: verdict.Value},
		{name: "a tombstone", resource: "    gone: item.state == 'deleted'\n", status: 200, body: map[string]any{"id": "n1", "state": "deleted"}, want: verdict.Absent, why: "tombstone"},
		{name: "no tombstone", resource: "    gone: item.state == 'deleted'\n", status: 200, body: map[string]any{"id": "n1", "state": "new"}, want: verdict.Value},
		{name: "a refusal under 200", provider: "refusal: response.body.ok == false\n", status: 200, body: map[string]any{"ok": false}, want: verdict.Unsure, why: "refusal by its body"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
				if a.path != "/notes/n1" {
					return false
				}
				if test.body == nil && test.status == 200 {
					w.Header().Set("Content-Type", "application/json")
					_, _ = w.Write([]byte("null"))
					return true
				}
				write(w, test.status, test.body)
				return true
			})
			provider := strings.Replace(notesProvider, "    read:", test.resource+"    read:", 1) + test.provider
			a := bound(t, desk{provider: provider, contracts: updatesNote}.engine(c))
			a.given[0].key = "n1"
			r, err := a.readNow(t.Context(), a.places[0])
			if err != nil || r.Known != test.want || !strings.Contains(r.Why, test.why) {
				t.Errorf("%s because %q, %v; want %s because %q", r.Known, r.Why, err, test.want, test.why)
			}
		})
	}
}

func TestInterpretWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		answer func(http.ResponseWriter)
	}{
		{name: "cut off", answer: cut},
		{name: "half a body", answer: func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(`{"id": "n1"`))
		}},
		{name: "not JSON", answer: func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"id": `))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, _ asking) bool { test.answer(w); return true })
			a := bound(t, desk{contracts: updatesNote}.engine(c))
			a.given[0].key = "n1"
			r, err := a.readNow(t.Context(), a.places[0])
			if _, unknown := a.places[0].last.(expr.Unknown); err != nil || r.Known != verdict.Unsure || r.Why == "" || !unknown {
				t.Errorf("%s because %q, variable %v, %v", r.Known, r.Why, a.places[0].last, err)
			}
		})
	}
}

func TestInterpretKeyed(t *testing.T) {
	t.Parallel()
	item := func(key string) any { return map[string]any{"id": key, "text": "T"} }
	for _, test := range []struct {
		name  string
		first []any
		next  []any // of a second page; nil: none
		want  verdict.Known3
	}{
		{name: "among others", first: []any{item("n0"), item("n1")}, want: verdict.Value},
		{name: "not among others", first: []any{item("n0"), item("n2")}, want: verdict.Absent},
		{name: "in an empty list", first: []any{}, want: verdict.Absent},
		{name: "on the second page", first: []any{item("n0")}, next: []any{item("n1")}, want: verdict.Value},
		{name: "the only one, and it carries no key", first: []any{map[string]any{"text": "T"}}, want: verdict.Value},
		{name: "not there, but the pages drifted", first: []any{item("n0"), item("n2")}, next: []any{item("n2"), item("n3")}, want: verdict.Unsure},
		{name: "there, although the pages drifted", first: []any{item("n1"), item("n2")}, next: []any{item("n2"), item("n3")}, want: verdict.Value},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
				body := map[string]any{"items": test.first}
				if a.query == "page=2" {
					body["items"] = test.next
				} else if test.next != nil {
					body["next"] = "/notes?page=2"
				}
				write(w, 200, body)
				return true
			})
			provider := strings.Replace(notesProvider, "read: GET /notes/{key}", "read: {call: GET /notes, items: response.body.items, next: response.body.next}", 1)
			a := bound(t, desk{provider: provider, contracts: updatesNote}.engine(c))
			a.given[0].key = "n1"
			r, err := a.readNow(t.Context(), a.places[0])
			if err != nil || r.Known != test.want {
				t.Errorf("%s because %q, %v; want %s", r.Known, r.Why, err, test.want)
			}
		})
	}
}

func TestInterpretSelection(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		page   string
		want   verdict.Known3
		why    string
	}{
		{name: "there", status: 200, page: `<ul><li data-note="n1" class="x">A <b>b</b></li></ul>`, want: verdict.Value},
		{name: "another is there", status: 200, page: `<li data-note="n2">A</li>`, want: verdict.Absent, why: "empty selection"},
		{name: "gone with its page", status: 404, page: "none", want: verdict.Absent, why: "404"},
		{name: "denied", status: 403, page: `<li data-note="n1">A</li>`, want: verdict.Unsure, why: "answered 403"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.page))
				return true
			})
			provider := notesProvider + "probes:\n  page: {call: GET /page, as: nobody, find: \"[data-note='${note.id}']\"}\n"
			contract := "contract: A note is shown\ngiven: note\ncall: POST /notes/{note.id}/show\nshows: note\nin: [page]\n"
			a := bound(t, desk{provider: provider, contracts: contract}.engine(c))
			a.given[0].key, a.given[0].item = "n1", map[string]any{"id": "n1"}
			p := a.places[0]
			if p.look != verdict.Selection || p.eyes != a.e.nobody {
				t.Fatalf("looks %s as %s", p.look, p.eyes.name)
			}
			r, err := a.readNow(t.Context(), p)
			if err != nil || r.Known != test.want || !strings.Contains(r.Why, test.why) {
				t.Errorf("%s because %q, %v; want %s", r.Known, r.Why, err, test.want)
			}
			if test.want != verdict.Value {
				return
			}
			match := r.Value.([]any)[0].(map[string]any)
			if match["text"] != "A b" || match["attributes"].(map[string]any)["class"] != "x" {
				t.Errorf("matched %v", match)
			}
		})
	}
}

// TestInterpretProbe looks at what names no thing: its absence is an answer, too.
func TestInterpretProbe(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		want   verdict.Known3
	}{
		{name: "a value", status: 200, want: verdict.Value},
		{name: "404", status: 404, want: verdict.Absent},
		{name: "410", status: 410, want: verdict.Absent},
		{name: "denied", status: 403, want: verdict.Unsure},
		{name: "broken", status: 503, want: verdict.Unsure},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, _ asking) bool {
				write(w, test.status, map[string]any{"on": true})
				return true
			})
			a := bound(t, desk{provider: notesProvider + "probes:\n  lock: GET /lock\n", contracts: "contract: The lock stays\ncall: POST /touch\nkeeps: [lock]\n"}.engine(c))
			r, err := a.readNow(t.Context(), a.places[0])
			if err != nil || r.Known != test.want {
				t.Errorf("%s because %q, %v; want %s", r.Known, r.Why, err, test.want)
			}
		})
	}
}

func TestInterpretListing(t *testing.T) {
	t.Parallel()
	c := newClerk(t, nil)
	a := bound(t, desk{}.engine(c))
	p := a.places[1]
	if p.look != verdict.Listing {
		t.Fatalf("the second place of a creation looks %s", p.look)
	}
	elsewhere := drawMarker()
	a.created.marked = map[string]any{"text": "New " + a.unique}
	c.put(map[string]any{"id": "old", "text": "a colleague's"})
	if _, err := a.readNow(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	p.before = []*listing{p.listed, p.listed}
	for id, text := range map[string]string{"mine": "New " + a.unique, "quoted": "Re: New " + a.unique, "beside": "Made " + elsewhere, "fresh": "a colleague's new one"} {
		c.put(map[string]any{"id": id, "text": text})
	}
	delete(c.notes, "old")
	r, err := a.readNow(t.Context(), p)
	if err != nil || r.Known != verdict.Value || !r.Complete {
		t.Fatalf("%s, complete %v: %v", r.Known, r.Complete, err)
	}
	got := map[string]string{}
	for _, item := range r.Items {
		got[item.Key] = item.Marker
		if !item.New {
			t.Errorf("%s is not new", item.Key)
		}
	}
	if want := map[string]string{"mine": a.unique, "quoted": a.unique, "fresh": ""}; len(got) != len(want) {
		t.Errorf("concern this cell: %v, want %v", got, want)
	} else {
		for key, marker := range want {
			if got[key] != marker {
				t.Errorf("%s carries %q, want %q", key, got[key], marker)
			}
		}
	}
	if r.Others != 1 || !slices.Equal(r.Missing, []string{"old"}) {
		t.Errorf("%d others and missing %v; want the one of another cell, and old", r.Others, r.Missing)
	}
}

// TestInterpretGhost tells a denial from a disguise: 403 for what does not exist.
func TestInterpretGhost(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		ghost, listed int // what a key that never was, and the list, are answered with
		had           bool
		want          verdict.Known3
	}{
		{name: "a disguise", ghost: 403, listed: 200, had: true, want: verdict.Absent},
		{name: "made-up keys are 404: it is a denial", ghost: 404, listed: 200, had: true, want: verdict.Unsure},
		{name: "never seen here", ghost: 403, listed: 200, want: verdict.Unsure},
		{name: "nothing can be seen any more", ghost: 403, listed: 403, had: true, want: verdict.Unsure},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
				switch a.path {
				case "/notes/n1":
					write(w, 403, nil)
				case "/notes":
					write(w, test.listed, map[string]any{"items": []any{}})
				default:
					write(w, test.ghost, nil)
				}
				return true
			})
			a := bound(t, desk{contracts: updatesNote}.engine(c))
			a.given[0].key, a.places[0].had = "n1", test.had
			p := a.places[0]
			for range 2 {
				r, err := a.readNow(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				a.unmask(t.Context(), p, &r)
				if r.Known != test.want || r.Ghost != (test.want == verdict.Absent) {
					t.Errorf("%s, ghost %v: %s; want %s", r.Known, r.Ghost, r.Why, test.want)
				}
			}
			if ghosts := c.count("GET /notes/") - 2; ghosts > 1 {
				t.Errorf("%d made-up keys were asked for, one tells", ghosts)
			}
		})
	}
}

func TestMadeUpKey(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"7", "8841", "3f2a-00ff", "rev_AbC9", "---", ""} {
		made := madeUpKey(key)
		if made == key {
			t.Errorf("%q is made up of itself", key)
		}
		for i := range min(len(key), len(made)) {
			if digit(key[i]) != digit(made[i]) {
				t.Errorf("%q is of another shape than %q", made, key)
			}
		}
	}
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func TestUnescape(t *testing.T) {
	t.Parallel()
	for segment, want := range map[string]string{"a%20b": "a b", "a%2Fb": "a/b", "100%": "100%", "": ""} {
		if got := unescape(segment); got != want {
			t.Errorf("%q becomes %q, want %q", segment, got, want)
		}
	}
}

// TestWhatTheRunDeletedIsNotMissed: beside a cell that deletes, the clean-up of another
// removes what it made, which a lie had stripped of its marker: to the first cell it
// looks like somebody else's item.
func TestWhatTheRunDeletedIsNotMissed(t *testing.T) {
	t.Parallel()
	e := desk{}.engine(newClerk(t, nil))
	note := e.o.Suite.Provider.Resource("note")
	full := &listing{at: map[string]int{}}
	full.add([]any{map[string]any{"id": "n1"}, map[string]any{"id": "n2"}, map[string]any{"id": "n3"}}, []string{"id"})
	left := &listing{at: map[string]int{}}
	left.add([]any{map[string]any{"id": "n3"}}, []string{"id"})
	p := &place{thing: &thing{resource: note, key: "n9"}, before: []*listing{full, full}}
	e.deleting(&thing{resource: note, key: "n1"})
	if missing := e.missing(p, left); len(missing) != 1 || missing[0] != "n2" {
		t.Errorf("missed: %v, want n2 alone", missing)
	}
}
