package history

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Last is the name of the newest run.
const Last = "last"

// Reserve draws an id that no run in this history has, and keeps it for this
// run: two commands that start together never get the same one. Ids are four
// hex digits; where those run short, they grow. A reserved id that is never
// saved is shown nowhere.
func (s *Store) Reserve(ctx context.Context) (string, error) {
	for attempt := range 64 {
		bytes := make([]byte, 2+attempt/8)
		if _, err := rand.Read(bytes); err != nil {
			return "", fmt.Errorf("draw a run id: %w", err)
		}
		id := hex.EncodeToString(bytes)
		done, err := s.db.ExecContext(ctx, s.d.query(reserving+` ON CONFLICT DO NOTHING`), id, moment(time.Now()))
		if err != nil {
			return "", fmt.Errorf("reserve a run id: %w", s.d.plain(err))
		}
		if n, err := done.RowsAffected(); err == nil && n == 1 {
			return id, nil
		}
	}
	return "", fmt.Errorf("reserve a run id: 64 draws were all taken")
}

const reserving = `INSERT INTO runs (id, suite, target, started, requests, interrupted, counts) VALUES (?, '', '', ?, 0, 0, '{}')`

// Release gives back an id that was reserved for a run that did not come to be.
func (s *Store) Release(ctx context.Context, id string) error {
	err := s.within(ctx, func(tx *sql.Tx) error {
		var seq int64
		err := tx.QueryRowContext(ctx, s.d.query(`SELECT seq FROM runs WHERE id = ? AND ended IS NULL`), id).Scan(&seq)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.remove(ctx, tx, seq)
	})
	if err != nil {
		return fmt.Errorf("release a run id: %w", s.d.plain(err))
	}
	return nil
}

// over is a condition: the run has come to its end, or was killed.
const over = `(ended IS NOT NULL OR beat < {now} - ?)`

// begun is a condition: there is more of the run than its id.
const begun = `(ended IS NOT NULL OR beat IS NOT NULL)`

// find gives the id and the number of the run that a name stands for: last, which is the
// newest that is over, an id, or a beginning that only one run has. Errors are ErrNone or
// say which runs a name may mean.
func (s *Store) find(ctx context.Context, name string) (string, int64, error) {
	if name == Last {
		runs, err := s.named(ctx, `SELECT id, seq FROM runs WHERE `+over+` ORDER BY started DESC, seq DESC LIMIT 1`, Lease.Milliseconds())
		if err == nil && len(runs) == 0 {
			err = fmt.Errorf("%w: nothing has been run here", ErrNone)
		}
		if err != nil {
			return "", 0, err
		}
		return runs[0].id, runs[0].seq, nil
	}
	name = strings.ToLower(name)
	if strings.Trim(name, "0123456789abcdef") != "" || name == "" {
		return "", 0, fmt.Errorf("%w: a run is named by hex digits, like 7f3a, or last", ErrNone)
	}
	runs, err := s.named(ctx, `SELECT id, seq FROM runs WHERE `+begun+` AND id >= ? AND id < ? ORDER BY id`, name, name+"g")
	switch {
	case err != nil:
		return "", 0, err
	case len(runs) == 0:
		return "", 0, fmt.Errorf("%w: %s", ErrNone, name)
	case len(runs) == 1 || runs[0].id == name:
		return runs[0].id, runs[0].seq, nil
	}
	var ids []string
	for _, each := range runs[:min(len(runs), 8)] {
		ids = append(ids, each.id)
	}
	return "", 0, fmt.Errorf("%s may be any of %s", name, strings.Join(ids, ", "))
}

type numbered struct {
	id  string
	seq int64
}

func (s *Store) named(ctx context.Context, query string, args ...any) (out []numbered, err error) {
	err = s.each(ctx, s.db, query, args, func(rows *sql.Rows) error {
		var n numbered
		err := rows.Scan(&n.id, &n.seq)
		out = append(out, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", s.d.plain(err))
	}
	return out, nil
}

// remove takes a run out, with all that it has.
func (s *Store) remove(ctx context.Context, tx *sql.Tx, seq int64) error {
	first, last := span(seq)
	for _, each := range []struct {
		query string
		args  []any
	}{
		{`DELETE FROM evidence WHERE cell BETWEEN ? AND ?`, []any{first, last}},
		{`DELETE FROM cells WHERE cell BETWEEN ? AND ?`, []any{first, last}},
		{`DELETE FROM subjects WHERE run = ?`, []any{seq}},
		{`DELETE FROM accounts WHERE run = ?`, []any{seq}},
		{`DELETE FROM outlines WHERE run = ?`, []any{seq}},
		{`DELETE FROM runs WHERE seq = ?`, []any{seq}},
	} {
		if _, err := tx.ExecContext(ctx, s.d.query(each.query), each.args...); err != nil {
			return err
		}
	}
	return nil
}
