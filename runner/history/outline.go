package history

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Rows gives a run by name, without its cells, and all of these as rows, in the plan's
// order. Nothing of the evidence is read.
func (s *Store) Rows(ctx context.Context, name string) (*engine.Finished, []Row, error) {
	run, seq, err := s.head(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	var rows []Row
	err = s.slim(ctx, seq, func(r Row, _ details) { rows = append(rows, r) })
	if err != nil {
		return nil, nil, fmt.Errorf("read run %s: %w", run.ID, s.d.plain(err))
	}
	return run, rows, nil
}

// Outline gives a run by name with all its cells, of which only so much is read as a list
// of them shows: the cell, its verdict (of a kept one without its lines), its times, what
// it left behind. The record of a kept one holds nothing but the cell, also where there was
// an act; that of any other what its verdict speaks of, without what was sent and read.
func (s *Store) Outline(ctx context.Context, name string) (*engine.Finished, error) {
	run, seq, err := s.head(ctx, name)
	if err == nil {
		if run.Results, err = s.outlines(ctx, seq); err != nil {
			err = fmt.Errorf("read run %s: %w", run.ID, s.d.plain(err))
		}
	}
	if err != nil {
		return nil, err
	}
	return run, nil
}

func (s *Store) outlines(ctx context.Context, seq int64) ([]*engine.Result, error) {
	var out []*engine.Result
	var reasons [][]byte
	err := s.slim(ctx, seq, func(r Row, d details) {
		out = append(out, &engine.Result{
			Number: r.Number, Operation: r.Operation, Place: r.Place,
			Record:  &verdict.Record{Cell: verdict.Cell{Contract: r.Contract, Case: r.Case, Account: r.Account}},
			Verdict: verdict.Verdict{Class: r.Class, Kind: r.Kind, Claim: r.Claim},
			Started: r.Started, Ended: r.Started.Add(r.Took),
		})
		reasons = append(reasons, d.reason)
	})
	if err != nil {
		return nil, err
	}
	return out, sideBySide(len(out), func(at int) error {
		if reasons[at] == nil {
			return nil
		}
		var told reason
		err := s.packer.unpack(reasons[at], &told)
		out[at].Verdict, out[at].Left, out[at].Kept, out[at].Proof = told.Verdict, told.Left, told.Kept, told.Proof
		if told.Record != nil {
			out[at].Record = told.Record
		}
		return err
	})
}

// details are what of a cell's row only some need, as they are stored.
type details struct{ reason, outlines []byte }

// slim reads the rows of a run's cells.
func (s *Store) slim(ctx context.Context, seq int64, take func(r Row, d details)) error {
	subjects, accounts := map[int64]subject{}, map[int64]string{}
	err := s.each(ctx, s.db, `SELECT id, contract, variant, operation, place FROM subjects WHERE run = ?`, []any{seq}, func(rows *sql.Rows) error {
		var id int64
		var of subject
		err := rows.Scan(&id, &of.contract, &of.variant, &of.operation, &of.place)
		subjects[id] = of
		return err
	})
	if err != nil {
		return err
	}
	err = s.each(ctx, s.db, `SELECT id, name FROM accounts WHERE run = ?`, []any{seq}, func(rows *sql.Rows) error {
		var id int64
		var name string
		err := rows.Scan(&id, &name)
		accounts[id] = name
		return err
	})
	if err != nil {
		return err
	}
	first, last := span(seq)
	return s.each(ctx, s.db, `SELECT cell, subject, account, class, kind, claim, status, began, took, reply, seen, stable, lost, reads,
		verdict, outlines FROM cells WHERE cell BETWEEN ? AND ? ORDER BY cell`, []any{first, last}, func(rows *sql.Rows) error {
		var r Row
		var key, subject, account, began, took, reply, seen, stable, lost int64
		var d details
		err := rows.Scan(&key, &subject, &account, &r.Class, &r.Kind, &r.Claim, &r.Status, &began, &took, &reply, &seen, &stable, &lost, &r.Reads,
			&d.reason, &d.outlines)
		of := subjects[subject]
		r.Number, r.Contract, r.Case, r.Operation, r.Place, r.Account = numberOf(key), of.contract, of.variant, of.operation, of.place, accounts[account]
		r.Started, r.Took, r.Reply, r.First, r.Stable, r.Lost = time.UnixMicro(began), restored(took), restored(reply), restored(seen), restored(stable), restored(lost)
		take(r, d)
		return err
	})
}
