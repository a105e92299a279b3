package history

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/polygraph-dev/polygraph/runner/comparison"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Compared gives a run by name, without its cells, and all of these as rows to be compared. Nothing
// of the evidence is read, so it is there when that has gone. Outlines that runs have in common come out of the
// pool as one.
func (s *Store) Compared(ctx context.Context, name string, pool comparison.Pool) (*engine.Finished, []comparison.Row, error) {
	run, seq, err := s.head(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	rows, err := s.compared(ctx, seq, pool)
	if err != nil {
		return nil, nil, fmt.Errorf("read run %s: %w", run.ID, s.d.plain(err))
	}
	return run, rows, nil
}

func (s *Store) compared(ctx context.Context, seq int64, pool comparison.Pool) ([]comparison.Row, error) {
	known := map[int64]*comparison.Outline{}
	err := s.each(ctx, s.db, `SELECT id, text FROM outlines WHERE run = ?`, []any{seq}, func(rows *sql.Rows) error {
		var id int64
		var text []byte
		if err := rows.Scan(&id, &text); err != nil {
			return err
		}
		o := &comparison.Outline{}
		err := json.Unmarshal(text, o)
		known[id] = pool.Shared(o)
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []comparison.Row
	var mistake error
	err = s.slim(ctx, seq, func(r Row, d details) {
		row := comparison.Row{
			Number: r.Number, Contract: r.Contract, Case: r.Case, Account: r.Account, Call: r.Operation, Class: r.Class, Kind: r.Kind,
			Status: r.Status, Reply: max(r.Reply, 0), Seen: max(r.First, 0),
		}
		for rest := d.outlines; len(rest) > 0; {
			id, size := binary.Uvarint(rest)
			if size <= 0 || known[int64(id)] == nil {
				mistake = fmt.Errorf("cell %d has an outline that is not there", r.Number)
				break
			}
			row.Outlines, rest = append(row.Outlines, known[int64(id)]), rest[size:]
		}
		if r.Class == verdict.KnownLie {
			var told reason
			if err := s.packer.unpack(d.reason, &told); err != nil {
				mistake = err
			}
			row.Fixed = told.Verdict.Fixed
		}
		out = append(out, row)
	})
	if err == nil {
		err = mistake
	}
	return out, err
}

// outlineIDs writes the outlines of a cell that the run has not got yet, and gives the ids of all.
func (s *Store) outlineIDs(ctx context.Context, tx *sql.Tx, seq int64, outlines []*comparison.Outline, known names) ([]byte, error) {
	var ids []byte
	for _, o := range outlines {
		digest := o.Digest()
		id, ok := known.outlines[digest]
		if !ok {
			text, err := json.Marshal(o)
			if err != nil {
				return nil, err
			}
			if err := tx.QueryRowContext(ctx, s.d.query(`INSERT INTO outlines (run, text) VALUES (?, ?) RETURNING id`), seq, text).Scan(&id); err != nil {
				return nil, err
			}
			known.outlines[digest] = id
		}
		ids = binary.AppendUvarint(ids, uint64(id))
	}
	return ids, nil
}
