package engine_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A till is a shop that takes idempotency keys. What it does with a key that it has seen
// is what a test is about: by itself it plays the first reply again where the body is the
// same, and refuses another with 422.
type till struct {
	*shop
	life   time.Duration // of a key; 0: for ever
	repeat func(t *till, w http.ResponseWriter, r *http.Request, known *receipt)
	keys   map[string]*receipt
}

// A receipt is what a till remembers of a key.
type receipt struct {
	body  []byte
	thing map[string]any
	at    time.Time
}

func newTill(repeat func(*till, http.ResponseWriter, *http.Request, *receipt)) *till {
	t := &till{shop: newShop(), repeat: repeat, keys: map[string]*receipt{}}
	t.HandleFunc("POST /reviews", t.take)
	return t
}

func (t *till) take(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	t.mu.Lock()
	defer t.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	known := t.keys[key]
	if known != nil && t.life > 0 && time.Since(known.at) > t.life {
		known = nil
	}
	if known == nil || key == "" {
		t.add(w, r, "reviews", bearer(r))
		all := t.kinds["reviews"]
		if key != "" && len(all) > 0 {
			t.keys[key] = &receipt{body, all[len(all)-1], time.Now()}
		}
		return
	}
	if t.repeat != nil {
		t.repeat(t, w, r, known)
		return
	}
	if !bytes.Equal(body, known.body) {
		reply(w, 422, map[string]any{"error": "the key was used for another request"})
		return
	}
	known.replay(w, 201)
}

func (k *receipt) replay(w http.ResponseWriter, status int) {
	w.Header().Set("Idempotent-Replayed", "true")
	reply(w, status, maps.Clone(k.thing))
}

// twin stores a further review with the content of a body, and gives it.
func (t *till) twin(r *http.Request) map[string]any {
	t.next++
	thing := map[string]any{"state": "draft", "slug": "x"}
	maps.Copy(thing, asked(r))
	thing["id"], thing["owner"] = json.Number(strconv.Itoa(t.next)), bearer(r)
	t.kinds["reviews"] = append(t.kinds["reviews"], thing)
	return thing
}

// overwrite stores a body in the review that the key made.
func (k *receipt) overwrite(r *http.Request) { maps.Copy(k.thing, asked(r)) }

// an againRow is an entry of `again` before one behaviour of a till.
type againRow struct {
	name   string
	why    string
	entry  string
	repeat func(t *till, w http.ResponseWriter, r *http.Request, known *receipt)
	life   time.Duration
	class  verdict.Class
	kind   verdict.Kind
}

var keyedContract = "\n-- provider.yaml --" + strings.Replace(plainShop, "500ms", "200ms", 1) + `
-- a.contract.yaml --
contract: One key, one review
call: POST /reviews
headers: {idempotency-key: "${uuid}"}
body: {title: "Once ${unique}", stars: 4, note: plain}
creates: review
cases:
  no title: {body: {title: null}, status: 422}
again:
  entry: `

// requireAgain wants a verdict of what was sent again, and that what went before is
// kept; neither may leave anything behind.
func requireAgain(t *testing.T, r *engine.Result, class verdict.Class, kind verdict.Kind) {
	t.Helper()
	if r.Cell.Again == nil {
		class, kind = verdict.Kept, ""
	}
	if r.Verdict.Class != class || r.Verdict.Kind != kind {
		t.Errorf("want %s %s, got %s", class, kind, describe(r))
	}
	if len(r.Left) > 0 {
		t.Errorf("left behind by %s: %+v", r.Cell, r.Left)
	}
}

func (row againRow) run(t *testing.T) {
	till := newTill(row.repeat)
	till.life = row.life
	m := say(t, till, keyedContract+row.entry+"\n")
	for _, r := range m.results {
		requireAgain(t, r, row.class, row.kind)
		var kept verdict.Record
		text, err := json.Marshal(r.Record)
		if err == nil {
			err = json.Unmarshal(text, &kept)
		}
		if again := verdict.Judge(&kept); err != nil || again.Class != r.Verdict.Class || again.Kind != r.Verdict.Kind {
			t.Errorf("from JSON it is judged %s %s (%v), not %s %s", again.Class, again.Kind, err, r.Verdict.Class, r.Verdict.Kind)
		}
	}
	if left := till.things(); left != 0 {
		t.Errorf("%d things on the server", left)
	}
}

const (
	sameRequest  = `{reply: same, effect: none}`
	otherBody    = `{body: {title: "Twice ${unique}"}, status: [400, 409, 422], effect: none}`
	freshKey     = `{headers: {idempotency-key: "${uuid}"}, effect: again}`
	noStatus     = `{effect: none}`
	withoutKey   = `{headers: {idempotency-key: null}, effect: again}`
	afterExpiry  = `{effect: again, after: 400ms}`
	otherNumber  = `{body: {stars: 2}, status: 4xx}`
	anyStatus200 = `{reply: same, status: [200, 201]}`
)

var againRows = []againRow{
	{name: "replayed", entry: sameRequest, class: verdict.Kept},
	{name: "nothing written", entry: `{}`, class: verdict.Kept},
	{name: "replayed with 200", entry: anyStatus200, class: verdict.Kept, repeat: func(_ *till, w http.ResponseWriter, _ *http.Request, k *receipt) { k.replay(w, 200) }},
	{name: "replayed with 200, no status wanted", entry: noStatus, class: verdict.Kept, repeat: func(_ *till, w http.ResponseWriter, _ *http.Request, k *receipt) { k.replay(w, 200) }},
	{name: "replayed with 200 where the same is wanted", entry: sameRequest, class: verdict.Broken, kind: verdict.UnexpectedReply,
		repeat: func(_ *till, w http.ResponseWriter, _ *http.Request, k *receipt) { k.replay(w, 200) }},
	{name: "replayed without a body", entry: sameRequest, class: verdict.Broken, kind: verdict.UnexpectedReply,
		repeat: func(_ *till, w http.ResponseWriter, _ *http.Request, _ *receipt) { reply(w, 201, nil) }},
	{name: "refused as a duplicate", entry: noStatus, class: verdict.Kept, repeat: func(_ *till, w http.ResponseWriter, _ *http.Request, _ *receipt) { reply(w, 409, nil) }},
	{name: "failed cleanly", entry: noStatus, class: verdict.Broken, kind: verdict.WrongStatus, repeat: func(_ *till, w http.ResponseWriter, _ *http.Request, _ *receipt) { reply(w, 500, nil) }},
	{name: "key ignored", entry: sameRequest, class: verdict.Lied, kind: verdict.DuplicatedWrite,
		repeat: func(t *till, w http.ResponseWriter, r *http.Request, _ *receipt) { reply(w, 201, t.twin(r)) }},
	{name: "first reply and a second effect", entry: sameRequest, class: verdict.Lied, kind: verdict.DuplicatedWrite,
		repeat: func(t *till, w http.ResponseWriter, r *http.Request, k *receipt) { t.twin(r); k.replay(w, 201) }},
	{name: "a reply that names nothing", entry: sameRequest, class: verdict.Broken, kind: verdict.UnexpectedReply, repeat: func(_ *till, w http.ResponseWriter, _ *http.Request, k *receipt) {
		other := maps.Clone(k.thing)
		other["id"] = json.Number("999")
		reply(w, 201, other)
	}},
	{name: "refused and done", entry: noStatus, class: verdict.Lied, kind: verdict.PhantomWrite,
		repeat: func(t *till, w http.ResponseWriter, r *http.Request, _ *receipt) { t.twin(r); reply(w, 409, nil) }},
	{name: "failed and done", entry: noStatus, class: verdict.Lied, kind: verdict.ErrorLeftATrace,
		repeat: func(t *till, w http.ResponseWriter, r *http.Request, _ *receipt) { t.twin(r); reply(w, 500, nil) }},
	{name: "no answer and done", entry: noStatus, class: verdict.Lied, kind: verdict.DuplicatedWrite,
		repeat: func(t *till, w http.ResponseWriter, r *http.Request, _ *receipt) { t.twin(r); reply(w, 504, nil) }},
	{name: "no answer and not done", entry: noStatus, class: verdict.Inconclusive, kind: verdict.Unreachable,
		repeat: func(_ *till, w http.ResponseWriter, _ *http.Request, _ *receipt) { reply(w, 504, nil) }},
	{name: "another field touched", entry: noStatus, class: verdict.Lied, kind: verdict.SideEffect,
		repeat: func(_ *till, w http.ResponseWriter, _ *http.Request, k *receipt) {
			k.replay(w, 201)
			k.thing["note"] = "seen twice"
		}},

	{name: "another body refused", entry: otherBody, class: verdict.Kept},
	{name: "another number refused", entry: otherNumber, class: verdict.Kept},
	{name: "another body and the first reply", entry: otherBody, class: verdict.Broken, kind: verdict.WrongStatus,
		repeat: func(_ *till, w http.ResponseWriter, _ *http.Request, k *receipt) { k.replay(w, 201) }},
	{name: "another body applied", entry: otherBody, class: verdict.Lied, kind: verdict.AlteredValue,
		repeat: func(_ *till, w http.ResponseWriter, r *http.Request, k *receipt) { k.overwrite(r); k.replay(w, 200) }},
	{name: "another body refused and applied", entry: otherBody, class: verdict.Lied, kind: verdict.PhantomWrite,
		repeat: func(_ *till, w http.ResponseWriter, r *http.Request, k *receipt) { k.overwrite(r); reply(w, 409, nil) }},
	{name: "another number refused and applied", entry: otherNumber, class: verdict.Lied, kind: verdict.PhantomWrite,
		repeat: func(_ *till, w http.ResponseWriter, r *http.Request, k *receipt) { k.overwrite(r); reply(w, 409, nil) }},
	{name: "another body made into a second", entry: otherBody, class: verdict.Lied, kind: verdict.DuplicatedWrite,
		repeat: func(t *till, w http.ResponseWriter, r *http.Request, _ *receipt) { reply(w, 201, t.twin(r)) }},
	{name: "another body refused and made into a second", entry: otherBody, class: verdict.Lied, kind: verdict.PhantomWrite,
		repeat: func(t *till, w http.ResponseWriter, r *http.Request, _ *receipt) { t.twin(r); reply(w, 409, nil) }},

	{name: "another key", entry: freshKey, class: verdict.Kept},
	{name: "no key", entry: withoutKey, class: verdict.Kept},
	{name: "an expired key", entry: afterExpiry, class: verdict.Kept, life: 300 * time.Millisecond},
	{name: "no keys at all", entry: `{effect: again}`, class: verdict.Kept,
		repeat: func(t *till, w http.ResponseWriter, r *http.Request, _ *receipt) { reply(w, 201, t.twin(r)) }},
	{name: "a key that lives on", entry: `{effect: again}`, class: verdict.Lied, kind: verdict.LostWrite, why: "201 with nothing created"},
	{name: "made again, and the first overwritten", entry: `{body: {stars: 2}, effect: again}`, class: verdict.Lied, kind: verdict.SideEffect,
		repeat: func(t *till, w http.ResponseWriter, r *http.Request, k *receipt) {
			made := t.twin(r)
			k.thing["stars"] = json.Number("2")
			reply(w, 201, made)
		}},
	{name: "made again with a field dropped", entry: `{effect: again}`, class: verdict.Lied, kind: verdict.DroppedField,
		repeat: func(t *till, w http.ResponseWriter, r *http.Request, _ *receipt) {
			made := t.twin(r)
			delete(made, "note")
			reply(w, 201, made)
		}},
	{name: "made twice again", entry: `{effect: again}`, class: verdict.Lied, kind: verdict.DuplicatedWrite,
		repeat: func(t *till, w http.ResponseWriter, r *http.Request, _ *receipt) {
			made := t.twin(r)
			twin := maps.Clone(made)
			t.next++
			twin["id"] = json.Number(strconv.Itoa(t.next))
			t.kinds["reviews"] = append(t.kinds["reviews"], twin)
			reply(w, 201, made)
		}},
	{name: "a false expect", entry: `{effect: none, expect: "response.status == 299"}`, class: verdict.Broken, kind: verdict.UnexpectedReply},
	{name: "a reply that compares with the first", entry: `{expect: "response.body.id == review.id", snapshot: {replayed: "response.headers['idempotent-replayed']"}}`, class: verdict.Kept},
}

func TestAgain(t *testing.T) {
	t.Parallel()
	for _, row := range againRows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.run(t)
		})
	}
}

// againVerbs are second acts that make nothing new.
var againVerbs = []struct {
	name     string
	contract string
	prepare  func(*shop)
	class    verdict.Class
	kind     verdict.Kind
}{
	{name: "a second DELETE is 404", contract: deletion, class: verdict.Kept},
	{name: "a second DELETE is 204", contract: deletion, class: verdict.Kept, prepare: func(s *shop) {
		s.HandleFunc("DELETE /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.find("reviews", r.PathValue("id")) == nil {
				reply(w, 204, nil)
				return
			}
			s.one(w, r, []string{"reviews", r.PathValue("id")})
		})
	}},
	{name: "a second DELETE brings it back", contract: deletion, class: verdict.Lied, kind: verdict.SideEffect, prepare: func(s *shop) {
		bin := map[string]map[string]any{}
		s.HandleFunc("DELETE /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			id := r.PathValue("id")
			if s.find("reviews", id) == nil && bin[id] != nil {
				s.kinds["reviews"] = append(s.kinds["reviews"], bin[id])
				delete(bin, id)
				reply(w, 200, nil)
				return
			}
			bin[id] = s.find("reviews", id)
			s.one(w, r, []string{"reviews", id})
		})
	}},
	{name: "a PUT repeated", contract: replacing, class: verdict.Kept},
	{name: "a PUT repeated, and another field moves", contract: replacing, class: verdict.Lied, kind: verdict.SideEffect, prepare: func(s *shop) {
		s.HandleFunc("PUT /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			review, title := s.find("reviews", r.PathValue("id")), asked(r)["title"]
			if review["title"] == title {
				review["stars"] = json.Number("1")
			}
			review["title"] = title
			reply(w, 200, nil)
		})
	}},
	{name: "what counts counts twice", contract: counting("again"), class: verdict.Kept, prepare: counter},
	{name: "what counts twice, and must not", contract: counting("none"), class: verdict.Lied, kind: verdict.DuplicatedWrite, prepare: counter},
	{name: "the client's key, and PUT twice", contract: ownName, class: verdict.Kept, prepare: namesItself},
	{name: "an update that has its value already", contract: strings.Replace(replacing, "none", "again", 1), class: verdict.Inconclusive, kind: verdict.AlreadySo},
	{name: "a second update with another value", contract: strings.Replace(replacing, "{effect: none}", `{body: {title: "Twice ${unique}"}, effect: again}`, 1), class: verdict.Kept},
	{name: "a second update that is refused", contract: strings.Replace(replacing, "{effect: none}", `{body: {title: "Twice ${unique}", stars: 9}, status: 422}`, 1), class: verdict.Kept},
	{name: "a second update that is refused and done", contract: strings.Replace(replacing, "{effect: none}", `{body: {title: "Twice ${unique}", stars: 3}, status: 4xx}`, 1), class: verdict.Lied, kind: verdict.PhantomWrite, prepare: func(s *shop) {
		s.HandleFunc("PUT /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			body, status := asked(r), 200
			if body["stars"] != nil {
				status = 409
			}
			maps.Copy(s.find("reviews", r.PathValue("id")), body)
			reply(w, status, nil)
		})
	}},
	{name: "somebody else repeats it", contract: strings.Replace(deletion, "{effect: none}", "{as: nobody, status: 401}", 1), class: verdict.Kept},
}

const deletion = `
contract: It happens once
given: review
call: DELETE /reviews/{review.id}
deletes: review
again:
  entry: {effect: none}
`

const replacing = `
contract: It happens once
given: review
call: PUT /reviews/{review.id}
body: {title: "Put ${unique}"}
updates: review
again:
  entry: {effect: none}
`

func counting(effect string) string {
	return `
contract: It happens once
given: review
call: POST /reviews/{review.id}/likes
effects:
  - name: the likes rise by one
    expect: after.review.likes == before.review.likes + 1
again:
  entry: {effect: ` + effect + `}
`
}

// counter has reviews that can be liked.
func counter(s *shop) {
	s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.add(w, r, "reviews", bearer(r))
		all := s.kinds["reviews"]
		all[len(all)-1]["likes"] = json.Number("0")
	})
	s.HandleFunc("POST /reviews/{id}/likes", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		review := s.find("reviews", r.PathValue("id"))
		n, _ := strconv.Atoi(review["likes"].(json.Number).String())
		review["likes"] = json.Number(strconv.Itoa(n + 1))
		reply(w, 200, map[string]any{"likes": review["likes"]})
	})
}

const ownName = `
contract: It happens once
call: PUT /reviews/{name}
path: {name: "${unique}"}
id: request.path.name
body: {title: "Named ${unique}"}
creates: review
again:
  entry: {effect: none}
`

// namesItself has reviews whose key the client chooses.
func namesItself(s *shop) {
	s.HandleFunc("PUT /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		review, status := s.find("reviews", r.PathValue("id")), 200
		if review == nil {
			review, status = map[string]any{"id": r.PathValue("id")}, 201
			s.kinds["reviews"] = append(s.kinds["reviews"], review)
		}
		maps.Copy(review, asked(r))
		reply(w, status, maps.Clone(review))
	})
}

func TestAgainOfEveryVerb(t *testing.T) {
	t.Parallel()
	for _, row := range againVerbs {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			if row.prepare != nil {
				row.prepare(s)
			}
			m := say(t, s, "\n-- provider.yaml --"+strings.Replace(plainShop, "500ms", "200ms", 1)+"-- a.contract.yaml --"+row.contract)
			for _, r := range m.results {
				requireAgain(t, r, row.class, row.kind)
			}
			if left := s.things(); left != 0 {
				t.Errorf("%d things on the server", left)
			}
		})
	}
}
