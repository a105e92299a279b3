package engine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

// TestSweepOfJoins kills runs in which several keys meet, at one write after another: what
// they had made is found by what the journal says, however much of it there is.
func TestSweepOfJoins(t *testing.T) {
	const hooked = notesProvider + "webhooks:\n  finished: {id: event.id}\n"
	for _, each := range []struct {
		name, contract, provider string
	}{
		{"trials", "contract: A note is kept\ncall: POST /notes\nbody: {text: \"New ${unique}\"}\ncreates: note\ntrials: 6\n", notesProvider},
		{"trials of edits", "contract: A note is edited\ngiven: note\ncall: PATCH /notes/{note.id}\nbody: {text: \"New ${unique}\"}\nupdates: note\ntrials: 4\n", notesProvider},
		{"trials of what is sent twice", "contract: A note is kept\ncall: POST /notes\nbody: {text: \"New ${unique}\"}\ncreates: note\ntrials: 3\nagain: {other: {body: {text: \"More ${unique}\"}, effect: again}}\n", notesProvider},
		{"a bulk that is promised", `contract: Every note is kept
call: POST /bulk
body: {notes: [{text: "A ${unique}"}, {text: "B ${unique}"}]}
accepted: {poll: response.headers.location, done: job.state == 'done', within: 2s}
each: {of: request.body.notes, answer: "job.answers[index]", done: "!absent(answer.id)", creates: note}
again: {other: {body: {notes: [{text: "C ${unique}"}, {text: "D ${unique}"}]}, effect: again}}
`, notesProvider},
		{"a hook and its event", "contract: A note is told of\ngiven: {hook: {make: note, body: {text: \"${finished.url} ${unique}\"}}}\ncall: POST /notes\nbody: {text: \"New ${unique}\"}\neffects:\n  - creates: note\n  - {sends: finished, where: event.id == note.id}\ntrials: 3\n", hooked},
	} {
		for _, write := range []int{1, 2, 4} {
			t.Run(fmt.Sprint(each.name, ", at write ", write), func(t *testing.T) {
				t.Parallel()
				b := &bulkClerk{at: write, moment: make(chan struct{}), jobs: map[string]map[string]any{}}
				c := newClerk(t, b.answer)
				c.put(map[string]any{"text": "somebody's"})
				d := desk{provider: each.provider, contracts: each.contract}
				j := crash(t, d, c, b.moment)
				time.Sleep(200 * time.Millisecond) // what was promised comes
				if write == 1 && c.left() == 1 {
					t.Error("the crash left nothing")
				}
				if removed, left := d.sweepUp(t, c, j); len(left) > 0 || c.left() != 1 {
					t.Errorf("removed %+v, left %+v, and %d notes are there", removed, left, c.left())
				}
			})
		}
	}
}

// A bulkClerk has a clerk take notes by POST /bulk, too, some time later, and tells when
// a run is to be killed.
type bulkClerk struct {
	at     int // the write after which the moment comes
	moment chan struct{}
	once   sync.Once
	writes int
	jobs   map[string]map[string]any
}

// answer has the clerk's lock.
func (b *bulkClerk) answer(c *clerk, w http.ResponseWriter, a asking) bool {
	if a.method != "GET" {
		if b.writes++; b.writes == b.at {
			defer b.once.Do(func() { close(b.moment) })
		}
	}
	job, told := b.jobs[a.path]
	switch {
	case told:
		write(w, 200, job)
	case a.String() == "POST /bulk":
		var sent struct{ Notes []map[string]any }
		_ = json.Unmarshal([]byte(a.body), &sent)
		at := fmt.Sprint("/jobs/", len(b.jobs)+1)
		b.jobs[at] = map[string]any{"state": "running"}
		time.AfterFunc(100*time.Millisecond, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			answers := []any{}
			for _, note := range sent.Notes {
				answers = append(answers, map[string]any{"id": c.put(note)["id"]})
			}
			b.jobs[at] = map[string]any{"state": "done", "answers": answers}
		})
		w.Header().Set("Location", at)
		write(w, 202, nil)
	default:
		return false
	}
	return true
}
