package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// How cells are saved while a run goes on: after a gap, or when so many wait; and at the
// latest after a pulse the run says that it is alive.
const (
	gap   = 200 * time.Millisecond
	most  = 64
	pulse = Lease / 5
)

// Start is what is known of a run when it begins.
type Start struct {
	ID      string // from Reserve
	Suite   string
	Target  string
	Started time.Time
}

// A Keeping saves the cells of a run that goes on. Its methods may be called by many at
// once. End it, whatever became of the run, or Drop it.
type Keeping struct {
	s     *Store
	start Start

	mu      sync.Mutex
	pending []*engine.Result
	full    chan struct{} // has room for one: many are pending
	stop    context.CancelFunc
	stopped chan struct{}

	// What is in the store; of the one goroutine that writes.
	seq    int64 // 0: the run has not begun there
	saved  map[int]bool
	counts counting
	names  names
	wrote  time.Time // when that was last tried
	failed bool      // and it could not be written
}

// Begin opens the record of a run under an id that was reserved for it, and returns at
// once: writing goes on beside the run. What cannot be written is tried again, at the
// latest by End, whose error counts.
func (s *Store) Begin(start Start) *Keeping {
	k := s.keeping(start)
	ctx, stop := context.WithCancel(context.Background())
	k.stop = stop
	go k.write(ctx)
	return k
}

func (s *Store) keeping(start Start) *Keeping {
	return &Keeping{
		s: s, start: start, full: make(chan struct{}, 1), stopped: make(chan struct{}), stop: func() {},
		saved: map[int]bool{}, counts: counting{accounts: map[string]bool{}}, names: newNames(),
	}
}

// Add keeps a cell that has come to its end. It does not wait.
func (k *Keeping) Add(r *engine.Result) {
	k.mu.Lock()
	k.pending = append(k.pending, r)
	many := len(k.pending) >= most
	k.mu.Unlock()
	if many {
		select {
		case k.full <- struct{}{}:
		default:
		}
	}
}

// write saves what is pending until it is told to stop.
func (k *Keeping) write(ctx context.Context) {
	defer close(k.stopped)
	tick := time.NewTicker(gap)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.full:
		case <-tick.C:
		}
		k.flush(ctx)
	}
}

// flush saves what is pending, or says that the run is alive where that is due.
func (k *Keeping) flush(ctx context.Context) {
	recent := time.Since(k.wrote) < pulse
	if recent && k.failed { // a full disk is not asked five times a second
		return
	}
	k.mu.Lock()
	batch := k.pending
	k.pending = nil
	k.mu.Unlock()
	if recent && len(batch) == 0 {
		return
	}
	k.wrote = time.Now()
	if k.failed = k.put(ctx, batch, nil) != nil; k.failed {
		k.mu.Lock()
		k.pending = append(batch, k.pending...)
		k.mu.Unlock()
	}
}

// End keeps the rest of the run, and that it has come to its end. Its context may cut
// that short; then the run is there as far as it had been saved.
func (k *Keeping) End(ctx context.Context, run *engine.Finished) error {
	k.halt()
	var rest []*engine.Result
	for _, r := range run.Results {
		if !k.saved[r.Number] {
			rest = append(rest, r)
		}
	}
	if err := k.put(ctx, rest, run); err != nil {
		return fmt.Errorf("save run %s: %w", k.start.ID, k.s.d.plain(err))
	}
	return nil
}

// Drop takes the run out of the history again: it did not come to be.
func (k *Keeping) Drop(ctx context.Context) error {
	k.halt()
	return k.s.Release(ctx, k.start.ID)
}

// halt ends the writing beside the run.
func (k *Keeping) halt() {
	k.stop()
	<-k.stopped
}

// put writes cells, and the run's end where it has come, in one transaction.
func (k *Keeping) put(ctx context.Context, results []*engine.Result, ended *engine.Finished) error {
	rows, err := k.s.fullRows(results) // outside the transaction: compressing holds nobody up
	if err != nil {
		return err
	}
	counts, names, seq := k.counts.with(results), k.names.clone(), k.seq
	err = k.s.within(ctx, func(tx *sql.Tx) (err error) {
		if seq == 0 {
			if seq, err = k.s.enter(ctx, tx, k.start); err != nil {
				return err
			}
		}
		if err := k.s.insert(ctx, tx, seq, rows, names); err != nil {
			return err
		}
		return k.s.beat(ctx, tx, seq, counts.Counts, ended)
	})
	if err != nil {
		return err
	}
	k.counts, k.names, k.seq = counts, names, seq
	for _, r := range results {
		k.saved[r.Number] = true
	}
	return nil
}

// enter makes the run's row, of a reserved id or of a new one.
func (s *Store) enter(ctx context.Context, tx *sql.Tx, start Start) (seq int64, err error) {
	var free bool
	err = tx.QueryRowContext(ctx, s.d.query(`SELECT seq, ended IS NULL AND beat IS NULL FROM runs WHERE id = ?`), start.ID).Scan(&seq, &free)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = tx.QueryRowContext(ctx, s.d.query(reserving+` RETURNING seq`), start.ID, moment(start.Started)).Scan(&seq)
	case err == nil && !free:
		err = errors.New("there is a run of this name already")
	}
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, s.d.query(`UPDATE runs SET suite = ?, target = ?, started = ? WHERE seq = ?`),
		s.d.text(start.Suite), s.d.text(start.Target), moment(start.Started), seq)
	return seq, err
}

// beat says that the run is alive, or that it has ended.
func (s *Store) beat(ctx context.Context, tx *sql.Tx, seq int64, counts engine.Counts, ended *engine.Finished) error {
	text, err := json.Marshal(counts)
	if err != nil {
		return err
	}
	query, args := `UPDATE runs SET beat = {now}, counts = ? WHERE seq = ? AND ended IS NULL`, []any{string(text), seq}
	if ended != nil {
		facts, err := s.packer.pack(ended.Accounts)
		if err != nil {
			return err
		}
		query = `UPDATE runs SET beat = {now}, counts = ?, started = ?, ended = ?, requests = ?, interrupted = ?, facts = ? WHERE seq = ? AND ended IS NULL`
		args = []any{string(text), moment(ended.Started), moment(ended.Ended), ended.Requests, number(ended.Interrupted), facts, seq}
	}
	done, err := tx.ExecContext(ctx, s.d.query(query), args...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return errors.Join(errors.New("somebody has removed it meanwhile"), err)
	}
	return nil
}

// number is 1 for yes, in every database.
func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// A counting counts cells as they come.
type counting struct {
	engine.Counts
	accounts map[string]bool
}

// with counts further results.
func (c counting) with(results []*engine.Result) counting {
	more := engine.Count(results)
	for _, r := range results {
		c.accounts[r.Subject().Account] = true
	}
	c.Cells += more.Cells
	c.Kept += more.Kept
	c.Lied += more.Lied
	c.Broken += more.Broken
	c.Inconclusive += more.Inconclusive
	c.Known += more.Known
	c.Left += more.Left
	c.Accounts = len(c.accounts)
	return c
}
