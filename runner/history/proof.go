package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// Prove keeps what was proved of the causes of a run's lies, after the run itself: a proof
// takes runs of its own. It is given all results of the run; what a change has left behind
// counts with them.
func (k *Keeping) Prove(ctx context.Context, results []*engine.Result) error {
	var proved []*engine.Result
	for _, r := range results {
		if r.Proof != nil {
			proved = append(proved, r)
		}
	}
	rows, err := k.s.fullRows(proved)
	if err != nil || len(rows) == 0 {
		return err
	}
	counts, err := json.Marshal(engine.Count(results))
	if err != nil {
		return err
	}
	err = k.s.within(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, k.s.d.query(`UPDATE runs SET counts = ? WHERE seq = ?`), string(counts), k.seq); err != nil {
			return err
		}
		for _, r := range rows {
			if _, err := tx.ExecContext(ctx, k.s.d.query(`UPDATE cells SET verdict = ? WHERE cell = ?`), r.reason, keyOf(k.seq, r.Number)); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, k.s.d.query(`UPDATE evidence SET result = ? WHERE cell = ?`), r.result, keyOf(k.seq, r.Number)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save the proofs of run %s: %w", k.start.ID, k.s.d.plain(err))
	}
	return nil
}
