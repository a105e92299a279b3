package engine_test

import (
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// What became of an act whose answer keepsMum came, said nothing, or said no: a draft is
// handed in, which makes a review and removes the draft.
const handIn = "-- provider.yaml --" + reviewShop + `  draft:
    make: {call: POST /drafts, body: {title: "Draft ${unique}"}}
    read: GET /drafts/{key}
    list: GET /drafts
    delete: DELETE /drafts/{key}
defaults: {within: 300ms}
-- a.contract.yaml --
contract: Handing a draft in makes a review of it
given: draft
call: POST /reviews
body: {title: "In ${unique}", stars: 4, draft: "${draft.id}"}
effects:
  - creates: review
  - deletes: draft
`

// A half is what of the act comes about.
type half struct{ makes, removes, twice, without bool }

var whole = half{makes: true, removes: true}

// comes does what of a request comes about.
func (h half) comes(s *shop, body map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.removes {
		s.kinds["drafts"] = slices.DeleteFunc(s.kinds["drafts"], func(thing map[string]any) bool { return thing["id"] == body["draft"] })
	}
	for range map[bool]int{false: 1, true: 2}[h.twice] {
		if !h.makes {
			break
		}
		s.next++
		thing := map[string]any{"id": s.next, "title": body["title"], "draft": body["draft"]}
		if !h.without {
			thing["stars"] = body["stars"]
		}
		s.kinds["reviews"] = append(s.kinds["reviews"], thing)
	}
}

// hands answers what hands a draft in; all else is as in the plain shop.
func (s *shop) hands(answer func(w http.ResponseWriter, body map[string]any, nth int64)) {
	var acts atomic.Int64
	s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
		answer(w, asked(r), acts.Add(1))
	})
}

// hangUp closes the connection before a word is said.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		conn.Close()
	}
}

func onlySays(status int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { reply(w, status, map[string]any{"error": "something"}) }
}

func laterOn(status int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "0")
		reply(w, status, nil)
	}
}

// keepsMum keeps the reply back for longer than it is waited for.
func keepsMum(http.ResponseWriter) { time.Sleep(900 * time.Millisecond) }

var unsaids = []struct {
	name string
	does half
	says func(http.ResponseWriter)
	late time.Duration // when it comes about, after the request
	then bool          // a second attempt is answered 201, and done
	want string
}{
	{name: "cut, and nothing", says: hangUp, want: "inconclusive unreachable"},
	{name: "cut, and all", does: whole, says: hangUp, want: "inconclusive unreachable"},
	{name: "cut, and all of it late", does: whole, says: hangUp, late: 200 * time.Millisecond, want: "inconclusive unreachable"},
	{name: "cut, and one effect of two", does: half{makes: true}, says: hangUp, want: "lied half-done"},
	{name: "cut, and the other effect", does: half{removes: true}, says: hangUp, want: "lied half-done"},
	{name: "cut, and saved without a field", does: half{makes: true, removes: true, without: true}, says: hangUp, want: "lied half-done"},
	{name: "cut, and done twice", does: half{makes: true, removes: true, twice: true}, says: hangUp, want: "lied duplicated-write"},
	{name: "502, and all", does: whole, says: onlySays(502), want: "inconclusive unreachable"},
	{name: "504, and nothing", says: onlySays(504), want: "inconclusive unreachable"},
	{name: "504, and one effect of two", does: half{makes: true}, says: onlySays(504), want: "lied half-done"},
	{name: "408, and done twice", does: half{makes: true, removes: true, twice: true}, says: onlySays(408), want: "lied duplicated-write"},
	{name: "time-out, and all", does: whole, says: keepsMum, want: "inconclusive unreachable"},
	{name: "time-out, and all of it late", does: whole, says: keepsMum, late: 700 * time.Millisecond, want: "inconclusive unreachable"},
	{name: "time-out, and one effect of two", does: half{removes: true}, says: keepsMum, want: "lied half-done"},
	{name: "500, and nothing", says: onlySays(500), want: "broken refused"},
	{name: "500, and all", does: whole, says: onlySays(500), want: "lied error-left-a-trace"},
	{name: "500, and one effect of two", does: half{makes: true}, says: onlySays(500), want: "lied error-left-a-trace"},
	{name: "500, and all of it a little later", does: whole, says: onlySays(500), late: 100 * time.Millisecond, want: "lied error-left-a-trace"},
	{name: "422, and all", does: whole, says: onlySays(422), want: "lied phantom-write"},
	{name: "503 for now, and nothing, then done", says: laterOn(503), then: true, want: "kept"},
	{name: "503 for now, and stored, then done", does: half{makes: true}, says: laterOn(503), then: true, want: "lied error-left-a-trace"},
	{name: "429, and nothing, then done", says: laterOn(429), then: true, want: "kept"},
	{name: "429, and stored, then done", does: half{makes: true}, says: laterOn(429), then: true, want: "lied phantom-write"},
}

// What no reply names is found by its marker: the verdict says what became of it, and it
// is cleaned up.
func TestWhatNoAnswerNames(t *testing.T) {
	t.Parallel()
	for _, row := range unsaids {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			s.kinds["reviews"] = []map[string]any{{"id": 1, "title": "somebody's", "owner": "eve"}}
			s.kinds["drafts"] = []map[string]any{{"id": 2, "title": "somebody's", "owner": "eve"}}
			s.hands(func(w http.ResponseWriter, body map[string]any, nth int64) {
				if row.then && nth > 1 {
					whole.comes(s, body)
					reply(w, 201, nil)
					return
				}
				if row.late > 0 {
					time.AfterFunc(row.late, func() { row.does.comes(s, body) })
				} else {
					row.does.comes(s, body)
				}
				row.says(w)
			})
			m := say(t, s, handIn, func(o *engine.Options) {
				o.Accounts = []string{"ada"}
				o.Wire.FirstByte = 500 * time.Millisecond
			})
			m.requireVerdicts(t, accused{"ada: Handing a draft in makes a review of it": row.want})
			m.requireOnce(t)
			if left := s.things(); left != 2 {
				t.Errorf("%d things on the server, want only somebody's: %v", left, s.kinds)
			}
		})
	}
}
