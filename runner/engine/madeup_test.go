package engine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// A putter has a clerk take PUT, of what is not there, too, and answer it in one way.
type putter struct {
	status  int    // of a PUT of what is not there; 0 cuts the line
	hits    string // the note that is written in its place; "" for the one that is named
	moment  chan struct{}
	once    sync.Once
	holding bool // deletions are cut before they are done, as long as the moment has not come
}

func (p *putter) answer(c *clerk, w http.ResponseWriter, a asking) bool {
	key := strings.TrimPrefix(a.path, "/notes/")
	if p.holding && a.method == "DELETE" && !isClosed(p.moment) {
		p.once.Do(func() { close(p.moment) })
		cut(w)
		return true
	}
	if a.method != "PUT" {
		return false
	}
	var sent map[string]any
	_ = json.Unmarshal([]byte(a.body), &sent)
	if sent == nil {
		sent = map[string]any{}
	}
	known := c.notes[key] != nil
	if !known && p.hits != "" {
		key = p.hits
	}
	if c.notes[key] == nil {
		c.keys = append(c.keys, key)
	}
	sent["id"] = key
	c.notes[key] = sent
	switch {
	case known:
		write(w, 200, sent)
	case p.status == 0:
		cut(w)
	case p.status/100 == 2:
		write(w, p.status, sent)
	default:
		write(w, p.status, nil)
	}
	if !known && !p.holding && p.moment != nil {
		p.once.Do(func() { close(p.moment) })
	}
	return true
}

// putsNote is a contract with a case that names what never was; %s is its call.
const putsNote = `contract: A replaced note is replaced
given: note
call: PUT /notes/{note.id}
body: {text: "Put ${unique}"}
updates: note
cases:
  never was: {%s, status: 404}
`

var madeUpCalls = map[string]string{
	"drawn":    `call: "PUT /notes/none-${unique}"`,
	"written":  `call: PUT /notes/no-such-one`,
	"unmarked": `call: "PUT /notes/none-${unique}", body: {text: "Without"}`,
}

// TestWhatACaseMadeIsRemoved puts under a made-up key what the case says is not there: the
// run that has seen it removes it, whatever the provider answered.
func TestWhatACaseMadeIsRemoved(t *testing.T) {
	t.Parallel()
	for name, call := range madeUpCalls {
		for status, want := range map[int]string{404: "lied error-left-a-trace", 201: "broken wrong-status", 500: "lied error-left-a-trace", 0: "inconclusive unreachable"} {
			t.Run(fmt.Sprint(name, " ", status), func(t *testing.T) {
				t.Parallel()
				c := newClerk(t, (&putter{status: status}).answer)
				c.put(map[string]any{"text": "somebody's"})
				r := desk{contracts: fmt.Sprintf(putsNote, call)}.run(c)[1]
				if require(t, r, want); c.left() != 1 {
					t.Errorf("%d notes are there, want somebody's alone", c.left())
				}
			})
		}
	}
}

// TestWhatACaseMadeIsSwept kills the run right after the case made what it should not have,
// and again when it is about to be removed.
func TestWhatACaseMadeIsSwept(t *testing.T) {
	t.Parallel()
	for name, call := range madeUpCalls {
		for _, holding := range []bool{false, true} {
			for _, status := range []int{404, 201, 0} {
				t.Run(fmt.Sprint(name, " ", status, " ", holding), func(t *testing.T) {
					t.Parallel()
					p := &putter{status: status, moment: make(chan struct{}), holding: holding}
					c := newClerk(t, p.answer)
					c.put(map[string]any{"text": "somebody's"})
					d := desk{contracts: fmt.Sprintf(putsNote, call)}
					j := crash(t, d, c, p.moment, 1)
					if c.left() != 3 {
						t.Errorf("the crash left %d notes, want three", c.left())
					}
					removed, left := d.sweepUp(t, c, j)
					if len(left) > 0 || c.left() != 1 || c.count("DELETE /notes/n1") > 0 {
						t.Errorf("removed %+v, left %+v, %d notes are there", removed, left, c.left())
					}
				})
			}
		}
	}
}

// TestWhatACaseHitIsNotRemoved has the provider write over somebody's note in place of the
// one that the case made up: it carries our marker then, and is not ours to remove.
func TestWhatACaseHitIsNotRemoved(t *testing.T) {
	t.Parallel()
	contract := fmt.Sprintf(putsNote, madeUpCalls["written"])
	for _, crashes := range []bool{false, true} {
		t.Run(fmt.Sprint(crashes), func(t *testing.T) {
			t.Parallel()
			p := &putter{status: 200, hits: "n1", moment: make(chan struct{})}
			c := newClerk(t, p.answer)
			c.put(map[string]any{"text": "somebody's"})
			d := desk{contracts: contract}
			if crashes {
				d.sweepUp(t, c, crash(t, d, c, p.moment, 1))
			} else {
				d.run(c)
			}
			if c.count("DELETE /notes/n1") > 0 || c.left() != 1 {
				t.Errorf("somebody's note was deleted; %d are there", c.left())
			}
		})
	}
}

// TestWhatACaseMadeWithoutAMarker is not deleted, neither by the run nor by a sweep: who
// made it cannot be proved. It is named.
func TestWhatACaseMadeWithoutAMarker(t *testing.T) {
	t.Parallel()
	d := desk{contracts: fmt.Sprintf(putsNote, `call: PUT /notes/no-such-one, body: {text: "Without"}`)}
	c := newClerk(t, (&putter{status: 404}).answer)
	if r := d.run(c)[1]; len(r.Left) != 1 || r.Left[0].Key != "no-such-one" || c.count("DELETE /notes/no-such-one") > 0 {
		t.Errorf("left %+v", r.Left)
	}
	p := &putter{status: 404, moment: make(chan struct{})}
	c = newClerk(t, p.answer)
	j := crash(t, d, c, p.moment, 1)
	if _, left := d.sweepUp(t, c, j); len(left) != 1 || left[0].Key != "no-such-one" || c.count("DELETE /notes/no-such-one") > 0 {
		t.Errorf("left %+v", left)
	}
}
