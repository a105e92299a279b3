package main

import (
	"context"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/history"
	"github.com/polygraph-dev/polygraph/runner/journal"
)

// historyDir is where runs are kept, under the folder in which the command is run.
const historyDir = journal.HomeName

// A memory is the place of a run in the history, from before it begins. One that could not
// be had costs the user the evidence of a later show, not the run: it keeps nothing.
type memory struct {
	c     *console
	store *history.Store // nil: none could be had
	run   *history.Keeping
	id    string // what the run is called; "" where it is not kept
}

// remember opens the history, takes a run id and begins to keep a run under it.
func (c *console) remember(ctx context.Context, suite, target string) *memory {
	store, err := history.Open(historyDir)
	if err != nil {
		c.warn("%v; this run will not be kept", err)
		return &memory{c: c}
	}
	id, err := store.Reserve(ctx)
	if err != nil {
		c.warn("%v; this run will not be kept", err)
		store.Close()
		return &memory{c: c}
	}
	k := store.Begin(history.Start{ID: id, Suite: suite, Target: target, Started: time.Now()})
	return &memory{c: c, store: store, run: k, id: id}
}

// add keeps a cell that has come to its end, without waiting; it is for choice.ended.
func (m *memory) add(r *engine.Result) {
	if m.store != nil {
		m.run.Add(r)
	}
}

// keep saves what of a run is not saved yet, and says whether it could. One that was
// interrupted is kept, too, when its context is over.
func (m *memory) keep(ctx context.Context, run *engine.Finished) bool {
	if m.store == nil {
		return false
	}
	if err := m.run.End(context.WithoutCancel(ctx), run); err != nil {
		m.c.warn("%v; this run is not kept", err)
		return false
	}
	return true
}

// drop takes the run out of the history: it did not come to be.
func (m *memory) drop(ctx context.Context) error {
	if m.store == nil {
		return nil
	}
	return m.run.Drop(context.WithoutCancel(ctx))
}

// close closes the history.
func (m *memory) close() {
	if m.store != nil {
		m.store.Close()
	}
}
