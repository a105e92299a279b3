package engine_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// echoing makes a shop lose what bob publishes: it answers as if it were done.
func echoing(s *shop) {
	s.HandleFunc("POST /reviews/{id}/publish", func(w http.ResponseWriter, r *http.Request) {
		if bearer(r) == "bob" {
			reply(w, 200, map[string]any{"id": r.PathValue("id"), "state": "publish", "tier": "free"})
			return
		}
		s.plain(w, r)
	})
}

// nodding makes a shop answer 201 to six stars, and store it or not.
func nodding(stores bool) func(*shop) {
	return func(s *shop) {
		s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(text))
			if !bytes.Contains(text, []byte(`"stars":6`)) {
				s.plain(w, r)
				return
			}
			id := json.Number("0")
			if stores {
				var sent map[string]any
				_ = json.Unmarshal(text, &sent)
				id = s.put(r.Header.Get("Authorization"), sent, 0)
			}
			reply(w, 201, map[string]any{"id": id})
		})
	}
}

var knownRows = []literalRow{
	{name: "told where it is documented, and fixed where it is not told", prepare: echoing, suite: repeatedly + `known: {lie: lost-write, see: "https://shop.example/1", until: 2999-12-31}
`, want: accused{"bob: Publishing": "known lost-write", "ada: Publishing": "known lost-write"}},
	{name: "only where its when holds", prepare: echoing, suite: repeatedly + `known:
  - {when: response.body.tier == 'free', lie: lost-write}
  - {when: account.name == 'nobody at all', lie: leaked}
`, want: accused{"bob: Publishing": "known lost-write"}},
	{name: "run out", prepare: echoing, suite: repeatedly + `known: {lie: lost-write, until: 2020-02-29}
`, want: accused{"bob: Publishing": "lied lost-write"}},
	{name: "one that is good stands beside one that has run out", prepare: echoing, suite: repeatedly + `known: [{lie: lost-write, until: 2020-02-29}, {lie: lost-write, when: account.name == 'bob'}]
`, want: accused{"bob: Publishing": "known lost-write"}},
	{name: "another lie is no excuse", prepare: echoing, suite: repeatedly + `known: {lie: dropped-field, when: account.name == 'bob'}
`, want: accused{"bob: Publishing": "lied lost-write"}},
	{name: "a refusal that is wanted is no fix of a lost write", suite: `
-- a.contract.yaml --
contract: Creating
call: POST /reviews
body: {title: "S ${unique}", stars: 5}
creates: review
rejects: {six stars: {stars: 6}}
known: {lie: lost-write}
`, want: accused{"ada: Creating": "known lost-write", "bob: Creating": "known lost-write"}},
	{name: "a success that is none, where a refusal is wanted: its status is the lie", prepare: nodding(false), suite: `
-- a.contract.yaml --
contract: Creating
call: POST /reviews
body: {title: "S ${unique}", stars: 5}
creates: review
cases: {six stars: {body: {stars: 6}, status: 422}}
known: {lie: lost-write}
`, want: accused{"ada: Creating": "known lost-write", "bob: Creating": "known lost-write", "ada: Creating (six stars)": "known lost-write", "bob: Creating (six stars)": "known lost-write"}},
	{name: "a success that is one has its own status", prepare: nodding(true), suite: `
-- a.contract.yaml --
contract: Creating
call: POST /reviews
body: {title: "S ${unique}", stars: 5}
creates: review
cases: {six stars: {body: {stars: 6}, status: 422}}
known: [{lie: lost-write, when: response.status == 200}]
`, want: accused{"ada: Creating (six stars)": "broken wrong-status", "bob: Creating (six stars)": "broken wrong-status"}},
	{name: "a refusal that left a trace once leaves none any more", suite: `
-- a.contract.yaml --
contract: Creating
call: POST /reviews
body: {title: "S ${unique}", stars: 5}
creates: review
rejects: {six stars: {stars: 6}}
known: {lie: phantom-write}
`, want: accused{"ada: Creating (six stars)": "known phantom-write", "bob: Creating (six stars)": "known phantom-write"}},
	{name: "only where its when held before", prepare: echoing, suite: repeatedly + `known: {when: "!absent(before.count)", lie: lost-write}
`, want: accused{"bob: Publishing": "known lost-write", "ada: Publishing": "known lost-write"}},
	{name: "not where it did not hold before", prepare: echoing, suite: repeatedly + `known: {when: absent(before.count), lie: lost-write}
`, want: accused{"bob: Publishing": "lied lost-write"}},
}

// TestKnown takes lies that are documented, and lies that were.
func TestKnown(t *testing.T) {
	takeRows(t, knownRows)
}

// TestKnownSaysWhy reads what a report says of documented lies.
func TestKnownSaysWhy(t *testing.T) {
	for _, row := range []struct {
		name, suite, account, reason string
		fixed                        bool
	}{
		{"told", knownRows[0].suite, "bob", "; documented at https://shop.example/1", false},
		{"fixed", knownRows[0].suite, "ada", "documented as lost-write, and not told this time: https://shop.example/1", true},
		{"run out", knownRows[2].suite, "bob", "; it was documented as known until 2020-02-29, which is over", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			echoing(s)
			for _, r := range say(t, s, row.suite).results {
				if r.Cell.Account.Name != row.account {
					continue
				}
				if v := r.Verdict; len(v.Findings) == 0 || !strings.HasSuffix(v.Findings[0].Reason, row.reason) || v.Fixed != row.fixed {
					t.Errorf("fixed %v, findings %+v", v.Fixed, v.Findings)
				}
			}
		})
	}
}
