package engine

import (
	"context"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/journal"
)

// crash runs a suite up to a moment, which the provider tells by closing a channel;
// then nothing goes out any more, and its journal is all that is left of it. Of the cells
// only those run that are named by their place; without any, all do.
func crash(t *testing.T, d desk, c *clerk, moment <-chan struct{}, chosen ...int) *journal.Journal {
	t.Helper()
	var kept *journal.Journal
	change := d.change
	d.change = func(o *Options) {
		o.Accounts = []string{"ada"}
		if change != nil {
			change(o)
		}
		o.Journal = func(run string, header journal.Header) (Journal, error) {
			var err error
			kept, err = journal.Open(t.TempDir(), run, header)
			return kept, err
		}
	}
	e, err := d.try(c)
	if err != nil {
		t.Fatal(err)
	}
	cells := e.Cells()
	if len(chosen) > 0 {
		cells = nil
		for _, at := range chosen {
			cells = append(cells, e.Cells()[at])
		}
	}
	e.Start(cells...)
	select {
	case <-moment:
	case <-time.After(30 * time.Second):
		t.Error("the moment of the crash does not come")
	}
	e.Abandon()
	e.Stop(nil)
	path := kept.Path()
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	kept, err = journal.Resume(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	return kept
}

// sweepUp sweeps a journal with the desk's suite, and gives what is left.
func (d desk) sweepUp(t *testing.T, c *clerk, j *journal.Journal) ([]journal.Removed, []journal.Thing) {
	t.Helper()
	d.change = nil
	e := d.engine(c)
	removed, err := Sweep(context.Background(), e.o, j, j.Things())
	if err != nil {
		t.Fatal(err)
	}
	return removed, j.Things()
}

// TestSweepFillsInWhatTheDeletionNames deletes by a call that names another thing of
// the cell, and one field of the thing itself.
func TestSweepFillsInWhatTheDeletionNames(t *testing.T) {
	t.Parallel()
	const provider = `polygraph: 1
provider: notes
auth: bearer
resources:
  shelf:
    make: {call: POST /notes, body: {text: "Shelf ${unique}"}}
    read: GET /notes/{key}
    list: {call: GET /notes, items: response.body.items}
    delete: DELETE /notes/{key}
  note:
    make: {call: POST /notes, body: {text: "Made ${unique}", on: "${shelf.id}"}}
    read: GET /shelves/{shelf.id}/notes/{key}
    list: {call: "GET /shelves/{shelf.id}/notes", items: response.body.items}
    delete: {call: "DELETE /shelves/{shelf.id}/notes/{key}", query: {as: "${note.text}"}}
defaults: {within: 300ms, patience: 500ms}
`
	const contract = `contract: An edited note is edited
given: [shelf, note]
call: PATCH /shelves/{shelf.id}/notes/{note.id}
body: {text: "Edited ${unique}"}
updates: note
`
	moment, once := make(chan struct{}), sync.Once{}
	var deleted []asking
	c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
		before, rest, nested := strings.Cut(strings.TrimPrefix(a.path, "/shelves/"), "/notes")
		if a.method == "DELETE" {
			deleted = append(deleted, a)
		}
		if !nested || !strings.HasPrefix(a.path, "/shelves/") {
			return false
		}
		if before != "n1" {
			write(w, 404, nil)
			return true
		}
		if a.method == "PATCH" {
			defer once.Do(func() { close(moment) })
		}
		a.path = "/notes" + rest
		c.answer(w, a)
		return true
	})
	d := desk{provider: provider, contracts: contract}
	j := crash(t, d, c, moment)
	if c.left() != 2 {
		t.Fatalf("the crash left %d things, want two", c.left())
	}
	removed, left := d.sweepUp(t, c, j)
	if len(left) > 0 || len(removed) != 2 || c.left() != 0 {
		t.Errorf("removed %+v, left %+v, %d are there", removed, left, c.left())
	}
	if len(deleted) != 2 || deleted[0].path != "/shelves/n1/notes/n2" || !strings.Contains(deleted[0].query, "Edited") || deleted[1].path != "/notes/n1" {
		t.Errorf("deleted %+v, want the note on its shelf and then the shelf", deleted)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
