package engine

import (
	"net/http"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

func TestRetryIn(t *testing.T) {
	t.Parallel()
	e := desk{provider: notesProvider + "throttled: response.body.error == 'ratelimited'\nrefusal: response.body.ok == false\n"}.engine(newClerk(t, nil))
	limited := map[string]any{"ok": false, "error": "ratelimited"}
	for _, test := range []struct {
		name      string
		reply     *wire.Reply
		after     string
		wait      time.Duration
		throttled bool
	}{
		{name: "429 says when", reply: &wire.Reply{Status: 429}, after: "2", wait: 2 * time.Second, throttled: true},
		{name: "429 does not say when", reply: &wire.Reply{Status: 429}, wait: unsaidWait, throttled: true},
		{name: "425", reply: &wire.Reply{Status: 425}, wait: unsaidWait, throttled: true},
		{name: "503 says when", reply: &wire.Reply{Status: 503}, after: "0", throttled: true},
		{name: "503 does not say when", reply: &wire.Reply{Status: 503}},
		{name: "by its body", reply: &wire.Reply{Status: 200, Body: limited}, wait: unsaidWait, throttled: true},
		{name: "by its body, and says when", reply: &wire.Reply{Status: 400, Body: limited}, after: "3", wait: 3 * time.Second, throttled: true},
		{name: "a plain refusal", reply: &wire.Reply{Status: 403}, after: "3"},
		{name: "no reply", reply: &wire.Reply{Failure: &wire.Failure{Kind: wire.KindReset}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.reply.Header = http.Header{}
			if test.after != "" {
				test.reply.Header.Set("Retry-After", test.after)
			}
			if wait, throttled := e.retryIn(test.reply); throttled != test.throttled || throttled && wait != test.wait {
				t.Errorf("got %s, %v; want %s, %v", wait, throttled, test.wait, test.throttled)
			}
		})
	}
	for _, test := range []struct {
		name     string
		reply    *wire.Reply
		declined string
		refuses  bool
	}{
		{name: "a plain yes", reply: &wire.Reply{Status: 200, Body: map[string]any{"ok": true}}},
		{name: "no, in its body", reply: &wire.Reply{Status: 200, Body: map[string]any{"ok": false}}, declined: "refusal by its body", refuses: true},
		{name: "not now, in its body", reply: &wire.Reply{Status: 200, Body: limited}, declined: "throttled by its body", refuses: true},
		{name: "no", reply: &wire.Reply{Status: 422}, refuses: true},
		{name: "nobody knows", reply: &wire.Reply{Status: 504}},
		{name: "cut", reply: &wire.Reply{Status: 422, Failure: &wire.Failure{Kind: wire.KindCut, Sent: true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := e.declined(test.reply); got != test.declined {
				t.Errorf("declined %q, want %q", got, test.declined)
			}
			if got := e.refuses(test.reply); got != test.refuses {
				t.Errorf("refuses %v, want %v", got, test.refuses)
			}
		})
	}
}
