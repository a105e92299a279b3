package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// A Summary is a run without its cells.
type Summary struct {
	ID          string
	Suite       string
	Target      string
	Started     time.Time
	Ended       time.Time
	Interrupted bool
	Counts      engine.Counts
}

// Save keeps a run under its ID, all of it or nothing. An ID that was reserved
// here becomes the run's; one that another saved run has is an error.
func (s *Store) Save(ctx context.Context, run *engine.Finished) error {
	if err := s.save(ctx, run); err != nil {
		return fmt.Errorf("save run %s: %w", run.ID, plain(err))
	}
	return nil
}

func (s *Store) save(ctx context.Context, run *engine.Finished) error {
	counts, err := json.Marshal(engine.Count(run.Results))
	if err != nil {
		return err
	}
	rows, err := rowsOf(run) // outside the transaction: compressing holds nobody up
	if err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it has nothing to do
	done, err := tx.ExecContext(ctx,
		`INSERT INTO runs (id, suite, target, started, ended, requests, interrupted, counts) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		 ON CONFLICT (id) DO UPDATE SET suite = excluded.suite, target = excluded.target, started = excluded.started,
		 ended = excluded.ended, requests = excluded.requests, interrupted = excluded.interrupted, counts = excluded.counts
		 WHERE ended IS NULL`,
		run.ID, run.Suite, run.Target, moment(run.Started), moment(run.Ended), run.Requests, run.Interrupted, string(counts))
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errors.New("there is a run of this name already"), err)
	}
	if err := insert(ctx, tx, run.ID, rows); err != nil {
		return err
	}
	return tx.Commit()
}

func insert(ctx context.Context, tx *sql.Tx, id string, rows []row) error {
	statement, err := tx.PrepareContext(ctx,
		`INSERT INTO cells (run, number, contract, variant, account, verdict, kind, result, exchanges) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer statement.Close()
	for _, r := range rows {
		if _, err := statement.ExecContext(ctx, id, r.number, r.cell.Contract, r.cell.Case, r.cell.Account,
			string(r.class), string(r.kind), r.result, r.exchanges); err != nil {
			return fmt.Errorf("cell %d: %w", r.number, err)
		}
	}
	return nil
}

// Runs lists the runs, the newest first.
func (s *Store) Runs(ctx context.Context) ([]Summary, error) {
	rows, err := s.db.QueryContext(ctx,
		`SELECT id, suite, target, started, ended, interrupted, counts FROM runs WHERE ended IS NOT NULL ORDER BY started DESC, rowid DESC`)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", plain(err))
	}
	defer rows.Close()
	var out []Summary
	for rows.Next() {
		var r Summary
		var started, ended, counts string
		if err := rows.Scan(&r.ID, &r.Suite, &r.Target, &started, &ended, &r.Interrupted, &counts); err != nil {
			return nil, fmt.Errorf("read history: %w", plain(err))
		}
		if err := errors.Join(parse(started, &r.Started), parse(ended, &r.Ended), json.Unmarshal([]byte(counts), &r.Counts)); err != nil {
			return nil, fmt.Errorf("read run %s: %w", r.ID, err)
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read history: %w", plain(err))
	}
	return out, nil
}

// Load gives a run by name (an id, a unique beginning of one, or last) with all
// its cells in the plan's order, without their exchanges; see Cell. Results from
// history have no engine.Cell: their Record names the cell. An unknown name is
// ErrNone.
func (s *Store) Load(ctx context.Context, name string) (*engine.Finished, error) {
	id, err := s.find(ctx, name)
	if err != nil {
		return nil, err
	}
	run := &engine.Finished{ID: id}
	var started, ended string
	err = s.db.QueryRowContext(ctx, `SELECT suite, target, started, ended, requests, interrupted FROM runs WHERE id = ?`, id).
		Scan(&run.Suite, &run.Target, &started, &ended, &run.Requests, &run.Interrupted)
	if err == nil {
		err = errors.Join(parse(started, &run.Started), parse(ended, &run.Ended))
	}
	if err == nil {
		run.Results, err = s.results(ctx, id)
	}
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", id, plain(err))
	}
	return run, nil
}

func (s *Store) results(ctx context.Context, id string) ([]*engine.Result, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT result FROM cells WHERE run = ? ORDER BY number`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*engine.Result
	for rows.Next() {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		r, err := result(text)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// Cell gives a run and one of its cells, with the cell's exchanges. An unknown
// run or number is ErrNone.
func (s *Store) Cell(ctx context.Context, name string, number int) (*engine.Finished, *engine.Result, error) {
	run, err := s.Load(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	r := run.Cell(number)
	if r == nil {
		return nil, nil, fmt.Errorf("%w: run %s has no cell %d; polygraph show %s lists its cells", ErrNone, run.ID, number, run.ID)
	}
	var packed []byte
	err = s.db.QueryRowContext(ctx, `SELECT exchanges FROM cells WHERE run = ? AND number = ?`, run.ID, number).Scan(&packed)
	if err == nil {
		r.Exchanges, err = unpack(packed)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read cell %s/%d: %w", run.ID, number, plain(err))
	}
	return run, r, nil
}

// moment is a time as it is stored: in UTC with all digits, so that text sorts as time does.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

func parse(text string, into *time.Time) error {
	t, err := time.Parse(time.RFC3339Nano, text)
	*into = t.Local()
	return err
}
