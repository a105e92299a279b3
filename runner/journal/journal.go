// Package journal keeps, on disk and ahead of every request, a record of all
// that a run may make on a provider, so that no crash leaves something behind
// that nobody knows of.
//
// Its words: an [Intent] is written before a request that may make something is
// sent. It carries the marker by which the thing can be told from everybody
// else's. Later records tell what became of it: [Replied], [Made], [Changing],
// [Deleting], [Removed], [Left]; [Done] says that the run came to its end. What is possibly
// there now, folded from these records, is a [Thing].
//
//	j, err := journal.Open(".polygraph/journal", "7f3a", header)
//	err = j.Append(journal.Intent{ID: "12.1", Account: "shop-oslo", Marker: marker, …})
//	// Only now, and only if err is nil: send.
//	err = j.Note(journal.Replied{ID: "12.1", Status: 201, Key: "8841"})
//	…
//	err = j.Append(journal.Deleting{ID: "12.1", Key: "8841"})
//	// Only now, and only if err is nil: delete.
//	err = j.Note(journal.Removed{ID: "12.1", Key: "8841", How: journal.ReadBackGone})
//	err = j.Close() // nothing is left: the file is deleted
//
// A run has one file, which only it appends to and which it holds locked while it
// lives. The lock ends with the process, however that ends, so a journal that is
// not locked belongs to a run that is over: [Resume] takes it over, for one sweep
// at a time, and goes on appending where the run stopped.
//
// # Trust
//
// [Journal.Append] returns when the record is on disk; records that arrive
// together share one write and one sync. After the first failure of the disk the
// journal is broken for good and every later record is refused: a disk that once
// failed to sync may have dropped what it was given and say yes the next time, so
// trying again proves nothing. A run whose journal is broken sends nothing more.
//
// A file is read as far as it can be: [Read] gives every record that is whole and
// says, as [Damage], what is not. A record is a line of text with a number and a
// checksum, so damage never spreads beyond the lines that it touches.
//
// Nothing secret belongs in here: markers, identities and request lines, never a
// credential. Who writes a record sees to it that its Call is redacted.
package journal

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
)

// ending is how the file of a run ends: 7f3a.log.
const ending = ".log"

// A Journal is the open journal of one run. Its methods may be called from many
// goroutines at once.
type Journal struct {
	disk     Disk
	path     string
	run      string
	header   Header
	contents *Contents // what was there when it was resumed; nil for a new run

	mu     sync.Mutex
	file   File
	state  *State
	next   int    // number of the next record
	batch  *batch // records that wait for the disk; nil: none
	busy   bool   // a commit is under way
	broken error
	closed bool
}

// Open starts the journal of a run as dir/run.log, readable by nobody else, and
// makes the folder where it is missing. It fails with [fs.ErrExist] where that run
// has a journal already. Without a journal, nothing may be sent.
func Open(dir, run string, header Header) (*Journal, error) {
	return OpenOn(RealDisk(), dir, run, header)
}

// OpenOn is Open on a disk of the caller's choice.
func OpenOn(disk Disk, dir, run string, header Header) (*Journal, error) {
	j, err := open(disk, dir, run, header)
	if err != nil {
		return nil, fmt.Errorf("open journal in %s, without which nothing is sent: %w", dir, err)
	}
	return j, nil
}

func open(disk Disk, dir, run string, header Header) (*Journal, error) {
	if !validRun(run) {
		return nil, fmt.Errorf("%q cannot name a run: letters, digits and - only", run)
	}
	if err := withoutCredential(header.Server); err != nil {
		return nil, err
	}
	header.Version = version
	if err := disk.MakeFolder(dir); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	j := &Journal{disk: disk, path: filepath.Join(dir, run+ending), run: run, header: header, state: Fold(nil), next: 2}
	file, err := create(disk, j.path)
	if err != nil {
		return nil, err
	}
	j.file = file
	if err := j.begin(); err != nil {
		// What was made before the failure holds no intent, so it need not stay.
		return nil, errors.Join(err, file.Close(), disk.Remove(j.path))
	}
	return j, nil
}

// create makes the file and locks it. A sweep that comes between the two finds an
// empty journal and deletes it, so the file is made anew when it lost its place.
func create(disk Disk, path string) (File, error) {
	for try := 1; ; try++ {
		file, err := disk.Create(path)
		if err != nil {
			return nil, fmt.Errorf("create file: %w", err)
		}
		if err := file.Lock(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close(), disk.Remove(path))
		}
		stands, err := file.Stands(path)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("look at %s: %w", path, err), file.Close(), disk.Remove(path))
		}
		if stands {
			return file, nil
		}
		if err := file.Close(); err != nil || try == lockTries {
			return nil, errors.Join(fmt.Errorf("create %s: it is taken away at once, again and again", path), err)
		}
	}
}

// begin writes the header, and makes sure that the file itself survives a power cut.
func (j *Journal) begin() error {
	line, err := frame(j.run, 1, j.header)
	if err != nil {
		return err
	}
	if err := put(j.file, line); err != nil {
		return err
	}
	if err := j.disk.SyncFolder(filepath.Dir(j.path)); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}

// put writes to the end of a file and syncs it.
func put(file File, text []byte) error {
	if err := writeAll(file, text); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

// validRun keeps a run's name from leaving the folder, and its lines from being misread.
func validRun(run string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
	return run != "" && len(run) <= 64 && strings.Trim(run, letters) == ""
}

// withoutCredential refuses a server address that carries a password or a query:
// both are places where people put credentials.
func withoutCredential(server string) error {
	at, err := url.Parse(server)
	if err != nil {
		return errors.New("header: the server is no address") // the address may hold what must not be shown
	}
	if at.User != nil || at.RawQuery != "" {
		return errors.New("header: the server must be an origin, without user, password or query")
	}
	return nil
}

// Path is where the journal is.
func (j *Journal) Path() string { return j.path }

// Run is the id of the run whose journal it is.
func (j *Journal) Run() string { return j.run }

// Header says which run it is the journal of. It is zero where the header of a
// resumed journal is lost.
func (j *Journal) Header() Header { return j.header }

// Contents is what a resumed journal held when it was taken over; nil for a new run.
func (j *Journal) Contents() *Contents { return j.contents }

// Things gives what is possibly there now, last made first: in the order in which
// it is to be removed.
func (j *Journal) Things() []Thing {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state.Things()
}

// Err is why the journal is broken; nil while it is not. A run asks before it
// sends what is not journalled, reads included: once this is not nil, nothing more goes out.
func (j *Journal) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.broken
}

// Close ends the journal and its lock. A file of which nothing is left, neither a
// thing nor a record that was lost, is deleted; any other stays for a sweep, and so
// does the file of a broken journal, whose error Close returns. Closing again does nothing.
func (j *Journal) Close() error {
	if !j.end() {
		return nil
	}
	if j.broken != nil {
		return errors.Join(j.broken, j.file.Close())
	}
	if j.state.settled() && j.lost() == 0 {
		return j.discard()
	}
	if err := j.file.Close(); err != nil {
		return fmt.Errorf("close journal %s: %w", j.path, err)
	}
	return nil
}

// Forget ends the journal and deletes its file, whatever it says is left: for a
// user who has removed by hand what no sweep could, or does not mind.
func (j *Journal) Forget() error {
	if !j.end() {
		return fmt.Errorf("forget journal %s: %w: it is closed", j.path, ErrImpossible)
	}
	return j.discard()
}

// end refuses what comes from now on and waits until all that came before is on
// disk; false: somebody else has ended it. After it nobody else touches the journal.
func (j *Journal) end() bool {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return false
	}
	j.closed = true
	last := j.enqueue(nil, synced)
	j.mu.Unlock()
	<-last.done
	return true
}

// lost is how many records of a resumed journal are known to be missing.
func (j *Journal) lost() int {
	if j.contents == nil {
		return 0
	}
	return j.contents.Lost
}

// discard deletes the file while it is still locked. Some systems do not delete
// what is open: there it is closed first.
func (j *Journal) discard() error {
	err := j.disk.Remove(j.path)
	closed := j.file.Close()
	if err != nil {
		err = j.disk.Remove(j.path)
	}
	if err == nil {
		err = closed
	}
	if err == nil {
		err = j.disk.SyncFolder(filepath.Dir(j.path))
	}
	if err != nil {
		return fmt.Errorf("delete journal %s, of which nothing is left: %w", j.path, err)
	}
	return nil
}
