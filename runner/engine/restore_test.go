package engine

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/journal"
)

// A house has settings, which no cell makes, and a bell that rings on POST.
type house struct {
	mu       sync.Mutex
	settings map[string]any
	puts     int // that put the settings back
	rings    int
}

func newHouse() *house {
	return &house{settings: map[string]any{"motto": "Live and let live", "hue": json.Number("7")}}
}

func (h *house) answer(_ *clerk, w http.ResponseWriter, a asking) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch a.String() {
	case "GET /settings":
		write(w, 200, h.settings)
	case "PATCH /settings":
		var sent map[string]any
		_ = json.Unmarshal([]byte(a.body), &sent)
		h.settings = mergeValues(h.settings, sent).(map[string]any)
		write(w, 200, h.settings)
	case "PUT /settings":
		h.puts++
		var sent map[string]any
		_ = json.Unmarshal([]byte(a.body), &sent)
		h.settings = mergeValues(h.settings, sent).(map[string]any)
		write(w, 200, h.settings)
	case "POST /bell":
		h.rings++
		write(w, 204, nil)
	default:
		return false
	}
	return true
}

const houseProvider = `polygraph: 1
provider: house
auth: bearer
secrets: [token]
resources:
  settings: {read: GET /settings}
defaults: {within: 300ms, patience: 500ms}
`

// changesMotto puts the motto back, which it did not make.
const changesMotto = `contract: A motto is changed
call: PATCH /settings
body: {motto: "New ${unique}"}
updates: settings
cleanup: {call: PUT /settings, body: {motto: "${before.settings.motto}"}}
`

// TestRestore crashes when the act has arrived, and has a sweep put back what it
// changed: as it was, once, and only where nobody has changed it since.
func TestRestore(t *testing.T) {
	t.Parallel()
	for _, each := range []struct {
		name     string
		contract string                   // "" for changesMotto
		before   func(h *house)           // the act
		after    func(h *house)           // the crash
		note     func(j *journal.Journal) // what the run still got to write
		motto    string                   // "" for as it was
		puts     int
		rings    int
		how      journal.How
		why      string // part of what is left; "" for nothing
	}{
		{name: "as the run left it", puts: 1, how: journal.OwnCleanUp},
		{name: "the call may have arrived, and may be repeated", puts: 1, how: journal.OwnCleanUp, note: deletingAll},
		{name: "the call had arrived", how: journal.AsBefore, note: deletingAll,
			after: func(h *house) { h.settings["motto"] = "Live and let live" }},
		{name: "somebody has changed it since", motto: "Ours is better", why: "somebody has changed it since",
			after: func(h *house) { h.settings["motto"] = "Ours is better" }},
		{name: "another field was changed since", puts: 1, how: journal.OwnCleanUp, after: func(h *house) { h.settings["hue"] = 8 }},
		{name: "a secret stands in it", contract: logsOut, why: "not kept", motto: "new",
			before: func(h *house) { h.settings["token"] = "sesame-open-sesame" }},
		{name: "a call that may not be repeated", contract: rings, rings: 1, how: journal.OwnCleanUp, motto: "new"},
		{name: "it may have arrived, and may not be repeated", contract: rings, motto: "new", note: deletingAll, why: "may do something twice"},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse()
			if each.before != nil {
				each.before(h)
			}
			moment, crashed, once := make(chan struct{}), make(chan struct{}), sync.Once{}
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				if isClosed(moment) && !isClosed(crashed) { // the run is to see nothing more: it might get as far as its clean-up
					<-crashed
					return true
				}
				if a.method == "PATCH" {
					defer once.Do(func() { close(moment) })
				}
				return h.answer(c, w, a)
			})
			d := desk{provider: houseProvider, contracts: contractOr(each.contract)}
			j := crash(t, d, c, moment)
			close(crashed)
			if text := readFile(t, j.Path()); strings.Contains(text, "sesame") {
				t.Errorf("a secret is in the journal:\n%s", text)
			}
			if each.note != nil {
				each.note(j)
			}
			if each.after != nil {
				each.after(h)
			}
			removed, left := d.sweepUp(t, c, j)
			switch {
			case each.why == "" && (len(left) > 0 || len(removed) != 1 || removed[0].How != each.how):
				t.Errorf("removed %+v, left %+v, want it %s", removed, left, each.how)
			case each.why != "" && (len(left) != 1 || !strings.Contains(left[0].Why, each.why)):
				t.Errorf("removed %+v, left %+v, want it left: %s", removed, left, each.why)
			}
			motto, _ := h.settings["motto"].(string)
			switch {
			case each.motto == "" && motto != "Live and let live", each.motto == "new" && !strings.HasPrefix(motto, "New pg"),
				each.motto != "" && each.motto != "new" && motto != each.motto:
				t.Errorf("the motto is %q", motto)
			}
			if h.puts != each.puts || h.rings != each.rings {
				t.Errorf("put back %d times and rung %d times, want %d and %d", h.puts, h.rings, each.puts, each.rings)
			}
			if _, again := d.sweepUp(t, c, j); h.puts != each.puts || h.rings != each.rings || len(again) != len(left) {
				t.Errorf("a second sweep has put it back again: %d, %d", h.puts, h.rings)
			}
		})
	}
}

const rings = `contract: A motto is changed
call: PATCH /settings
body: {motto: "New ${unique}"}
updates: settings
cleanup: POST /bell
`

const logsOut = `contract: A motto is changed
call: PATCH /settings
body: {motto: "New ${unique}"}
updates: settings
cleanup: {call: PUT /bell, body: {token: "${response.body.token}"}}
`

// TestNothingIsChangedThatCannotBePutBack has a secret among what the clean-up would
// have to put back: it is masked as soon as it is read.
func TestNothingIsChangedThatCannotBePutBack(t *testing.T) {
	t.Parallel()
	h := newHouse()
	h.settings["token"], h.settings["motto"] = "sesame-open-sesame", "sesame-open-sesame"
	c := newClerk(t, h.answer)
	r := desk{provider: houseProvider, contracts: changesMotto}.run(c)[0]
	requireVerdict(t, r, "inconclusive setup-failed")
	if !strings.Contains(reasons(r.Verdict), "before.settings.motto holds a secret") {
		t.Errorf("it does not say why: %s", reasons(r.Verdict))
	}
	if c.count("PATCH") > 0 || c.count("PUT") > 0 {
		t.Errorf("asked %v", c.heard(""))
	}
	r = desk{provider: houseProvider, contracts: logsOut}.run(c)[0]
	if len(r.Left) != 1 || !strings.Contains(r.Left[0].Why, "response.body.token holds a secret") || c.count("PUT") > 0 {
		t.Errorf("left %+v, asked %v", r.Left, c.heard(""))
	}
}

func contractOr(written string) string {
	if written == "" {
		return changesMotto
	}
	return written
}

// deletingAll is what a run writes before it sends its clean-up.
func deletingAll(j *journal.Journal) {
	for _, each := range j.Things() {
		_ = j.Append(journal.Deleting{ID: each.ID}) // an error is seen by what the sweep does
	}
}
