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

// A State is how far a run has come.
type State string

// The states.
const (
	Ended       State = "ended"
	Interrupted State = "interrupted" // somebody stopped it, and it cleaned up
	Running     State = "running"
	Killed      State = "killed" // its process died: what was not saved until then is lost
)

// A Summary is a run without its cells. The counts of one that has not ended are those of
// the cells that are there.
type Summary struct {
	ID       string        `json:"run"`
	Suite    string        `json:"suite"`
	Target   string        `json:"target"`
	State    State         `json:"state"`
	Started  time.Time     `json:"started"`
	Ended    time.Time     `json:"ended"` // of one that has not ended: when it last wrote
	Requests int64         `json:"requests"`
	Pruned   *time.Time    `json:"pruned,omitempty"` // when its evidence went; nil: it is there
	Counts   engine.Counts `json:"counts"`
}

// A Filter says which runs are listed. The zero value lists all.
type Filter struct {
	Suite  string
	Target string
	Limit  int // 0: all
}

// Runs lists the runs, the newest first.
func (s *Store) Runs(ctx context.Context) ([]Summary, error) { return s.List(ctx, Filter{}) }

// List lists runs, the newest first.
func (s *Store) List(ctx context.Context, f Filter) ([]Summary, error) {
	query := `SELECT id, suite, target, started, ended, beat, {now}, requests, interrupted, pruned, counts FROM runs WHERE ` + begun
	var args []any
	if f.Suite != "" {
		query, args = query+` AND suite = ?`, append(args, s.d.text(f.Suite))
	}
	if f.Target != "" {
		query, args = query+` AND target = ?`, append(args, s.d.text(f.Target))
	}
	query += ` ORDER BY started DESC, seq DESC`
	if f.Limit > 0 {
		query, args = query+` LIMIT ?`, append(args, f.Limit)
	}
	var out []Summary
	err := s.each(ctx, s.db, query, args, func(rows *sql.Rows) error {
		r, err := summary(rows)
		out = append(out, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read history: %w", s.d.plain(err))
	}
	return out, nil
}

func summary(rows *sql.Rows) (r Summary, err error) {
	var started, counts string
	var ended, pruned sql.NullString
	var beat, now sql.NullInt64
	var interrupted bool
	if err := rows.Scan(&r.ID, &r.Suite, &r.Target, &started, &ended, &beat, &now, &r.Requests, &interrupted, &pruned, &counts); err != nil {
		return r, err
	}
	err = errors.Join(parse(started, &r.Started), json.Unmarshal([]byte(counts), &r.Counts))
	switch {
	case ended.Valid:
		r.State = Ended
		if interrupted {
			r.State = Interrupted
		}
		err = errors.Join(err, parse(ended.String, &r.Ended))
	case now.Int64-beat.Int64 > Lease.Milliseconds():
		r.State, r.Ended = Killed, time.UnixMilli(beat.Int64)
	default:
		r.State, r.Ended = Running, time.UnixMilli(beat.Int64)
	}
	if pruned.Valid {
		r.Pruned = new(time.Time)
		err = errors.Join(err, parse(pruned.String, r.Pruned))
	}
	if err != nil {
		return r, fmt.Errorf("run %s: %w", r.ID, err)
	}
	return r, nil
}
