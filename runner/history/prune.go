package history

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// A Pruned says of how many runs something went.
type Pruned struct {
	Evidence int // exchanges and readings
	Runs     int // all the rest: verdicts, times, counts
}

// Prune lets go of what is old: of the evidence of runs that began before one moment, and
// of whole runs that began before another. A run that goes on is left alone. A run without
// evidence is still listed, and its cells with their verdicts and the sentences that say
// why, and can be compared by them, their times and outlines; what was sent and read is
// gone. The facts that were taken of accounts stay with the verdicts, which are explained by
// them; the replies that they were taken from go. Each run is pruned by itself, so a stop on
// the way costs nothing.
func (s *Store) Prune(ctx context.Context, evidence, runs time.Time) (done Pruned, err error) {
	old, err := s.named(ctx, `SELECT id, seq FROM runs WHERE started < ? AND `+over+` ORDER BY started`, moment(runs), Lease.Milliseconds())
	if err != nil {
		return done, err
	}
	for _, each := range old {
		if err := s.within(ctx, func(tx *sql.Tx) error { return s.remove(ctx, tx, each.seq) }); err != nil {
			return done, fmt.Errorf("prune run %s: %w", each.id, s.d.plain(err))
		}
		done.Runs++
	}
	old, err = s.named(ctx, `SELECT id, seq FROM runs WHERE started < ? AND pruned IS NULL AND `+over+` ORDER BY started`, moment(evidence), Lease.Milliseconds())
	if err != nil {
		return done, err
	}
	for _, each := range old {
		if err := s.within(ctx, func(tx *sql.Tx) error { return s.loseEvidence(ctx, tx, each.seq) }); err != nil {
			return done, fmt.Errorf("prune run %s: %w", each.id, s.d.plain(err))
		}
		done.Evidence++
	}
	if done == (Pruned{}) {
		return done, nil
	}
	if err := s.statements(ctx, s.db, s.d.shrink()); err != nil {
		return done, fmt.Errorf("give room back: %w", s.d.plain(err))
	}
	return done, nil
}

func (s *Store) loseEvidence(ctx context.Context, tx *sql.Tx, seq int64) error {
	first, last := span(seq)
	if _, err := tx.ExecContext(ctx, s.d.query(`DELETE FROM evidence WHERE cell BETWEEN ? AND ?`), first, last); err != nil {
		return err
	}
	var facts []byte
	if err := tx.QueryRowContext(ctx, s.d.query(`SELECT facts FROM runs WHERE seq = ?`), seq).Scan(&facts); err != nil {
		return err
	}
	var accounts []engine.Facts
	if err := s.packer.unpack(facts, &accounts); err != nil {
		return err
	}
	for at := range accounts {
		accounts[at].Own = nil
	}
	facts, err := s.packer.pack(accounts)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, s.d.query(`UPDATE runs SET pruned = ?, facts = ? WHERE seq = ?`), moment(time.Now()), facts, seq)
	return err
}
