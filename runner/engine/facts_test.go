package engine

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestFacts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		body   any
		can    []string
		known  bool
		denied bool
		why    string
	}{
		{name: "a list of scopes", status: 200, body: map[string]any{"scopes": []any{"a", "b"}}, can: []string{"a", "b"}, known: true},
		{name: "none at all", status: 200, body: map[string]any{"scopes": []any{}}, can: []string{}, known: true},
		{name: "as OAuth writes them", status: 200, body: map[string]any{"scopes": "a b"}, can: []string{"a", "b"}, known: true},
		{name: "as a map", status: 200, body: map[string]any{"scopes": map[string]any{"a": true, "b": false}}, can: []string{"a"}, known: true},
		{name: "not said", status: 200, body: map[string]any{}},
		{name: "of another form", status: 200, body: map[string]any{"scopes": []any{map[string]any{"name": "a"}}}},
		{name: "not accepted", status: 401, denied: true, why: "401"},
		{name: "denied", status: 403, why: "answered 403"},
		{name: "refused by its body", status: 200, body: map[string]any{"ok": false, "scopes": []any{"a"}}, why: "refusal by its body"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
				if a.path != "/me" {
					return false
				}
				write(w, test.status, test.body)
				return true
			})
			provider := notesProvider + "refusal: response.body.ok == false\naccount: {read: GET /me, take: {can: response.body.scopes}}\n"
			e := desk{provider: provider}.engine(c)
			for range 3 {
				f := e.factsOf(t.Context(), e.eyes["ada"])
				if !slices.Equal(f.Can, test.can) || f.Known != test.known || f.Denied != test.denied || !strings.Contains(f.Why, test.why) || (test.why == "") != (f.Why == "") {
					t.Errorf("got %+v", f)
				}
			}
			if got := c.count("GET /me"); got != 1 {
				t.Errorf("read %d times, once per run is enough", got)
			}
		})
	}
}

// Some providers let nobody ask for what he may do, except an administrator.
func TestFactsThatSomebodyElseAsksFor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, take string
		status     int
		can        []string
		why        string
	}{
		{name: "by the account's name", take: "response.body.grants.filter(g, g.to == account.name).map(g, g.what + ':' + request.query.of)", status: 200, can: []string{"read:ada"}},
		{name: "their credential is not ours", take: "response.body.grants", status: 401, why: "account.read was answered 401"},
		{name: "what cannot be taken", take: "[int(response.body.many)]", status: 200, why: "account.take can: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
				if a.path != "/grants" {
					return false
				}
				if a.who != "bo" {
					write(w, 403, nil)
					return true
				}
				write(w, test.status, map[string]any{"many": "a lot", "grants": []any{map[string]any{"to": "ada", "what": "read"}, map[string]any{"to": "bo", "what": "all"}}})
				return true
			})
			provider := notesProvider + fmt.Sprintf("account: {read: {call: GET /grants, query: {of: \"${account.name}\"}, as: boss}, take: {can: %q}}\n", test.take)
			e := desk{provider: provider, targets: strings.Replace(twoAccounts, "    accounts:", "    roles: {boss: bo}\n    accounts:", 1)}.engine(c)
			f := e.factsOf(t.Context(), e.eyes["ada"])
			if !slices.Equal(f.Can, test.can) || f.Denied || !strings.Contains(f.Why, test.why) || (test.why == "") != (f.Why == "") {
				t.Errorf("got %+v", f)
			}
		})
	}
}

func TestFactsAreReadAgainWhenThrottled(t *testing.T) {
	t.Parallel()
	n := 0
	c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
		if n++; n == 1 {
			w.Header().Set("Retry-After", "0")
			write(w, 429, nil)
			return true
		}
		write(w, 200, map[string]any{"plan": "pro"})
		return true
	})
	e := desk{provider: notesProvider + "account: {read: GET /me, take: {plan: response.body.plan}}\n"}.engine(c)
	if f := e.factsOf(t.Context(), e.eyes["ada"]); !maps.Equal(f.Taken, map[string]any{"plan": "pro"}) {
		t.Errorf("got %+v", f)
	}
}

// Who compares accounts needs what each said of itself, and nothing of those that nobody looked at.
func TestFactsOfARun(t *testing.T) {
	t.Parallel()
	c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
		if a.path != "/me" {
			return false
		}
		write(w, 200, map[string]any{"plan": "pro", "scopes": []any{a.who + ":write"}})
		return true
	})
	e := desk{provider: notesProvider + "account: {read: GET /me, take: {plan: response.body.plan, can: response.body.scopes}}\n"}.engine(c)
	if got := e.Facts(); len(got) != 0 {
		t.Errorf("before anybody was asked: %+v", got)
	}
	e.factsOf(t.Context(), e.eyes["ada"])
	got := e.Facts()
	if len(got) != 1 || got[0].Account != "ada" || got[0].Taken["plan"] != "pro" || !slices.Equal(got[0].Can, []string{"ada:write"}) {
		t.Fatalf("got %+v", got)
	}
	if own := got[0].Own; own == nil || own.Status != 200 || own.Eyes != "ada" || own.Call != "GET /me" || !strings.Contains(own.ReplyBody, "pro") {
		t.Errorf("asked: %+v", own)
	}
}
