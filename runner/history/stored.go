package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Save keeps a run under its ID, all of it or nothing. An ID that was reserved
// here becomes the run's; one that another run has is an error.
func (s *Store) Save(ctx context.Context, run *engine.Finished) error {
	k := s.keeping(Start{ID: run.ID, Suite: run.Suite, Target: run.Target, Started: run.Started})
	close(k.stopped)
	return k.End(ctx, run)
}

// Load gives a run by name (an id, a unique beginning of one, or last) with all
// its cells in the plan's order, without their exchanges; see Cell. Results from
// history have no engine.Cell: their Record names the cell. Where the evidence was
// pruned they are those of Outline. An unknown name is ErrNone.
func (s *Store) Load(ctx context.Context, name string) (*engine.Finished, error) {
	run, seq, err := s.head(ctx, name)
	if err != nil {
		return nil, err
	}
	first, last := span(seq)
	if run.Pruned.IsZero() {
		run.Results, err = s.results(ctx, `SELECT cell, result, NULL FROM evidence WHERE cell BETWEEN ? AND ? ORDER BY cell`, first, last)
	} else {
		run.Results, err = s.outlines(ctx, seq)
	}
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", run.ID, s.d.plain(err))
	}
	return run, nil
}

// Cell gives a run and one of its cells, with the cell's exchanges. Of the others, the
// run has those of the same contract and case, to be compared with: with their exchanges
// where they are few and the cell is not kept, else as in Outline. An unknown run or number
// is ErrNone.
func (s *Store) Cell(ctx context.Context, name string, number int) (*engine.Finished, *engine.Result, error) {
	run, seq, err := s.head(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	if first, last := span(seq); keyOf(seq, number) <= first || keyOf(seq, number) > last {
		return nil, nil, noCell(run, number)
	}
	if run.Results, err = s.row(ctx, run, seq, number); err != nil {
		return nil, nil, fmt.Errorf("read cell %s/%d: %w", run.ID, number, s.d.plain(err))
	}
	r := run.Cell(number)
	if r == nil {
		return nil, nil, noCell(run, number)
	}
	return run, r, nil
}

// widestRow is up to how many cells the exchanges of one row are read. The diagnosis looks
// at no more; see package diagnosis.
const widestRow = 300

// row reads the cells of a contract and case of a run, as far as they are wanted for one
// of them; none where there is no such cell.
func (s *Store) row(ctx context.Context, run *engine.Finished, seq int64, number int) ([]*engine.Result, error) {
	key := keyOf(seq, number)
	var class verdict.Class
	var subject, wide int64
	err := s.db.QueryRowContext(ctx, s.d.query(`SELECT class, subject, (SELECT count(*) FROM cells r WHERE r.subject = c.subject) FROM cells c WHERE cell = ?`), key).
		Scan(&class, &subject, &wide)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case run.Pruned.IsZero() && class != verdict.Kept && wide <= widestRow:
		return s.results(ctx, `SELECT e.cell, e.result, e.exchanges FROM cells c JOIN evidence e ON e.cell = c.cell WHERE c.subject = ? ORDER BY c.cell`, subject)
	}
	all, err := s.outlines(ctx, seq)
	if err != nil {
		return nil, err
	}
	one := slices.IndexFunc(all, func(r *engine.Result) bool { return r.Number == number })
	own := all[one].Subject()
	whole, err := s.results(ctx, `SELECT cell, result, exchanges FROM evidence WHERE cell = ?`, key)
	if len(whole) == 1 { // else it was pruned
		all[one] = whole[0]
	}
	return slices.DeleteFunc(all, func(r *engine.Result) bool {
		return r.Subject().Contract != own.Contract || r.Subject().Case != own.Case
	}), err
}

func noCell(run *engine.Finished, number int) error {
	return fmt.Errorf("%w: run %s has no cell %d; polygraph show %s lists its cells", ErrNone, run.ID, number, run.ID)
}

// Each calls for all cells of a run, in the plan's order, with their exchanges, and ends
// with the first error. Only one cell is in memory at a time.
func (s *Store) Each(ctx context.Context, name string, do func(*engine.Result) error) error {
	return s.oneByOne(ctx, name, `SELECT cell, result, exchanges FROM evidence WHERE cell BETWEEN ? AND ? ORDER BY cell`, do)
}

// EachBare is Each without the exchanges, which are most of what there is to read.
func (s *Store) EachBare(ctx context.Context, name string, do func(*engine.Result) error) error {
	return s.oneByOne(ctx, name, `SELECT cell, result, NULL FROM evidence WHERE cell BETWEEN ? AND ? ORDER BY cell`, do)
}

func (s *Store) oneByOne(ctx context.Context, name, query string, do func(*engine.Result) error) error {
	run, seq, err := s.head(ctx, name)
	if err != nil {
		return err
	}
	if !run.Pruned.IsZero() {
		run.Results, err = s.outlines(ctx, seq)
		if err != nil {
			return fmt.Errorf("read run %s: %w", run.ID, s.d.plain(err))
		}
		for _, r := range run.Results {
			if err := do(r); err != nil {
				return err
			}
		}
		return nil
	}
	first, last := span(seq)
	var stopped error
	err = s.each(ctx, s.db, query, []any{first, last}, func(rows *sql.Rows) error {
		var p packed
		if err := p.scan(rows); err != nil {
			return err
		}
		r, err := s.result(p)
		if err != nil {
			return err
		}
		stopped = do(r)
		return stopped
	})
	if err != nil && stopped == nil {
		return fmt.Errorf("read run %s: %w", run.ID, s.d.plain(err))
	}
	return stopped
}

// LastKept gives the newest run that began before a moment and in which a cell was
// truthful, with the facts of its accounts and that one cell, its exchanges with it.
// Where there is none whose evidence is still there, the error is ErrNone.
func (s *Store) LastKept(ctx context.Context, target, contract, variant, account string, before time.Time) (*engine.Finished, *engine.Result, error) {
	var id string
	var key int64
	err := s.db.QueryRowContext(ctx, s.d.query(`SELECT r.id, c.cell FROM subjects s
		JOIN runs r ON r.seq = s.run JOIN accounts a ON a.run = s.run JOIN cells c ON c.subject = s.id AND c.account = a.id
		JOIN evidence e ON e.cell = c.cell
		WHERE s.contract = ? AND s.variant = ? AND a.name = ? AND r.target = ? AND r.started < ? AND c.class = ?
		ORDER BY r.started DESC LIMIT 1`),
		s.d.text(contract), s.d.text(variant), s.d.text(account), s.d.text(target), moment(before), string(verdict.Kept)).Scan(&id, &key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, fmt.Errorf("%w in which this cell was truthful", ErrNone)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read history: %w", s.d.plain(err))
	}
	run, _, err := s.head(ctx, id)
	if err == nil {
		run.Results, err = s.results(ctx, `SELECT cell, result, exchanges FROM evidence WHERE cell = ?`, key)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(run.Results) == 0 { // pruned meanwhile
		return nil, nil, fmt.Errorf("%w in which this cell was truthful", ErrNone)
	}
	return run, run.Results[0], nil
}

// A packed result is one as it is stored.
type packed struct {
	key             int64
	text, exchanges []byte
}

func (p *packed) scan(rows *sql.Rows) error { return rows.Scan(&p.key, &p.text, &p.exchanges) }

func (s *Store) result(p packed) (*engine.Result, error) {
	r := &engine.Result{}
	if err := errors.Join(s.packer.unpack(p.text, r), s.packer.unpack(p.exchanges, &r.Exchanges)); err != nil {
		return nil, fmt.Errorf("cell %d: %w", numberOf(p.key), err)
	}
	return r, nil
}

// results reads cells that a query gives, several at a time.
func (s *Store) results(ctx context.Context, query string, args ...any) ([]*engine.Result, error) {
	var all []packed
	err := s.each(ctx, s.db, query, args, func(rows *sql.Rows) error {
		var p packed
		err := p.scan(rows)
		all = append(all, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]*engine.Result, len(all))
	return out, sideBySide(len(all), func(at int) (err error) {
		out[at], err = s.result(all[at])
		return err
	})
}

// sideBySide does something n times on all processors, and gives an error of it.
func sideBySide(n int, do func(at int) error) error {
	errs := make([]error, min(runtime.GOMAXPROCS(0), (n+7)/8))
	var all sync.WaitGroup
	var next atomic.Int64
	for worker := range errs {
		all.Go(func() {
			for at := int(next.Add(1)) - 1; at < n && errs[worker] == nil; at = int(next.Add(1)) - 1 {
				errs[worker] = do(at)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// head gives a run by name, without its cells.
func (s *Store) head(ctx context.Context, name string) (*engine.Finished, int64, error) {
	id, seq, err := s.find(ctx, name)
	if err != nil {
		return nil, 0, err
	}
	run := &engine.Finished{ID: id}
	var started string
	var ended, pruned sql.NullString
	var beat, now sql.NullInt64
	var facts []byte
	err = s.db.QueryRowContext(ctx, s.d.query(`SELECT suite, target, started, ended, beat, {now}, requests, interrupted, facts, pruned FROM runs WHERE seq = ?`), seq).
		Scan(&run.Suite, &run.Target, &started, &ended, &beat, &now, &run.Requests, &run.Interrupted, &facts, &pruned)
	if err == nil {
		err = errors.Join(parse(started, &run.Started), s.packer.unpack(facts, &run.Accounts))
	}
	if err == nil && ended.Valid {
		err = parse(ended.String, &run.Ended)
	}
	if err == nil && pruned.Valid {
		err = parse(pruned.String, &run.Pruned)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read run %s: %w", id, s.d.plain(err))
	}
	if !ended.Valid {
		run.Ended = time.UnixMilli(beat.Int64)
		run.Killed = now.Int64-beat.Int64 > Lease.Milliseconds()
		run.Running = !run.Killed
	}
	return run, seq, nil
}

// moment is a time as it is stored: in UTC with all digits, so that text sorts as time does.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

func parse(text string, into *time.Time) error {
	t, err := time.Parse(time.RFC3339Nano, text)
	*into = t.Local()
	return err
}
