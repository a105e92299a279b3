package history

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// fromFirst brings a file of schema 1 forward. It kept a run when that had ended, as one
// row, and its cells as JSON that was not compressed, beside their exchanges.
func fromFirst(ctx context.Context, s *Store, tx *sql.Tx) error {
	if err := s.statements(ctx, tx, slices.Concat([]string{`ALTER TABLE runs RENAME TO runs1`, `ALTER TABLE cells RENAME TO cells1`}, tables, outlineTables)); err != nil {
		return err
	}
	var ids []string
	err := s.each(ctx, tx, `SELECT id FROM runs1 WHERE ended IS NOT NULL ORDER BY rowid`, nil, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.runFromFirst(ctx, tx, id); err != nil {
			return fmt.Errorf("run %s: %w", id, err)
		}
	}
	return s.statements(ctx, tx, []string{`DROP TABLE cells1`, `DROP TABLE runs1`})
}

func (s *Store) runFromFirst(ctx context.Context, tx *sql.Tx, id string) error {
	run := &engine.Finished{ID: id}
	var started, ended string
	err := tx.QueryRowContext(ctx, `SELECT suite, target, started, ended, requests, interrupted FROM runs1 WHERE id = ?`, id).
		Scan(&run.Suite, &run.Target, &started, &ended, &run.Requests, &run.Interrupted)
	if err != nil {
		return err
	}
	if err := parse(started, &run.Started); err != nil {
		return err
	}
	if err := parse(ended, &run.Ended); err != nil {
		return err
	}
	err = s.each(ctx, tx, `SELECT result, exchanges FROM cells1 WHERE run = ? ORDER BY number`, []any{id}, func(rows *sql.Rows) error {
		var text, exchanges []byte
		if err := rows.Scan(&text, &exchanges); err != nil {
			return err
		}
		r := &engine.Result{}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(r); err != nil {
			return err
		}
		run.Results = append(run.Results, r)
		return s.packer.unpack(exchanges, &r.Exchanges)
	})
	if err != nil {
		return err
	}
	rows, err := s.fullRows(run.Results)
	if err != nil {
		return err
	}
	seq, err := s.enter(ctx, tx, Start{ID: id, Suite: run.Suite, Target: run.Target, Started: run.Started})
	if err != nil {
		return err
	}
	if err := s.insert(ctx, tx, seq, rows, newNames()); err != nil {
		return err
	}
	return s.beat(ctx, tx, seq, engine.Count(run.Results), run)
}
