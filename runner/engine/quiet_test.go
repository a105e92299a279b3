package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// inStep has the shop do the requests of two accounts that match at one moment: neither
// reads in between. One that nobody joins is done when it has waited.
func inStep(s *shop, method, path string, then func(w http.ResponseWriter, r *http.Request)) {
	var mu sync.Mutex
	var first *stepping
	s.HandleFunc(method+" "+path, func(w http.ResponseWriter, r *http.Request) {
		me := &stepping{who: bearer(r), does: func() http.ResponseWriter {
			recorded := httptest.NewRecorder()
			then(recorded, r)
			return recorded
		}, done: make(chan http.ResponseWriter, 1)}
		mu.Lock()
		if first != nil && first.who != me.who {
			first.done <- first.does()
			me.done <- me.does()
			first = nil
		} else {
			first = me
		}
		mu.Unlock()
		var reply http.ResponseWriter
		select {
		case reply = <-me.done:
		case <-time.After(300 * time.Millisecond):
			mu.Lock()
			if first == me {
				first = nil
				me.done <- me.does()
			}
			mu.Unlock()
			reply = <-me.done
		}
		recorded := reply.(*httptest.ResponseRecorder)
		maps.Copy(w.Header(), recorded.Header())
		w.WriteHeader(recorded.Code)
		w.Write(recorded.Body.Bytes())
	})
}

// A stepping is a request that waits for the other account's.
type stepping struct {
	who  string
	does func() http.ResponseWriter
	done chan http.ResponseWriter
}

// busy has a shop tell how often others than the one who asks have edited something, in every
// review and at /stats.
func busy(s *shop) {
	edits := map[string]int{}
	others := func(r *http.Request) int {
		n := 0
		for who, count := range edits {
			if who != bearer(r) {
				n += count
			}
		}
		return n
	}
	inStep(s, "PATCH", "/reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.plain(w, r)
		s.mu.Lock()
		defer s.mu.Unlock()
		edits[bearer(r)]++
	})
	s.HandleFunc("GET /stats", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		reply(w, 200, map[string]any{"others": others(r)})
	})
	s.HandleFunc("GET /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		thing := maps.Clone(s.find("reviews", r.PathValue("id")))
		if thing == nil {
			reply(w, 404, nil)
			return
		}
		thing["others"] = others(r)
		reply(w, 200, thing)
	})
}

// lagging has the count of a shop rise and fall some time after something was made and deleted;
// or, where a lie is told, never.
func lagging(lies bool) func(*shop) {
	return func(s *shop) {
		var made, gone []time.Time
		s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
			s.plain(w, r)
			s.mu.Lock()
			defer s.mu.Unlock()
			made = append(made, time.Now())
		})
		s.HandleFunc("DELETE /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.plain(w, r)
			s.mu.Lock()
			defer s.mu.Unlock()
			gone = append(gone, time.Now())
		})
		s.HandleFunc("GET /count", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			shown := func(times []time.Time) (n int) {
				for _, at := range times {
					if time.Since(at) > 250*time.Millisecond && !lies {
						n++
					}
				}
				return n
			}
			reply(w, 200, map[string]any{"total": shown(made) - shown(gone)})
		})
	}
}

// colleague adds a review after each of ours, or takes one of his away, before anybody looks
// again; so often.
func colleague(method string, times int) func(*shop) {
	return func(s *shop) {
		for i := range 9 {
			s.kinds["reviews"] = append(s.kinds["reviews"], map[string]any{"id": json.Number(fmt.Sprint(900 + i)), "title": "A colleague's", "stars": json.Number("3")})
		}
		n := 0
		s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
			s.plain(w, r)
			s.mu.Lock()
			defer s.mu.Unlock()
			if n++; n > times {
				return
			}
			if method == "POST" {
				s.kinds["reviews"] = append(s.kinds["reviews"], map[string]any{"id": json.Number(fmt.Sprint(950 + n)), "title": "A colleague's", "stars": json.Number("3")})
				return
			}
			s.kinds["reviews"] = slices.DeleteFunc(s.kinds["reviews"], func(review map[string]any) bool { return fmt.Sprint(review["id"]) == fmt.Sprint(900+n) })
		})
	}
}

// restless has somebody move the count whenever anybody looks.
func restless(s *shop) {
	looked := 0
	s.HandleFunc("GET /count", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		looked++
		reply(w, 200, map[string]any{"total": 1000 + len(s.kinds["reviews"]) - 3*looked})
	})
}

const addingOne = `
-- a.contract.yaml --
contract: Counted
call: POST /reviews
body: {title: "A ${unique}", stars: 3}
effects:
  - creates: review
  - name: one more
    expect: after.count == before.count + 1
`

const onlyAda = `
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", accounts: {ada: {credentials: {bearer: t-ada}}}}}
`

const editing = `
-- a.contract.yaml --
contract: Edited
given: review
call: PATCH /reviews/{review.id}
body: {title: "B ${unique}"}
updates: review
`

// TestWhatOthersMove moves what effects are compared with while they are watched: by our own
// cells on other accounts that go in step, by our clean-up that shows late, by somebody else.
// Who tells the truth is accused of nothing, and who lies is found out all the same.
func TestWhatOthersMove(t *testing.T) {
	counting := strings.Replace(quick, "GET /reviews, item: response.body.total", "GET /count, item: response.body.total", 1)
	stats := strings.Replace(quick, "count: {call: GET /reviews, item: response.body.total}", "stats: GET /stats", 1)
	stepping := func(s *shop) { inStep(s, "POST", "/reviews", s.plain) }
	uncounted := func(s *shop) {
		stepping(s)
		s.HandleFunc("GET /count", func(w http.ResponseWriter, r *http.Request) { reply(w, 200, map[string]any{"total": 3}) })
	}
	settings := `-- provider.yaml --
polygraph: 1
provider: shop
auth: bearer
resources:
  settings: {read: GET /settings}
defaults: {within: 200ms}
-- a.contract.yaml --
contract: Settings
call: PATCH /settings
body: {theme: "T ${unique}"}
updates: settings
cleanup: {call: PATCH /settings, body: {theme: "${before.settings.theme}"}}
`
	takeRows(t, []literalRow{
		{name: "two accounts change one setting", prepare: func(s *shop) {
			inStep(s, "PATCH", "/settings", func(w http.ResponseWriter, r *http.Request) {
				s.mu.Lock()
				defer s.mu.Unlock()
				maps.Copy(s.settings, asked(r))
				reply(w, 200, maps.Clone(s.settings))
			})
			settingsOf(s)
		}, suite: settings, after: func(t *testing.T, s *shop) {
			if s.settings["theme"] != "light" {
				t.Errorf("the theme is left as %v", s.settings["theme"])
			}
		}},
		{name: "two accounts add to one counter", prepare: stepping, suite: "-- provider.yaml --" + quick + addingOne},
		{name: "two accounts add to one counter, twice each", prepare: stepping, suite: "-- provider.yaml --" + quick + addingOne + "again:\n  more: {effect: again}\n"},
		{name: "two accounts and a counter that lies", prepare: uncounted, suite: "-- provider.yaml --" + counting + addingOne,
			want: accused{"ada: Counted": "lied half-done", "bob: Counted": "lied half-done"}},
		{name: "two accounts and what a probe keeps", prepare: busy, suite: "-- provider.yaml --" + stats + editing + "keeps: [stats]\n"},
		{name: "two accounts and a field that others move", prepare: busy, suite: "-- provider.yaml --" + quick + editing},
		{name: "a counter that lags", prepare: lagging(false), suite: "-- provider.yaml --" + strings.Replace(counting, "200ms", "500ms", 1) + addingOne + "---" + strings.Replace(strings.TrimPrefix(addingOne, "\n-- a.contract.yaml --"), "Counted", "Counted too", 1) + onlyAda},
		{name: "a counter that never rises", prepare: lagging(true), suite: "-- provider.yaml --" + counting + addingOne + onlyAda, want: accused{"ada: Counted": "lied half-done"}},
		{name: "a colleague adds one", prepare: colleague("POST", 1), stays: 1, suite: "-- provider.yaml --" + quick + addingOne + onlyAda},
		{name: "a colleague takes one away", prepare: colleague("DELETE", 1), stays: -1, suite: "-- provider.yaml --" + quick + addingOne + onlyAda},
		{name: "a counter that never rests", prepare: restless, suite: "-- provider.yaml --" + counting + addingOne + onlyAda, want: accused{"ada: Counted": "inconclusive noisy-frame"}},
	})
}
