package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/history"
	"github.com/polygraph-dev/polygraph/runner/journal"
)

// historyVariable says where runs are kept, unless --history does.
const historyVariable = "POLYGRAPH_HISTORY"

// historyFlag has a command take --history.
func (c *console) historyFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.kept, "history", "", "runs are kept at `PLACE`: a folder, or postgres://USER@HOST/DATABASE with its password in PGPASSWORD or ~/.pgpass (default $"+historyVariable+", else "+journal.HomeName+")")
}

// historyPlace is where runs are kept: by default in a folder under the one in which the
// command is run. Nobody may print it but as history.Shown.
func (c *console) historyPlace() string {
	if c.kept != "" {
		return c.kept
	}
	if place, ok := c.value(historyVariable); ok {
		return place
	}
	return journal.HomeName
}

// readHistory opens the history, for who wants to show what is in it.
func (c *console) readHistory() (*history.Store, error) {
	store, err := history.Read(c.historyPlace())
	if errors.Is(err, history.ErrNone) {
		return nil, fmt.Errorf("%w\nhint: runs are kept in %s%s", err, history.Shown(c.historyPlace()), c.whereFrom())
	}
	return store, err
}

// whereFrom says which folder is meant, where that depends on where the command was called.
func (c *console) whereFrom() string {
	if c.historyPlace() == journal.HomeName {
		return " under the folder in which polygraph run was called"
	}
	return ""
}

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
	store, err := history.Open(c.historyPlace())
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

// saving is how long the rest of a run may take to save: a database that does not answer
// any more must not keep the verdicts from being shown.
const saving = 3 * time.Minute

// keep saves what of a run is not saved yet, and says whether it could. One that was
// interrupted is kept, too, when its context is over.
func (m *memory) keep(ctx context.Context, run *engine.Finished) bool {
	if m.store == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saving)
	defer cancel()
	if err := m.run.End(ctx, run); err != nil {
		m.c.warn("%v; this run is not kept", err)
		return false
	}
	return true
}

// prove keeps what was proved of a run's lies after it had ended.
func (m *memory) prove(ctx context.Context, run *engine.Finished) {
	if m.store == nil {
		return
	}
	if err := m.run.Prove(context.WithoutCancel(ctx), run.Results); err != nil {
		m.c.warn("%v; what was proved is not kept", err)
	}
}

// drop takes the run out of the history: it did not come to be.
func (m *memory) drop(ctx context.Context) error {
	if m.store == nil {
		return nil
	}
	return m.run.Drop(context.WithoutCancel(ctx))
}

// prune lets go of what is older than is wanted.
func (m *memory) prune(ctx context.Context, o retention) {
	if m.store == nil || !o.set {
		return
	}
	if _, err := m.store.Prune(context.WithoutCancel(ctx), o.evidenceBefore(time.Now()), o.runsBefore(time.Now())); err != nil {
		m.c.warn("%v", err)
	}
}

// close closes the history.
func (m *memory) close() {
	if m.store != nil {
		m.store.Close()
	}
}
