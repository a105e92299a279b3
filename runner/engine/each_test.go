package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// bulkSuite sends three items, of which the second must be refused.
const bulkSuite = `
-- bulk.contract.yaml --
contract: Every item of a bulk is saved or refused
call: POST /bulk
body:
  items: [{title: "A ${unique}", stars: 3}, {title: "B ${unique}", stars: 9}, {title: "C ${unique}", stars: 5}]
each:
  of: request.body.items
  answer: response.body.answers[index]
  done: answer.status < 300
  refused: answer.status >= 400
  id: answer.id
  creates: review
`

// declining is a provider whose bodies may say no as a whole.
const declining = "refusal: response.body.ok == false\n"

const bulkTitle = "Every item of a bulk is saved or refused"

// A bulking is what a shop does with the items of a bulk call: it stores what it keeps,
// and answers what it says. The plain one is truthful.
type bulking struct {
	status int
	store  func(i int, item map[string]any) []map[string]any // what is stored in its place; nil: the item, unless it is bad
	say    func(answers []map[string]any) []map[string]any
	whole  map[string]any // said in place of all answers
	also   map[string]any // said beside them
	late   time.Duration  // until the last item shows
}

// bulk serves POST /bulk.
func (b bulking) serve(s *shop) {
	s.HandleFunc("POST /bulk", func(w http.ResponseWriter, r *http.Request) {
		items, _ := asked(r)["items"].([]any)
		answers := []map[string]any{}
		for i := range items {
			item, _ := items[i].(map[string]any)
			answers = append(answers, b.one(s, i, len(items), item, r.Header.Get("Authorization")))
		}
		if b.say != nil {
			answers = b.say(answers)
		}
		status := b.status
		if status == 0 {
			status = 200
		}
		said := map[string]any{"answers": answers}
		if b.whole != nil {
			said = b.whole
		}
		maps.Copy(said, b.also)
		reply(w, status, said)
	})
}

func (b bulking) one(s *shop, i, of int, item map[string]any, credential string) map[string]any {
	answer := map[string]any{"title": item["title"], "status": 422}
	stored := []map[string]any{item}
	if misfit(item, true) != "" {
		stored = nil
	}
	if stored != nil {
		answer["status"] = 201
	}
	if b.store != nil {
		stored = b.store(i, item)
	}
	wait := time.Duration(0)
	if i == of-1 {
		wait = b.late
	}
	for _, thing := range stored {
		id := s.put(credential, thing, wait)
		if answer["status"] == 201 {
			answer["id"] = id
		}
	}
	return answer
}

// put stores a review and gives its identity; it is there after a while.
func (s *shop) put(credential string, fields map[string]any, wait time.Duration) json.Number {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	id := json.Number(fmt.Sprint(s.next))
	thing := maps.Clone(fields)
	thing["id"], thing["owner"], thing["state"] = id, strings.TrimPrefix(credential, "Bearer "), "draft"
	add := func() { s.kinds["reviews"] = append(s.kinds["reviews"], thing) }
	if wait == 0 {
		add()
		return id
	}
	time.AfterFunc(wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		add()
	})
	return id
}

// TestEachItem tells a lie about one of three items at a time.
func TestEachItem(t *testing.T) {
	t.Parallel()
	truly := func(item map[string]any) []map[string]any {
		if misfit(item, true) != "" {
			return nil
		}
		return []map[string]any{item}
	}
	only := func(at int, what ...map[string]any) func(int, map[string]any) []map[string]any {
		return func(i int, item map[string]any) []map[string]any {
			if i == at {
				return what
			}
			return truly(item)
		}
	}
	for _, row := range []struct {
		name  string
		plays bulking
		want  string // of both accounts
		says  string // in the reason
		suite string // what the contract says besides
	}{
		{name: "the truth"},
		{name: "207", plays: bulking{status: 207}},
		{name: "the last item shows late", plays: bulking{late: 250 * time.Millisecond}},
		{name: "dropped though answered done", plays: bulking{store: only(0)}, want: "lied lost-write", says: "item 1 of 3"},
		{name: "refused and yet stored", want: "lied phantom-write", says: "item 2 of 3", plays: bulking{
			store: func(_ int, item map[string]any) []map[string]any { return []map[string]any{item} },
		}},
		{name: "stored twice", want: "lied duplicated-write", says: "item 3 of 3", plays: bulking{
			store: func(i int, item map[string]any) []map[string]any {
				if i == 2 {
					return []map[string]any{item, item}
				}
				return truly(item)
			},
		}},
		{name: "altered", want: "lied altered-value", says: "item 3 of 3", plays: bulking{
			store: func(i int, item map[string]any) []map[string]any {
				if i == 2 {
					item = maps.Clone(item)
					item["stars"] = 1
				}
				return truly(item)
			},
		}},
		{name: "none stored", want: "lied lost-write", says: "2 of 3 items: 1, 3", plays: bulking{store: func(int, map[string]any) []map[string]any { return nil }}},
		{name: "all refused and some stored", want: "lied phantom-write", says: "2 of 3 items: 1, 3", plays: bulking{say: func(all []map[string]any) []map[string]any {
			for _, answer := range all {
				answer["status"] = 422
				delete(answer, "id")
			}
			return all
		}}},
		{name: "the call refused and some stored", want: "lied phantom-write", says: "2 of 3 items", plays: bulking{status: 422}},
		{name: "answers of other items", want: "lied phantom-write", says: "item 1", plays: bulking{say: func(all []map[string]any) []map[string]any {
			return []map[string]any{all[1], all[0], all[2]}
		}}},
		{name: "two answers exchanged", want: "broken unexpected-reply", says: "item 1 of 3", plays: bulking{say: func(all []map[string]any) []map[string]any {
			return []map[string]any{all[2], all[1], all[0]}
		}}},
		{name: "one answer is missing", want: "inconclusive unreachable", says: "item 3 of 3", plays: bulking{say: func(all []map[string]any) []map[string]any { return all[:2] }}},
		{name: "an answer says nothing", want: "inconclusive unreachable", says: "neither done nor refused", plays: bulking{say: func(all []map[string]any) []map[string]any {
			all[0]["status"] = 302
			return all
		}}},
		{name: "the body says no", suite: declining, want: "lied in-band-error", plays: bulking{
			store: func(int, map[string]any) []map[string]any { return nil },
			whole: map[string]any{"ok": false, "error": "quota exceeded"},
		}},
		{name: "the body says no, and all was stored", suite: declining, want: "lied phantom-write", says: "2 of 3 items: 1, 3", plays: bulking{whole: map[string]any{"ok": false}}},
		{name: "the body says no, and one was stored", suite: declining, want: "lied phantom-write", says: "item 3 of 3", plays: bulking{whole: map[string]any{"ok": false}, store: func(i int, item map[string]any) []map[string]any {
			if i == 2 {
				return []map[string]any{item}
			}
			return nil
		}}},
		{name: "the body says no, and answers say yes", suite: declining, plays: bulking{also: map[string]any{"ok": false}}},
		{name: "no identities", plays: bulking{say: func(all []map[string]any) []map[string]any {
			for _, answer := range all {
				delete(answer, "id")
			}
			return all
		}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			row.plays.serve(s)
			s.put("Bearer t-ada", map[string]any{"title": "an old one", "stars": 2}, 0)
			s.put("Bearer t-bob", map[string]any{"title": "an old one", "stars": 2}, 0)
			m := say(t, s, bulkSuite+row.suite)
			want := accused{}
			if row.want != "" {
				want = accused{"ada: " + bulkTitle: row.want, "bob: " + bulkTitle: row.want}
			}
			m.requireVerdicts(t, want)
			if left := s.things(); left != 2 {
				t.Errorf("%d things are left", left-2)
			}
			for _, r := range m.results {
				if row.says != "" && !strings.Contains(r.Verdict.Findings[0].Reason, row.says) {
					t.Errorf("the reason does not say %q: %s", row.says, describe(r))
				}
				if again := judgedAgain(t, r.Record); again.Class != r.Verdict.Class || again.Kind != r.Verdict.Kind {
					t.Errorf("from history, in another order: %s %s, was %s %s", again.Class, again.Kind, r.Verdict.Class, r.Verdict.Kind)
				}
			}
		})
	}
}

// judgedAgain is the verdict on a record that was stored, its readings in another order.
func judgedAgain(t *testing.T, record *verdict.Record) verdict.Verdict {
	t.Helper()
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	var back verdict.Record
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&back); err != nil {
		t.Fatal(err)
	}
	for _, place := range back.Places {
		slices.Reverse(place.Readings)
	}
	return verdict.Judge(&back)
}

// manySuite changes and deletes what was given, several at a time; a third stays.
const manySuite = `
-- bulk.contract.yaml --
contract: A bulk deletion deletes every item
given: {one: {make: review}, two: {make: review}, three: {make: review}}
call: POST /bulk/deletions
body: {ids: ["${one.id}", "${two.id}"]}
each: {of: request.body.ids, answer: "response.body.answers.filter(a, a.id == item)[0]", done: answer.ok, refused: "!answer.ok", deletes: review}
keeps: [three]
---
contract: A bulk edit changes every item
given: {one: {make: review}, two: {make: review}}
call: POST /bulk/edits
body: {edits: [{id: "${two.id}", title: "Two ${unique}"}, {id: "${one.id}", title: "One ${unique}"}]}
each: {of: request.body.edits, id: item.id, done: response.body.ok, updates: review}
`

// TestEachGiven deletes and edits several at a time, and leaves one out.
func TestEachGiven(t *testing.T) {
	t.Parallel()
	const deletion, edit = "A bulk deletion deletes every item", "A bulk edit changes every item"
	for _, row := range []struct {
		name    string
		skips   int  // the item that is left out though it is answered done; -1 for none
		refuses int  // the item that is refused, and left out
		extra   bool // the thing that was made last is deleted, too
		want    map[string]string
		says    string
	}{
		{name: "the truth", skips: -1, refuses: -1},
		{name: "one is refused", skips: -1, refuses: 1},
		{name: "one is left out", skips: 1, refuses: -1, want: map[string]string{deletion: "lied ineffective-delete", edit: "lied lost-write"}, says: "item 2 of 2"},
		{name: "one more is deleted", skips: -1, refuses: -1, extra: true, want: map[string]string{deletion: "lied side-effect"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			s.HandleFunc("POST /bulk/deletions", func(w http.ResponseWriter, r *http.Request) {
				ids, _ := asked(r)["ids"].([]any)
				s.mu.Lock()
				defer s.mu.Unlock()
				answers := []any{}
				for i, id := range ids {
					if i != row.skips && i != row.refuses {
						s.take(fmt.Sprint(id))
					}
					if row.extra {
						s.take(fmt.Sprint(s.next))
					}
					answers = append([]any{map[string]any{"id": id, "ok": i != row.refuses}}, answers...)
				}
				reply(w, 200, map[string]any{"answers": answers})
			})
			s.HandleFunc("POST /bulk/edits", func(w http.ResponseWriter, r *http.Request) {
				edits, _ := asked(r)["edits"].([]any)
				s.mu.Lock()
				defer s.mu.Unlock()
				for i, edit := range edits {
					fields, _ := edit.(map[string]any)
					if i != row.skips {
						s.find("reviews", fmt.Sprint(fields["id"]))["title"] = fields["title"]
					}
				}
				reply(w, 200, map[string]any{"ok": true})
			})
			m := say(t, s, manySuite, func(o *engine.Options) {
				if o.Accounts = []string{"ada"}; row.extra {
					o.Contracts = []string{deletion} // whose last thing is the one that is taken
				}
			})
			want := accused{}
			for title, kind := range row.want {
				want["ada: "+title] = kind
			}
			m.requireVerdicts(t, want)
			if left := s.things(); left > 0 {
				t.Errorf("%d things are left", left)
			}
			for _, r := range m.results {
				if row.says != "" && !strings.Contains(r.Verdict.Findings[0].Reason, row.says) {
					t.Errorf("the reason does not say %q: %s", row.says, describe(r))
				}
			}
		})
	}
}

// take removes a review.
func (s *shop) take(id string) {
	s.kinds["reviews"] = slices.DeleteFunc(s.kinds["reviews"], func(thing map[string]any) bool { return fmt.Sprint(thing["id"]) == id })
}

// TestEachLine is a bulk of lines, of which only every second is an item; its items are
// told apart by what they hold, since their text is the same.
func TestEachLine(t *testing.T) {
	t.Parallel()
	const suite = `
-- bulk.contract.yaml --
contract: Lines are saved
call: POST /_bulk
headers: {content-type: application/x-ndjson}
body:
  - {index: {}}
  - {title: "Same ${unique}", stars: 1}
  - {index: {}}
  - {title: "Same ${unique}", stars: 2}
each: {of: "request.body.filter(l, 'title' in l)", answer: "response.body.items[index].index", done: answer.status < 300, refused: answer.status >= 400, creates: review}
`
	for _, row := range []struct {
		name, drop, want string
		late             string // shows later than the others
	}{
		{name: "the truth"}, {name: "the first shows last", late: "1"}, {name: "the last shows last", late: "2"},
		{name: "the first is dropped", drop: "1", want: "lied lost-write"}, {name: "the last is dropped", drop: "2", want: "lied lost-write"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			s.put("Bearer t-ada", map[string]any{"title": "an old one", "stars": 2}, 0)
			s.HandleFunc("POST /_bulk", func(w http.ResponseWriter, r *http.Request) {
				items := []any{}
				for lines := json.NewDecoder(r.Body); lines.More(); {
					var line map[string]any
					if lines.Decode(&line) != nil {
						reply(w, 400, nil)
						return
					}
					if line["title"] == nil {
						continue
					}
					wait := time.Duration(0)
					if fmt.Sprint(line["stars"]) == row.late {
						wait = 200 * time.Millisecond
					}
					if fmt.Sprint(line["stars"]) != row.drop {
						s.put(r.Header.Get("Authorization"), line, wait)
					}
					items = append(items, map[string]any{"index": map[string]any{"status": 201}})
				}
				reply(w, 200, map[string]any{"errors": false, "items": items})
			})
			m := say(t, s, suite, func(o *engine.Options) { o.Accounts = []string{"ada"} })
			want := accused{}
			if row.want != "" {
				want["ada: Lines are saved"] = row.want
			}
			m.requireVerdicts(t, want)
			if left := s.things(); left != 1 {
				t.Errorf("%d things are left", left-1)
			}
		})
	}
}
