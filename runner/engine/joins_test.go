package engine_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A bureau is a shop that does what it is asked some time later: POST /imports takes one
// review, or several as `items`, and GET /jobs/N tells of it, item by item. It plays the
// reply again where the idempotency key is known, and delivers an event for every review
// that it made. lie is what it does otherwise.
type bureau struct {
	*shop
	takes time.Duration // until the work is over
	lie   string
	jobs  int
	work  map[int]map[string]any // job → what is told of it
	keys  map[string]int         // idempotency key → job
	last  map[int]string         // job → the review that it made last
	asked map[int]int            // job → how often it was told that it is done
}

func newBureau(takes time.Duration, lie string) *bureau {
	b := &bureau{shop: newShop(), takes: takes, lie: lie, work: map[int]map[string]any{}, keys: map[string]int{}, last: map[int]string{}, asked: map[int]int{}}
	b.shop.put("Bearer t-carl", map[string]any{"title": "here before"}, 0)
	b.HandleFunc("POST /imports", b.take)
	b.HandleFunc("GET /jobs/{id}", func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		id, _ := strconv.Atoi(r.PathValue("id"))
		if b.lie == "forgets" && b.work[id]["state"] == "done" {
			if b.asked[id]++; b.asked[id] > 1 {
				reply(w, 404, nil)
				return
			}
		}
		reply(w, 200, maps.Clone(b.work[id]))
	})
	return b
}

func (b *bureau) take(w http.ResponseWriter, r *http.Request) {
	body := asked(r)
	items, isBulk := body["items"].([]any)
	if !isBulk {
		items = []any{body}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	job, known := b.keys[key]
	if !known || key == "" || b.lie == "twice" {
		if !known || key == "" {
			b.jobs++
			job = b.jobs
			b.work[job] = map[string]any{"id": job, "state": "running"}
		}
		b.keys[key] = job
		owner := bearer(r)
		time.AfterFunc(b.takes, func() { b.finish(job, owner, items) })
	}
	queued := []string{}
	for range items {
		queued = append(queued, "queued")
	}
	if known && key != "" {
		switch last := b.last[job]; b.lie {
		case "announces again":
			b.tell(bearer(r), "more-"+last, last)
		case "redelivers":
			b.tell(bearer(r), last, last)
		}
	}
	if b.lie == "answers slowly" {
		b.mu.Unlock()
		time.Sleep(120 * time.Millisecond)
		b.mu.Lock()
	}
	w.Header().Set("Location", fmt.Sprintf("/jobs/%d", job))
	reply(w, 202, map[string]any{"job": fmt.Sprintf("/jobs/%d", job), "queued": queued})
}

// finish does the work of a job.
func (b *bureau) finish(job int, owner string, items []any) {
	answers, failed, last := []any{}, 0, ""
	for i, item := range items {
		fields, _ := item.(map[string]any)
		b.mu.Lock()
		bad := misfit(fields, fields["id"] == nil)
		b.mu.Unlock()
		if bad != "" && b.lie != "phantom" {
			failed++
			answers = append(answers, map[string]any{"status": 422, "error": bad})
			continue
		}
		if b.lie == "swallows" && i == len(items)-1 {
			answers = append(answers, map[string]any{"status": 201, "id": cmp.Or(fields["id"], any(999999))})
			continue
		}
		if fields["id"] != nil {
			b.mu.Lock()
			maps.Copy(b.find("reviews", fmt.Sprint(fields["id"])), fields)
			b.mu.Unlock()
			answers = append(answers, map[string]any{"status": 201, "id": fields["id"]})
			continue
		}
		id := b.put("Bearer t-"+owner, fields, 0)
		b.mu.Lock()
		b.find("reviews", string(id))["owner"] = owner
		b.mu.Unlock()
		last = string(id)
		if bad != "" {
			failed++
			answers = append(answers, map[string]any{"status": 422, "error": bad})
			continue
		}
		answers = append(answers, map[string]any{"status": 201, "id": id})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	state := "done"
	if failed == len(items) {
		state = "failed"
	}
	if b.work[job]["state"] == "running" {
		b.work[job] = map[string]any{"id": job, "state": state, "answers": answers}
	}
	b.last[job] = last
	if b.lie != "silent" {
		b.post(owner, map[string]any{"id": fmt.Sprintf("job-%d", job), "type": "finished", "job": fmt.Sprintf("/jobs/%d", job), "state": state, "answers": answers})
	}
	if last != "" && b.lie != "silent" {
		b.tell(owner, last, last)
	}
}

// tell delivers an event of a review. The shop's lock is held.
func (b *bureau) tell(owner, event, review string) {
	b.post(owner, map[string]any{"id": "evt-" + event, "type": "made", "review": json.Number(review)})
}

// post delivers an event to all hooks of an account: those of the cells beside, too.
func (b *bureau) post(owner string, event map[string]any) {
	for _, hook := range b.kinds["hooks"] {
		if hook["owner"] == owner {
			address := fmt.Sprint(hook["url"])
			if b.lie == "batches" {
				go deliver(address, map[string]any{"events": []any{map[string]any{"id": "0", "type": "made", "review": 1}, event, event}})
				continue
			}
			for range map[bool]int{true: 3, false: 1}[b.lie == "delivers thrice"] {
				go deliver(address, event)
			}
		}
	}
}

func deliver(address string, event any) {
	body, _ := json.Marshal(event)
	if answer, err := http.Post(address, "application/json", bytes.NewReader(body)); err == nil {
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
}

// bureauProvider is a provider with webhooks, for whatever joins them to something else.
var bureauProvider = "\n-- provider.yaml --" + strings.Replace(plainShop, "defaults: {within: 500ms}", `
  hooks: {call: GET /hooks, item: response.body.total}
webhooks:
  made: {when: event.type == 'made', id: event.id}
  finished: {when: event.type == 'finished', id: event.id}
defaults: {within: 400ms, patience: 600ms}
`, 1)

var hookedProvider = strings.Replace(bureauProvider, "probes:", `  hook:
    make: {call: POST /hooks, body: {title: hook, url: "${finished.url}"}}
    read: GET /hooks/{key}
    list: GET /hooks
    delete: DELETE /hooks/{key}
probes:`, 1)

const (
	importOne = `
contract: An import ends
call: POST /imports
body: {title: "A ${unique}", stars: 3}
accepted: {poll: response.headers.location, done: job.state == 'done', failed: job.state == 'failed', within: 1s}
`
	importMany = `
contract: Every item of an import is saved or refused
call: POST /imports
body: {items: [{title: "A ${unique}", stars: 3}, {title: "B ${unique}", stars: 9}, {title: "C ${unique}", stars: 5}]}
accepted: {poll: response.headers.location, done: job.state == 'done', failed: job.state == 'failed', within: 1s}
each:
  of: request.body.items
  answer: job.answers[index]
  done: answer.status < 300
  refused: answer.status >= 400
  id: answer.id
  creates: review
`
)

// A joinRow is one suite in which two of the language's keys meet, before one behaviour.
type joinRow struct {
	name   string
	server stranger
	suite  string
	want   accused
}

func all(title, verdict string) accused {
	return accused{"ada: " + title: verdict, "bob: " + title: verdict}
}

func (row joinRow) run(t *testing.T) {
	before := row.server.things()
	say(t, row.server, row.suite).requireVerdicts(t, row.want)
	if left := row.server.things(); left != before {
		t.Errorf("%d things on the server, %d before", left, before)
	}
}

func joinRows() []joinRow {
	many, an := "Every item of an import is saved or refused", "An import ends"
	return []joinRow{
		{"each of a promise, item by item", newBureau(150*time.Millisecond, ""), bureauProvider + "-- a.contract.yaml --" + importMany, nil},
		{"each of a promise, one is lost", newBureau(150*time.Millisecond, "swallows"), bureauProvider + "-- a.contract.yaml --" + importMany, all(many, "lied accepted-then-lost")},
		{"each of a promise, one was refused and is there", newBureau(150*time.Millisecond, "phantom"), bureauProvider + "-- a.contract.yaml --" + importMany, all(many, "lied phantom-write")},
		{"a promise and its event", newBureau(150*time.Millisecond, ""), hookedProvider + "-- a.contract.yaml --" + importOne + `
given: hook
effects:
  - creates: review
  - {sends: made, where: event.review == review.id}
`, nil},
		{"a promise and no event", newBureau(150*time.Millisecond, "silent"), hookedProvider + "-- a.contract.yaml --" + importOne + `
given: hook
effects:
  - creates: review
  - {sends: made, where: event.review == review.id}
`, all(an, "lied half-done")},
		{"a promise and its event only", newBureau(700*time.Millisecond, ""), hookedProvider + "-- a.contract.yaml --" + importOne + `
given: hook
effects:
  - {sends: made, where: event.review == review.id}
  - creates: review
`, nil},
		{"a promise asked for twice with one key", newBureau(150*time.Millisecond, ""), bureauProvider + "-- a.contract.yaml --" + importOne + `
creates: review
headers: {idempotency-key: "${uuid}"}
again: {same: {reply: same}}
`, nil},
		{"a promise asked for twice with one key, and done twice", newBureau(150*time.Millisecond, "twice"), bureauProvider + "-- a.contract.yaml --" + importOne + `
creates: review
headers: {idempotency-key: "${uuid}"}
again: {same: {reply: same}}
`, all(an+" (again: same)", "lied duplicated-write")},
		{"a promise asked for twice, twice", newBureau(150*time.Millisecond, ""), bureauProvider + "-- a.contract.yaml --" + importOne + `
creates: review
headers: {idempotency-key: "${uuid}"}
again: {other: {body: {title: "Again ${unique}"}, headers: {idempotency-key: "${uuid}"}, effect: again}}
`, nil},
		{"each of a promise, all refused", newBureau(150*time.Millisecond, ""), bureauProvider + "-- a.contract.yaml --" + strings.Replace(importMany, "accepted:", "status: refused\naccepted:", 1) + `
cases:
  bad: {body: {items: [{title: "D ${unique}", stars: 9}]}, status: refused}
`, all(many, "broken wrong-status")},
		{"each of a promise, with answers to the call", newBureau(150*time.Millisecond, ""), bureauProvider + "-- a.contract.yaml --" + strings.Replace(strings.Replace(strings.Replace(strings.Replace(importMany, "stars: 9", "stars: 2", 1), "job.answers[index]", "response.body.queued[index]", 1), "answer.status < 300", "answer == 'queued'", 1), "  refused: answer.status >= 400\n  id: answer.id\n", "", 1), nil},
		{"each of a promise asked for twice", newBureau(150*time.Millisecond, ""), bureauProvider + "-- a.contract.yaml --" + importMany + `
headers: {idempotency-key: "${uuid}"}
again:
  same: {reply: same}
`, nil},
		{"each of a promise asked for twice, and done twice", newBureau(150*time.Millisecond, "twice"), bureauProvider + "-- a.contract.yaml --" + importMany + `
headers: {idempotency-key: "${uuid}"}
again:
  same: {reply: same}
`, all(many+" (again: same)", "lied duplicated-write")},
		{"each of a promise asked for twice, with another key", newBureau(150*time.Millisecond, ""), bureauProvider + "-- a.contract.yaml --" + importMany + `
headers: {idempotency-key: "${uuid}"}
again:
  other: {headers: {idempotency-key: "${uuid}"}, effect: again}
`, nil},
		{"each of a promise, three times", newBureau(150*time.Millisecond, ""), bureauProvider + "-- a.contract.yaml --" + importMany + "trials: 3\n", nil},
		{"each of a promise, three times, and one is lost", newBureau(150*time.Millisecond, "swallows"), bureauProvider + "-- a.contract.yaml --" + importMany + "trials: 3\n", all(many, "lied accepted-then-lost")},
		{"the same again and its event", newBureau(20*time.Millisecond, ""), hookedProvider + "-- a.contract.yaml --" + sameAgain, nil},
		{"the same again and its event once more", newBureau(20*time.Millisecond, "announces again"), hookedProvider + "-- a.contract.yaml --" + sameAgain, all(an+" (again: same)", "lied duplicated-write")},
		{"the same again and its event delivered again", newBureau(20*time.Millisecond, "redelivers"), hookedProvider + "-- a.contract.yaml --" + sameAgain, nil},
		{"what is made again is announced again", newBureau(20*time.Millisecond, ""), hookedProvider + "-- a.contract.yaml --" + strings.Replace(sameAgain, "same: {reply: same}", `other: {body: {title: "B ${unique}"}, headers: {idempotency-key: "${uuid}"}, effect: again}`, 1), nil},
		{"what is made again is not announced", newBureau(20*time.Millisecond, "silent"), hookedProvider + "-- a.contract.yaml --" + strings.Replace(sameAgain, "same: {reply: same}", `other: {body: {title: "B ${unique}"}, headers: {idempotency-key: "${uuid}"}, effect: again}`, 1),
			accused{"ada: " + an: "lied half-done", "bob: " + an: "lied half-done", "ada: " + an + " (again: other)": "lied half-done", "bob: " + an + " (again: other)": "lied half-done"}},
		{"events of trials", newBureau(20*time.Millisecond, ""), hookedProvider + "-- a.contract.yaml --" + strings.Replace(sameAgain, "again: {same: {reply: same}}", "trials: 5", 1), nil},
		{"each of a promise, told by an event", newBureau(150*time.Millisecond, ""), hookedProvider + "-- a.contract.yaml --" + strings.Replace(strings.Replace(importMany, "poll: response.headers.location", "poll: finished", 1), "call: POST", "given: hook\ncall: POST", 1), nil},
		{"each of a promise, told by an event, one is lost", newBureau(150*time.Millisecond, "swallows"), hookedProvider + "-- a.contract.yaml --" + strings.Replace(strings.Replace(importMany, "poll: response.headers.location", "poll: finished", 1), "call: POST", "given: hook\ncall: POST", 1), all(many, "lied accepted-then-lost")},
		{"each of a promise and an event of the call", newBureau(150*time.Millisecond, ""), hookedProvider + "-- a.contract.yaml --" + strings.Replace(importMany, "call: POST", "given: hook\ncall: POST", 1) + "effects:\n  - {sends: finished, where: event.job == response.body.job}\n", nil},
		{"each of a promise and no event of the call", newBureau(150*time.Millisecond, "silent"), hookedProvider + "-- a.contract.yaml --" + strings.Replace(importMany, "call: POST", "given: hook\ncall: POST", 1) + "effects:\n  - {sends: finished, where: event.job == response.body.job}\n", all(many, "lied accepted-then-lost")},
		{"each of what needs no answer", newBureau(150*time.Millisecond, ""), bureauProvider + "-- a.contract.yaml --" + strings.Replace(allGood, "stars: 9", "stars: 2", 1), nil},
		{"each of what needs no answer, one is lost", newBureau(150*time.Millisecond, "swallows"), bureauProvider + "-- a.contract.yaml --" + strings.Replace(allGood, "stars: 9", "stars: 2", 1), all(many, "lied accepted-then-lost")},
		{"each of a promise that takes long", newBureau(900*time.Millisecond, ""), bureauProvider + "-- a.contract.yaml --" + strings.Replace(importMany, "within: 1s", "within: 2s", 1), nil},
		{"trials of a promise, and a lie that is known", newBureau(20*time.Millisecond, "phantom"), bureauProvider + "-- a.contract.yaml --" + importMany + "trials: 3\nknown: {lie: phantom-write}\n", all(many, "known phantom-write")},
		{"a job told by an event, beside others", newBureau(150*time.Millisecond, ""), hookedProvider + "-- a.contract.yaml --" + toldByEvent, nil},
		{"a job told by an event before the reply", newBureau(5*time.Millisecond, "answers slowly"), hookedProvider + "-- a.contract.yaml --" + toldByEvent, nil},
		{"a job told by an event three times", newBureau(50*time.Millisecond, "delivers thrice"), hookedProvider + "-- a.contract.yaml --" + toldByEvent, nil},
		{"an event before the reply, three times", newBureau(5*time.Millisecond, "delivers thrice"), hookedProvider + "-- a.contract.yaml --" + sameAgain, nil},
		{"events that come in numbers", newBureau(60*time.Millisecond, "batches"), strings.Replace(hookedProvider, "made: {when: event.type == 'made', id: event.id}", "made: {items: request.body.events, when: event.type == 'made', id: event.id}", 1) + "-- a.contract.yaml --" + sameAgain, nil},
		{"a job told by an event, asked for twice", newBureau(30*time.Millisecond, ""), hookedProvider + "-- a.contract.yaml --" + strings.Replace(strings.Replace(sameAgain, "poll: response.headers.location", "poll: finished", 1), "- {sends: made, where: event.review == review.id}", "- {sends: made, where: event.review == review.id, times: 1}", 1), nil},
		{"a job that is gone when it is asked for twice", newBureau(30*time.Millisecond, "forgets"), bureauProvider + "-- a.contract.yaml --" + importOne + `
creates: review
headers: {idempotency-key: "${uuid}"}
again: {same: {reply: same}}
`, nil},
		{"edits of a bulk, promised", newBureau(100*time.Millisecond, ""), bureauProvider + "-- a.contract.yaml --" + editMany, nil},
		{"edits of a bulk, promised, one is lost", newBureau(100*time.Millisecond, "swallows"), bureauProvider + "-- a.contract.yaml --" + editMany, all("Edits are done", "lied accepted-then-lost")},
		{"a job told by an event that names it, beside others", newBureau(150*time.Millisecond, ""), hookedProvider + "-- a.contract.yaml --" + strings.ReplaceAll(toldByEvent, "event.state", "event.job == response.body.job && event.state"), nil},
	}
}

const editMany = `
contract: Edits are done
given: {one: {make: review}, two: {make: review}, other: {make: review}}
call: POST /imports
body: {items: [{id: "${one.id}", title: "One ${unique}"}, {id: "${two.id}", title: "Two ${unique}"}]}
accepted: {poll: response.headers.location, done: job.state == 'done', failed: job.state == 'failed', within: 1s}
each: {of: request.body.items, answer: "job.answers.filter(a, a.id == item.id)[0]", done: answer.status == 201, updates: review}
keeps: other
`

const allGood = `
contract: Every item of an import is saved or refused
call: POST /imports
body: {items: [{title: "A ${unique}", stars: 3}, {title: "B ${unique}", stars: 9}, {title: "C ${unique}", stars: 5}]}
accepted: {poll: response.headers.location, done: job.state == 'done', failed: job.state == 'failed', within: 1s}
each: {of: request.body.items, creates: review}
`

const sameAgain = importOne + `
given: hook
headers: {idempotency-key: "${uuid}"}
effects:
  - creates: review
  - {sends: made, where: event.review == review.id}
again: {same: {reply: same}}
`

const toldByEvent = `
contract: An import is told of
given: hook
call: POST /imports
body: {title: "A ${unique}", stars: 3}
accepted: {poll: finished, done: event.state == 'done', failed: event.state == 'failed', within: 1s}
creates: review
cases:
  six stars: {body: {stars: 6}, status: refused}
  one star: {body: {stars: 1}, status: 202}
---
contract: An import is told of, too
given: hook
call: POST /imports
body: {title: "Z ${unique}", stars: 6}
accepted: {poll: finished, done: event.state == 'done', failed: event.state == 'failed', within: 1s}
creates: review
status: refused
`

// TestJoins has keys of the language meet that were made for themselves.
func TestJoins(t *testing.T) {
	var rows []sideBySide
	for _, row := range joinRows() {
		rows = append(rows, sideBySide{row.name, row.run})
	}
	atOnce(t, rows)
}

// A sideBySide is a row of a table that waits more than it works.
type sideBySide struct {
	name string
	run  func(t *testing.T)
}

// atOnce runs rows together, six at a time however few the cores are: t.Parallel would
// have as many wait for their deadlines as there are cores.
func atOnce(t *testing.T, rows []sideBySide) {
	t.Helper()
	var all sync.WaitGroup
	free := make(chan struct{}, 6)
	for _, row := range rows {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			t.Run(row.name, row.run)
		})
	}
	all.Wait()
}
