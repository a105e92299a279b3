package history

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"strings"
)

// A subject is what the cells of a row of the matrix have in common.
type subject struct{ contract, variant, operation, place string }

// names are the subjects and accounts of a run that have their rows already: each text is
// stored once for a run.
type names struct {
	subjects map[subject]int64
	accounts map[string]int64
	outlines map[[16]byte]int64 // by digest
}

func newNames() names {
	return names{map[subject]int64{}, map[string]int64{}, map[[16]byte]int64{}}
}

// clone is for a transaction that may come to nothing.
func (n names) clone() names {
	return names{maps.Clone(n.subjects), maps.Clone(n.accounts), maps.Clone(n.outlines)}
}

// atOnce is how many rows one statement inserts: a database in another town is asked
// once for all of them.
const atOnce = 64

// insert writes cells of a run.
func (s *Store) insert(ctx context.Context, tx *sql.Tx, seq int64, rows []full, known names) error {
	var cells, evidence [][]any
	for _, r := range rows {
		subject, err := s.subject(ctx, tx, seq, r.Row, known)
		if err != nil {
			return fmt.Errorf("cell %d: %w", r.Number, err)
		}
		account, err := s.account(ctx, tx, seq, r.Account, known)
		if err != nil {
			return fmt.Errorf("cell %d: %w", r.Number, err)
		}
		outlines, err := s.outlineIDs(ctx, tx, seq, r.outlines, known)
		if err != nil {
			return fmt.Errorf("cell %d: %w", r.Number, err)
		}
		key := keyOf(seq, r.Number)
		cells = append(cells, []any{
			key, subject, account, string(r.Class), string(r.Kind), string(r.Claim), r.Status, r.Started.UnixMicro(), stored(r.Took),
			stored(r.Reply), stored(r.First), stored(r.Stable), stored(r.Lost), r.Reads, r.reason, outlines,
		})
		evidence = append(evidence, []any{key, r.result, r.exchanges})
	}
	if err := s.many(ctx, tx, `INSERT INTO cells (cell, subject, account, class, kind, claim, status, began, took,
		reply, seen, stable, lost, reads, verdict, outlines) VALUES `, cells); err != nil {
		return err
	}
	return s.many(ctx, tx, `INSERT INTO evidence (cell, result, exchanges) VALUES `, evidence)
}

// many inserts rows, some with one statement.
func (s *Store) many(ctx context.Context, tx *sql.Tx, query string, rows [][]any) error {
	for len(rows) > 0 {
		n := min(len(rows), atOnce)
		one := "(?" + strings.Repeat(", ?", len(rows[0])-1) + ")"
		var args []any
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if _, err := tx.ExecContext(ctx, s.d.query(query+one+strings.Repeat(", "+one, n-1)), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (s *Store) subject(ctx context.Context, tx *sql.Tx, seq int64, r Row, known names) (id int64, err error) {
	of := subject{r.Contract, r.Case, r.Operation, r.Place}
	if id, ok := known.subjects[of]; ok {
		return id, nil
	}
	err = tx.QueryRowContext(ctx, s.d.query(`INSERT INTO subjects (run, contract, variant, operation, place) VALUES (?, ?, ?, ?, ?) RETURNING id`),
		seq, s.d.text(of.contract), s.d.text(of.variant), s.d.text(of.operation), s.d.text(of.place)).Scan(&id)
	known.subjects[of] = id
	return id, err
}

func (s *Store) account(ctx context.Context, tx *sql.Tx, seq int64, name string, known names) (id int64, err error) {
	if id, ok := known.accounts[name]; ok {
		return id, nil
	}
	err = tx.QueryRowContext(ctx, s.d.query(`INSERT INTO accounts (run, name) VALUES (?, ?) RETURNING id`), seq, s.d.text(name)).Scan(&id)
	known.accounts[name] = id
	return id, err
}
