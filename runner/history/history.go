// Package history keeps runs, so that a cell can be shown, with its evidence, long
// after its terminal was closed, and runs can be compared.
//
// A [Store] is one SQLite file, .polygraph/history.db, or the tables of a Postgres that
// many share. Several commands may use it at once.
//
//	store, err := history.Open(".polygraph")
//	...
//	defer store.Close()
//	id, err := store.Reserve(ctx)              // "7f3a": what the run will be called
//	...
//	k := store.Begin(history.Start{ID: id, Suite: "shop", Target: "live", Started: now})
//	k.Add(result)                              // each cell, as it comes to its end
//	err = k.End(ctx, run)                      // run.ID is id
//	run, err = store.Load(ctx, "last")         // or any unique beginning of an id
//
// What is kept was redacted when it was captured, so it holds no secret; it still holds
// replies, and is readable by its owner only.
//
// # A run that is killed
//
// Cells are saved while the run goes on, some at a time, and with them a beat: the
// database's own time. A run that has not ended and whose beat is older than [Lease] was
// killed: what had been saved until then is there, and says so. Clocks of other machines
// play no part.
//
// # The tables
//
// One row for a run, with the facts of its accounts; one for each contract and case, and
// each account, of a run; one for each cell, slim: what it came to, its times, and
// outlines of what was answered, so that two runs of ten thousand cells can be compared
// without reading what was sent. What was sent and read, as compressed JSON, stands
// apart, because it is nearly all of the size and is wanted only when a cell is shown.
// It may be pruned before the verdicts; see [Store.Prune].
//
// A file carries SQLite's application_id and a schema version, so that another program's
// file, or one from a newer Polygraph, is refused with a message instead of being
// changed. One from an older Polygraph is brought forward when it is opened.
package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// FileName is the history's file within its folder.
const FileName = "history.db"

// Lease is for how long a run that says nothing counts as alive.
const Lease = 15 * time.Second

// ErrNone says that there is no such run, or no run at all.
var ErrNone = errors.New("no such run")

// A Store is an open history. It is safe for concurrent use.
type Store struct {
	db     *sql.DB
	d      dialect
	packer *packer
}

// Open opens the history in a folder, and makes both where they are missing:
// the folder with mode 0700 and a .gitignore that covers everything in it, the
// file with mode 0600. With an address (postgres://…) it is the one on that server, and
// only its tables are made. Close it.
func Open(where string) (*Store, error) {
	if isServer(where) {
		return openServer(where, toWrite)
	}
	where, err := folderOf(where)
	if err != nil {
		return nil, err
	}
	if err := prepare(where); err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	return openFile(filepath.Join(where, FileName), toWrite)
}

// Read opens an existing history for reading and makes nothing. Where there is
// none, the error is ErrNone.
func Read(where string) (*Store, error) {
	if isServer(where) {
		return openServer(where, toRead)
	}
	where, err := folderOf(where)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(where, FileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: nothing has been run here", ErrNone)
	}
	s, err := openFile(path, toRead)
	if err != nil && readOnly(err) {
		return openFile(path, toReadAsItIs)
	}
	return s, err
}

// folderOf takes the file for its folder, and refuses any other file: a folder of that name
// is hardly meant.
func folderOf(where string) (string, error) {
	switch {
	case filepath.Base(where) == FileName:
		return filepath.Dir(where), nil
	case filepath.Ext(where) == ".db":
		return "", fmt.Errorf("open history %s: a history is a folder, with %s in it", where, FileName)
	case strings.Contains(where, "://"):
		return "", fmt.Errorf("open history: it is a folder, or begins with postgres://")
	}
	return where, nil
}

// newStore is a store on an open database, which it takes over.
func newStore(db *sql.DB, d dialect) (*Store, error) {
	packer, err := newPacker()
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{db: db, d: d, packer: packer}, nil
}

// Close closes the history. Nobody may use it any more.
func (s *Store) Close() error {
	s.packer.decoder.Close()
	return s.db.Close()
}

// A querier is a database or a transaction in it.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// within carries something out in one transaction: all of it, or nothing.
func (s *Store) within(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it has nothing to do
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// each calls for every row of a query.
func (s *Store) each(ctx context.Context, q querier, query string, args []any, scan func(rows *sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, s.d.query(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
