package engine_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// An announcer is a shop that delivers events, in whatever way a row says.
type announcer struct {
	*shop
	mu      sync.Mutex
	secrets []string
	n       int
	made    map[string]time.Time // hook's url → when
	say     func(a *announcer, to subscription, review string)
	born    func(a *announcer, to subscription, review string) // of a review that was made
	refuse  bool                                               // the act, and announce it all the same
	by      string                                             // an address that was given by hand
}

// A subscription is where, and signed with what.
type subscription struct{ owner, url, secret string }

func newAnnouncer(say func(a *announcer, to subscription, review string)) *announcer {
	a := &announcer{shop: newShop(), say: say, made: map[string]time.Time{}}
	a.HandleFunc("POST /reviews/{id}/publish", func(w http.ResponseWriter, r *http.Request) {
		if a.refuse {
			reply(w, 409, nil)
		} else {
			a.plain(w, r)
		}
		a.tell(bearer(r), r.PathValue("id"), a.say)
	})
	a.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
		a.plain(w, r)
		if a.born != nil {
			a.tell(bearer(r), strings.TrimPrefix(w.Header().Get("Location"), "/reviews/"), a.born)
		}
	})
	return a
}

func (a *announcer) tell(owner, review string, say func(a *announcer, to subscription, review string)) {
	a.shop.mu.Lock()
	var all []subscription
	for _, hook := range a.kinds["hooks"] {
		if hook["owner"] == owner {
			all = append(all, subscription{owner, fmt.Sprint(hook["url"]), fmt.Sprint(hook["secret"])})
		}
	}
	a.shop.mu.Unlock()
	if a.by != "" {
		all = append(all, subscription{owner, a.by, "written out for all"})
	}
	for _, to := range all {
		a.mu.Lock()
		a.secrets = append(a.secrets, to.secret)
		a.mu.Unlock()
		say(a, to, review)
	}
}

// event is one about a review, with an id of its own.
func (a *announcer) event(review string) map[string]any {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n++
	return map[string]any{"id": fmt.Sprint("evt-", a.n), "type": "published", "review": json.Number(review)}
}

func (a *announcer) post(to subscription, event map[string]any, headers ...string) {
	body, _ := json.Marshal(event)
	r, _ := http.NewRequest("POST", to.url, bytes.NewReader(body))
	mac := hmac.New(sha256.New, []byte(to.secret))
	mac.Write(body)
	r.Header.Set("X-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if answer, err := http.DefaultClient.Do(r); err == nil {
		answer.Body.Close()
	}
}

func (a *announcer) soon(after time.Duration, to subscription, event map[string]any, headers ...string) {
	time.AfterFunc(after, func() { a.post(to, event, headers...) })
}

// once is the truthful provider: one event a moment later.
func once(a *announcer, to subscription, review string) {
	a.soon(50*time.Millisecond, to, a.event(review))
}
func never(*announcer, subscription, string) {}

const announcingShop = "-- provider.yaml --" + reviewShop + `  hook:
    make: {call: POST /hooks, body: {title: hook, url: "${published.url}", secret: "${published.secret}"}}
    read: GET /hooks/{key}
    list: GET /hooks
    delete: DELETE /hooks/{key}
    fields: {secret: unread}
webhooks:
  published: {WEBHOOK}
defaults: {within: 600ms, patience: 900ms}
-- polygraph.yaml --
targets:
  local:
    server: "${env.SERVER}"
    webhooks: {published: {secret: [an older one, written out for all]}}
    accounts:
      ada: {credentials: {bearer: t-ada}}
      bob: {credentials: {bearer: t-bob}}
-- a.contract.yaml --
contract: Publishing is announced
given: [review, hook]
call: POST /reviews/{review.id}/publish
sends: published
`

const (
	namedHook   = "when: event.type == 'published', id: event.id, signature: {header: x-signature}"
	namelessOne = "when: event.type == 'published'"
	ofOurs      = "where: event.review == review.id\n"
	both        = "Publishing is announced"
)

// Each row is a way of announcing, and what it must come out as on both accounts.
func TestAnnouncing(t *testing.T) {
	all := func(kind string) accused { return accused{"ada: " + both: kind, "bob: " + both: kind} }
	for _, row := range []struct {
		name     string
		hook     string
		contract string // besides the act
		say      func(a *announcer, to subscription, review string)
		prepare  func(a *announcer)
		unhooked bool // the contract gives no hook
		want     accused
	}{
		{"a moment later", namedHook, ofOurs + "stays: 300ms\n", once, nil, false, nil},
		{"before the reply", namedHook, ofOurs, func(a *announcer, to subscription, review string) { a.post(to, a.event(review)) }, nil, false, nil},
		{"without where, alone on its account", namedHook, "", once, nil, false, nil},
		{"after the deadline", namedHook, ofOurs + "patience: 20s\n", func(a *announcer, to subscription, review string) {
			a.soon(3*time.Second, to, a.event(review))
		}, nil, false, all("broken late-effect")},
		{"never, and nobody ever got one", namedHook, ofOurs, never, nil, false, all("lied missing-event")},
		{"never to one of two", namedHook, ofOurs, func(a *announcer, to subscription, review string) {
			if to.owner != "t-ada" && to.owner != "ada" {
				once(a, to, review)
			}
		}, nil, false, accused{"ada: " + both: "lied missing-event"}},
		{"about another review", namedHook, ofOurs, func(a *announcer, to subscription, review string) { once(a, to, review+"0") }, nil, false, all("lied missing-event")},
		{"a subscription that takes its time to begin", namedHook, ofOurs, func(a *announcer, to subscription, review string) {
			a.mu.Lock()
			since := a.made[to.url]
			a.mu.Unlock()
			if time.Since(since) > 400*time.Millisecond {
				once(a, to, review)
			}
		}, func(a *announcer) {
			a.HandleFunc("POST /hooks", func(w http.ResponseWriter, r *http.Request) {
				a.plain(w, r)
				a.shop.mu.Lock()
				defer a.shop.mu.Unlock()
				a.mu.Lock()
				defer a.mu.Unlock()
				for _, hook := range a.kinds["hooks"] {
					if address := fmt.Sprint(hook["url"]); a.made[address].IsZero() {
						a.made[address] = time.Now()
					}
				}
			})
		}, false, nil},
		{"nobody gave the address", namedHook, ofOurs, never, nil, true, all("inconclusive blind-probe")},
		{"signed with something else", namedHook, ofOurs, func(a *announcer, to subscription, review string) {
			to.secret = "not this one"
			once(a, to, review)
		}, nil, false, all("inconclusive probe-failed")},
		{"signed with what polygraph.yaml names", namedHook, ofOurs, func(a *announcer, to subscription, review string) {
			to.secret = "an older one"
			once(a, to, review)
		}, nil, false, nil},
		{"a signature with its time, in base64 or hex", "when: event.type == 'published', id: event.id, signature: {header: x-signature, signs: '{t}.{x-key}.{body}', hash: sha512}", ofOurs,
			func(a *announcer, to subscription, review string) {
				once(a, to, review) // signed otherwise: proves nothing
			}, nil, false, all("inconclusive probe-failed")},
		{"two events", namedHook, ofOurs + "stays: 300ms\n", func(a *announcer, to subscription, review string) {
			once(a, to, review)
			once(a, to, review)
		}, nil, false, all("lied duplicated-write")},
		{"two events by their header", namelessOne, ofOurs + "stays: 300ms\n", func(a *announcer, to subscription, review string) {
			a.soon(0, to, a.event(review), "Webhook-Id", "one"+to.url)
			a.soon(0, to, a.event(review), "Webhook-Id", "two"+to.url)
		}, nil, false, all("lied duplicated-write")},
		{"one event by its header, delivered twice with another count", namelessOne, ofOurs + "stays: 300ms\n", func(a *announcer, to subscription, review string) {
			a.soon(0, to, a.event(review), "Webhook-Id", "one")
			a.soon(0, to, a.event(review), "Webhook-Id", "one")
		}, nil, false, nil},
		{"two bodies, and nothing tells an event from its redelivery", namelessOne, ofOurs + "stays: 300ms\n", func(a *announcer, to subscription, review string) {
			once(a, to, review)
			once(a, to, review)
		}, nil, false, all("inconclusive probe-failed")},
		{"the same bytes twice", namelessOne, ofOurs + "stays: 300ms\n", func(a *announcer, to subscription, review string) {
			event := a.event(review)
			a.soon(0, to, event)
			a.soon(100*time.Millisecond, to, event)
		}, nil, false, nil},
		{"two are wanted", namedHook, ofOurs + "times: 2\n", func(a *announcer, to subscription, review string) {
			once(a, to, review)
			once(a, to, review)
		}, nil, false, nil},
		{"two are wanted, and one comes", namedHook, ofOurs + "times: 2\n", once, nil, false, all("lied missing-event")},
		{"none is wanted", namedHook, ofOurs + "times: 0\n", never, nil, false, nil},
		{"none is wanted, and one comes", namedHook, ofOurs + "times: 0\n", once, nil, false, all("lied side-effect")},
		{"none is wanted, and one comes about another", namedHook, ofOurs + "times: 0\n", func(a *announcer, to subscription, review string) { once(a, to, review+"0") }, nil, false, nil},
		{"refused, and announced", namedHook, ofOurs + "status: 409\n", once, func(a *announcer) { a.refuse = true }, false, all("lied phantom-write")},
		{"refused, and silent", namedHook, ofOurs + "status: 409\n", never, func(a *announcer) { a.refuse = true }, false, nil},
		{"refused, and silent, while strangers post about others", namedHook, ofOurs + "status: 409\n", func(a *announcer, to subscription, review string) {
			to.secret = "not this one"
			once(a, to, review+"0")
		}, func(a *announcer) { a.refuse = true }, false, nil},
		{"refused, while the news of its making are on their way", namedHook, ofOurs + "status: 409\n", never, func(a *announcer) {
			a.refuse = true
			a.born = func(a *announcer, to subscription, review string) { a.soon(150*time.Millisecond, to, a.event(review)) }
		}, false, nil},
		{"several in one delivery", "items: request.body.all, when: event.type == 'published', id: event.id", ofOurs, func(a *announcer, to subscription, review string) {
			a.soon(50*time.Millisecond, to, map[string]any{"all": []any{a.event(review + "0"), a.event(review), map[string]any{"type": "deleted"}}})
		}, nil, false, nil},
		{"again, and announced again", namedHook, ofOurs + "again: {more: {effect: again}}\n", once, nil, false, nil},
		{"again, and announced the first time only", namedHook, ofOurs + "stays: 300ms\nagain: {more: {}}\n", func(a *announcer, to subscription, review string) {
			a.mu.Lock()
			told := !a.made[review].IsZero()
			a.made[review] = time.Now()
			a.mu.Unlock()
			if !told {
				once(a, to, review)
			}
		}, nil, false, nil},
		{"again, and announced again where nothing was to be done", namedHook, ofOurs + "again: {more: {}}\n", once, nil, false,
			accused{"ada: " + both + " (again: more)": "lied duplicated-write", "bob: " + both + " (again: more)": "lied duplicated-write"}},
		{"what cannot be read", namedHook, ofOurs, func(a *announcer, to subscription, review string) {
			time.AfterFunc(50*time.Millisecond, func() {
				if answer, err := http.Post(to.url, "application/json", strings.NewReader("{")); err == nil {
					answer.Body.Close()
				}
			})
		}, nil, false, all("inconclusive probe-failed")},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := newAnnouncer(row.say)
			if row.prepare != nil {
				row.prepare(a)
			}
			suite := strings.Replace(announcingShop, "WEBHOOK", row.hook, 1) + row.contract
			if row.unhooked {
				suite = strings.Replace(suite, "given: [review, hook]", "given: review", 1)
			}
			m := say(t, a, suite)
			m.requireVerdicts(t, row.want)
			if left := a.things(); left != 0 {
				t.Errorf("%d things left", left)
			}
			a.requireMasked(t, m)
		})
	}
}

// requireMasked sees that no report holds what the run has drawn to sign with.
func (a *announcer) requireMasked(t *testing.T, m *meeting) {
	t.Helper()
	text, err := json.Marshal(m.results)
	if err != nil {
		t.Fatal(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, secret := range a.secrets {
		if secret != "written out for all" && strings.Contains(string(text), secret) {
			t.Errorf("the secret %s stands in the results", secret)
		}
	}
}

// tunnel gives an address somewhere else, and where it ends on this machine: that is taken until
// somebody closes it, so that no other tunnel ends there.
func tunnel(t *testing.T) (public string, end net.Listener) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.2:0") // where no other test takes the port until it is opened again
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: l.Addr().String()})
	server := httptest.NewServer(http.StripPrefix("/in", proxy))
	t.Cleanup(server.Close)
	return server.URL + "/in", l
}

// Behind a tunnel the provider is given its address, and the inbox proves itself the whole way round.
func TestAnnouncingThroughATunnel(t *testing.T) {
	all := func(kind string) accused { return accused{"ada: " + both: kind, "bob: " + both: kind} }
	for _, row := range []struct {
		name   string
		say    func(a *announcer, to subscription, review string)
		byHand bool // the subscription stands at the tunnel's own address
		broken bool // nothing comes through
		want   accused
	}{
		{"given", once, false, false, nil},
		{"given, never", never, false, false, all("lied missing-event")},
		{"by hand", once, true, false, nil},
		{"by hand, never", never, true, false, all("inconclusive blind-probe")},
		{"by hand, to one of two", func(a *announcer, to subscription, review string) {
			if to.owner != "t-ada" && to.owner != "ada" {
				once(a, to, review)
			}
		}, true, false, accused{"ada: " + both: "lied missing-event"}},
		{"broken", never, false, true, all("inconclusive blind-probe")},
	} {
		public, end := tunnel(t)
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			listen := end.Addr().String()
			end.Close()
			if row.broken {
				public = strings.TrimSuffix(public, "/in") + "/elsewhere"
			}
			a := newAnnouncer(row.say)
			suite := strings.Replace(announcingShop, "WEBHOOK", namedHook, 1) + ofOurs
			if row.byHand {
				a.by = public
				suite = strings.Replace(suite, "given: [review, hook]", "given: review", 1)
			}
			m := say(t, a, suite, func(o *engine.Options) { o.Webhooks = engine.Webhooks{URL: public, Listen: listen} })
			m.requireVerdicts(t, row.want)
		})
	}
}

func TestWebhookAddressesAreChecked(t *testing.T) {
	for _, w := range []engine.Webhooks{{URL: "tunnel.example"}, {URL: "ftp://tunnel.example"}, {URL: "https://a:b@tunnel.example"}, {URL: "https://tunnel.example?x=1"}, {Listen: "8765"}} {
		if _, err := engine.New(engine.Options{Webhooks: w}); err == nil || !strings.Contains(err.Error(), "write it as") {
			t.Errorf("%+v: %v", w, err)
		}
	}
}
