package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// application is the file's mark, "POLY" in ASCII.
const application = 0x504f4c59

// inFile is how SQLite speaks.
type inFile struct{}

func (inFile) query(text string) string { return fileWords.Replace(text) }
func (inFile) plain(err error) error    { return plain(err) }
func (inFile) text(s string) string     { return s }
func (inFile) shrink() []string {
	return []string{"PRAGMA incremental_vacuum", "PRAGMA wal_checkpoint(TRUNCATE)"}
}

var fileWords = strings.NewReplacer(
	"{drawn}", "INTEGER PRIMARY KEY", "{key}", "INTEGER PRIMARY KEY", "{bytes}", "BLOB",
	"{now}", "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
)

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

// openFile opens the file, sees that it is ours, and brings it to this schema.
func openFile(path string, why purpose) (*Store, error) {
	if state, err := os.Stat(path); err == nil && state.IsDir() {
		return nil, fmt.Errorf("open history %s: it is a folder", path)
	}
	db, err := sql.Open("sqlite", address(path, why))
	if err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	s, err := newStore(db, inFile{})
	if err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	if err := s.settle(why); err != nil {
		s.Close()
		return nil, fmt.Errorf("open history %s: %w", path, err)
	}
	return s, nil
}

// address is the file as a URI, in which a path may hold ?, # and %. A
// transaction takes the write lock when it begins: one that began by reading
// could not wait for another's write any more. What was written outlives the
// process at once (synchronous 1), a power cut when the file is closed: cells are
// saved several times a second, and the disk need not be waited for each time.
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
		"&_txlock=immediate&_pragma=busy_timeout(20000)&_pragma=page_size(8192)&_pragma=auto_vacuum(2)&_pragma=synchronous(1)"
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
	case why == toReadAsItIs && version < schema:
		return fmt.Errorf("it was written by an older polygraph (schema %d), and cannot be brought forward where it cannot be written", version)
	case why != toWrite && version == schema:
		return nil
	}
	if err := s.logAhead(); err != nil {
		return plain(err)
	}
	if version == schema && !empty {
		return nil
	}
	return plain(s.bringForward(context.Background()))
}

// bringForward makes what is missing in one transaction, unless another process has just
// done so.
func (s *Store) bringForward(ctx context.Context) error {
	return s.within(ctx, func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRow("SELECT user_version FROM pragma_user_version").Scan(&version); err != nil {
			return err
		}
		if err := s.migrate(ctx, tx, version); err != nil {
			return err
		}
		_, err := tx.Exec(fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d", application, schema))
		return err
	})
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
