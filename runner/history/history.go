// Package history keeps finished runs, so that a cell can be shown, with its
// evidence, long after its terminal was closed.
//
// A [Store] is one SQLite file, .polygraph/history.db. A run goes into it in
// one transaction: either all of its cells are there or none. Several commands
// may use the same file at once, each waits for the other.
//
//	store, err := history.Open(".polygraph")
//	...
//	defer store.Close()
//	id, err := store.Reserve(ctx)      // "7f3a": what the run will be called
//	...
//	err = store.Save(ctx, run)         // run.ID is id
//	run, err = store.Load(ctx, "last") // or any unique beginning of an id
//
// What is kept was redacted when it was captured, so the file holds no secret;
// it still holds replies, and is readable by its owner only.
//
// # The file
//
// One row for a run, one for each of its cells: the result as JSON, its
// exchanges beside it and compressed, because they are most of the size and
// are wanted only when that cell is shown. The file carries SQLite's
// application_id and a schema version, so that another program's file, or one
// from a newer Polygraph, is refused with a message instead of being changed.
package history

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// FileName is the history's file within its folder.
const FileName = "history.db"

// The file's marks. The application_id is "POLY" in ASCII.
const (
	application = 0x504f4c59
	schema      = 1
)

// ErrNone says that there is no such run, or no run at all.
var ErrNone = errors.New("no such run")

// A Store is an open history. It is safe for concurrent use.
type Store struct {
	db   *sql.DB
	path string
}

// Open opens the history in a folder, and makes both where they are missing:
// the folder with mode 0700 and a .gitignore that covers everything in it, the
// file with mode 0600. Close it.
func Open(dir string) (*Store, error) {
	if err := prepare(dir); err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	return open(filepath.Join(dir, FileName), toWrite)
}

// Read opens an existing history for reading and makes nothing. Where there is
// none, the error is ErrNone.
func Read(dir string) (*Store, error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: nothing has been run here", ErrNone)
	}
	s, err := open(path, toRead)
	if err != nil && readOnly(err) {
		return open(path, toReadAsItIs)
	}
	return s, err
}

// prepare makes the folder, its .gitignore and an empty file. SQLite would make
// the file readable by everybody.
func prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, text := range map[string]string{".gitignore": "*\n", FileName: ""} {
		file, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		if _, err = file.WriteString(text); err != nil {
			file.Close()
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return nil
}

// A purpose is what a file is opened for.
type purpose int

const (
	toWrite purpose = iota
	toRead
	// toReadAsItIs is for a folder that cannot be written: a write-ahead log
	// wants a file of its own there even to be read.
	toReadAsItIs
)

// open opens the file, sees that it is ours, and brings it to this schema.
func open(path string, why purpose) (*Store, error) {
	if state, err := os.Stat(path); err == nil && state.IsDir() {
		return nil, fmt.Errorf("open history %s: it is a folder", path)
	}
	db, err := sql.Open("sqlite", address(path, why))
	if err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	s := &Store{db: db, path: path}
	if err := s.settle(why); err != nil {
		db.Close()
		return nil, fmt.Errorf("open history %s: %w", path, err)
	}
	return s, nil
}

// address is the file as a URI, in which a path may hold ?, # and %. A
// transaction takes the write lock when it begins: one that began by reading
// could not wait for another's write any more.
func address(path string, why purpose) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	path = filepath.ToSlash(path)
	if runtime.GOOS == "windows" {
		path = "/" + path
	}
	mode := "rw"
	if why == toReadAsItIs {
		mode = "ro&immutable=1"
	}
	return "file://" + (&url.URL{Path: path}).EscapedPath() + "?mode=" + mode +
		"&_txlock=immediate&_pragma=busy_timeout(20000)&_pragma=foreign_keys(1)"
}

// settle refuses what is not ours and makes the tables of a new file.
func (s *Store) settle(why purpose) error {
	mine, version, empty, err := s.marks()
	switch {
	case err != nil:
		return plain(err)
	case !empty && !mine:
		return errors.New("this is another program's database, not a history of polygraph; move it away and run again")
	case version > schema:
		return fmt.Errorf("it was written by a newer polygraph (schema %d; this one knows %d)", version, schema)
	case why != toWrite && empty:
		return fmt.Errorf("%w: nothing has been run here", ErrNone)
	case why != toWrite:
		return nil
	}
	if err := s.logAhead(); err != nil {
		return plain(err)
	}
	if !empty {
		return nil
	}
	return plain(s.create())
}

// logAhead has SQLite write ahead, so that readers and one writer do not stop
// each other. This switch is the one statement that does not wait for another
// process, so the waiting is done here.
func (s *Store) logAhead() error {
	for attempt := 0; ; attempt++ {
		_, err := s.db.Exec("PRAGMA journal_mode=WAL")
		if err == nil || !busy(err) || attempt == 400 {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// marks reads what the file says of itself. A file without tables is empty.
func (s *Store) marks() (mine bool, version int, empty bool, err error) {
	var id, tables int
	err = s.db.QueryRow("SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)").
		Scan(&id, &version, &tables)
	return id == application, version, tables == 0, err
}

// create makes the tables, unless another process has just done so.
func (s *Store) create() error {
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it has nothing to do
	if _, err := tx.Exec(tables); err != nil {
		return err
	}
	return tx.Commit()
}

var tables = fmt.Sprintf(`
PRAGMA application_id=%d;
PRAGMA user_version=%d;
CREATE TABLE IF NOT EXISTS runs (
	id          TEXT PRIMARY KEY,
	suite       TEXT NOT NULL,
	target      TEXT NOT NULL,
	started     TEXT NOT NULL,
	ended       TEXT,              -- NULL: reserved, not saved yet
	requests    INTEGER NOT NULL,
	interrupted INTEGER NOT NULL,
	counts      TEXT NOT NULL      -- JSON
);
CREATE TABLE IF NOT EXISTS cells (
	run       TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
	number    INTEGER NOT NULL,
	contract  TEXT NOT NULL,
	variant   TEXT NOT NULL,       -- the case, "" for the base
	account   TEXT NOT NULL,
	verdict   TEXT NOT NULL,
	kind      TEXT NOT NULL,
	result    TEXT NOT NULL,       -- JSON, without the exchanges
	exchanges BLOB,                -- JSON, gzip; NULL: none
	PRIMARY KEY (run, number)
) WITHOUT ROWID;
`, application, schema)

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// plain says in our words what SQLite says in codes.
func plain(err error) error {
	switch code(err) {
	case lib.SQLITE_NOTADB, lib.SQLITE_CORRUPT:
		return fmt.Errorf("it is damaged, or no history at all; move it away and run again: %w", err)
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return fmt.Errorf("another polygraph has held it for 20 s: %w", err)
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM:
		return fmt.Errorf("it cannot be written: %w", err)
	case lib.SQLITE_FULL:
		return fmt.Errorf("no space left: %w", err)
	case lib.SQLITE_IOERR:
		return fmt.Errorf("it cannot be read: %w", err)
	}
	return err
}

func readOnly(err error) bool {
	switch code(err) {
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM:
		return true
	}
	return false
}

func busy(err error) bool {
	return code(err) == lib.SQLITE_BUSY || code(err) == lib.SQLITE_LOCKED
}

// code is SQLite's primary result code, 0 for an error that is not SQLite's.
func code(err error) int {
	var coded *sqlite.Error
	if !errors.As(err, &coded) {
		return 0
	}
	return coded.Code() & 0xff
}
