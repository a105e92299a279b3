package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
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

const bulkTitle = "Every item of a bulk is saved or refused"

// A bulking is what a shop does with the items of a bulk call: it stores what it keeps,
// and answers what it says. The plain one is truthful.
type bulking struct {
	status int
	store  func(i int, item map[string]any) []map[string]any // what is stored in its place; nil: the item, unless it is bad
	say    func(answers []map[string]any) []map[string]any
	late   time.Duration // until the last item shows
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
		reply(w, status, map[string]any{"answers": answers})
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
			m := say(t, s, bulkSuite)
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
			}
		})
	}
}
