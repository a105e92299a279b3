package engine

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// shops is a target with roles: root stands for one, zoe comes last.
const shops = `targets:
  local:
    server: %s
    roles: {owner: root, ghost: nowhere}
    accounts:
      ada: {credentials: {bearer: t-ada}}
      bo: {credentials: {bearer: t-bo}}
      root: {credentials: {bearer: t-root}}
      zoe: {credentials: {bearer: t-zoe}}
`

func TestRole(t *testing.T) {
	t.Parallel()
	shops := strings.Replace(shops, ", ghost: nowhere", "", 1)
	e := desk{targets: shops}.engine(newClerk(t, nil))
	pair := desk{targets: strings.Replace(shops, "owner: root", "owner: bo", 1), change: func(o *Options) { o.Accounts = []string{"ada"} }}.engine(newClerk(t, nil))
	for _, test := range []struct {
		name, role, me, want string
		e                    *Engine
	}{
		{name: "me", role: "me", me: "bo", want: "bo"},
		{name: "by default", role: "", me: "bo", want: "bo"},
		{name: "nobody", role: "nobody", me: "bo", want: "nobody"},
		{name: "named", role: "owner", me: "bo", want: "root"},
		{name: "other is the next", role: "other", me: "ada", want: "bo"},
		{name: "other passes over who stands for a role", role: "other", me: "bo", want: "zoe"},
		{name: "other goes round", role: "other", me: "zoe", want: "ada"},
		{name: "other passes over roles wherever they stand", role: "other", me: "ada", want: "root", e: pair},
		{name: "unknown", role: "auditor", me: "bo", want: `role "auditor" is not mapped to an account by target "local"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			engine := test.e
			if engine == nil {
				engine = e
			}
			who, err := engine.role(test.role, engine.eyes[test.me])
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = who.name
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestOtherNeedsAnotherAccount(t *testing.T) {
	t.Parallel()
	one := "targets:\n  local:\n    server: %s\n    accounts: {ada: {credentials: {bearer: t-ada}}}\n"
	e := desk{targets: one}.engine(newClerk(t, nil))
	if _, err := e.role("other", e.eyes["ada"]); err == nil || !strings.Contains(err.Error(), "needs a second account") {
		t.Errorf("got %v", err)
	}
}

func TestBetween(t *testing.T) {
	t.Parallel()
	who := &eyes{}
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	who.deeds = []*deed{{what: "a", sent: at(0), said: at(10)}, {what: "b", sent: at(5)}, {what: "c", sent: at(20), said: at(30)}}
	for _, test := range []struct {
		name     string
		from, to int
		want     string
	}{
		{name: "what was under way all the time", from: 6, to: 8, want: "ab"},
		{name: "what was answered before is past", from: 11, to: 15, want: "b"},
		{name: "what is not answered is still under way", from: 100, to: 200, want: "b"},
		{name: "what is sent later has not begun", from: 1, to: 4, want: "a"},
		{name: "borders count", from: 10, to: 20, want: "abc"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			for _, d := range who.between(at(test.from), at(test.to)) {
				got += d.what
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestPassedOver asks whether deletions may have moved the pages of a listing that was read
// from 100 to 200 ms.
func TestPassedOver(t *testing.T) {
	t.Parallel()
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	for _, test := range []struct {
		name string
		deed *deed
		want bool
	}{
		{name: "of what stood there", deed: &deed{deletion: true, gone: []string{"7"}, sent: at(120), said: at(130)}, want: true},
		{name: "of what stood there, answered before", deed: &deed{deletion: true, gone: []string{"7"}, sent: at(10), said: at(20)}, want: false},
		{name: "afterwards", deed: &deed{deletion: true, gone: []string{"7"}, sent: at(210), said: at(220)}, want: false},
		{name: "of something else", deed: &deed{deletion: true, gone: []string{"8"}, sent: at(120), said: at(130)}, want: false},
		{name: "of nobody knows what", deed: &deed{deletion: true, sent: at(120)}, want: true},
		{name: "of nobody knows what, answered before", deed: &deed{deletion: true, sent: at(10), said: at(20)}, want: false},
		{name: "no deletion", deed: &deed{sent: at(120), said: at(130)}, want: false},
	} {
		who := &eyes{deeds: []*deed{test.deed}}
		if got := who.passedOver(map[string]bool{"7": true}, at(100), at(200)); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestADeedIsKnownWhileItIsUnderWay asks during a deletion: a listing that ends
// before the deletion is answered has seen its effect all the same.
func TestADeedIsKnownWhileItIsUnderWay(t *testing.T) {
	t.Parallel()
	var e *Engine
	during := false
	start := time.Now()
	c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
		if a.method == "DELETE" {
			during = e.passedOver(&listing{}, 0, start, time.Now())
		}
		return false
	})
	e = desk{}.engine(c)
	request := &request{method: "DELETE", url: c.url + "/notes/n1"}
	reply := e.transmit(t.Context(), e.eyes["ada"], request, &deed{what: "DELETE /notes/n1", writes: true, deletion: true})
	if reply.Status != 404 || !during {
		t.Errorf("answered %d, known while under way: %v", reply.Status, during)
	}
	if after := time.Now(); e.passedOver(&listing{}, 0, after.Add(time.Second), after.Add(2*time.Second)) {
		t.Error("it is under way for ever")
	}
}
