package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// HomeName is the folder in which everything is kept that runs leave on this
// machine: their history and their journals. It stands where runs are started,
// under go test in the folder of the package, and git is told to ignore it.
const HomeName = ".polygraph"

// Dir is where the journals of the runs are that were started in a folder.
func Dir(work string) string { return filepath.Join(work, HomeName, "journal") }

// WorkOf is the folder in which the run of a journal was started, as far as its path
// tells: what its header calls by a relative path stands there.
func WorkOf(path string) string {
	return filepath.Dir(filepath.Dir(filepath.Dir(path)))
}

// MakeHome makes the home of runs that are started in a folder, and tells git to
// ignore it. What is there already is left as it is.
func MakeHome(work string) error {
	home := filepath.Join(work, HomeName)
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	ignore, err := os.OpenFile(filepath.Join(home, ".gitignore"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = ignore.WriteString("*\n")
	return errors.Join(err, ignore.Close())
}

// Begin opens the journal of a run that is started in a folder. Without it nothing
// that writes may be sent, and its error says what the user can do.
func Begin(work, run string, header Header) (*Journal, error) {
	return BeginOn(RealDisk(), work, run, header)
}

// BeginOn is Begin on a disk of the caller's choice.
func BeginOn(disk Disk, work, run string, header Header) (*Journal, error) {
	err := MakeHome(work)
	if err == nil {
		var j *Journal
		if j, err = OpenOn(disk, Dir(work), run, header); err == nil {
			return j, nil
		}
	}
	return nil, fmt.Errorf("%w\nhint: a run that writes needs its journal, or nobody would know what a crash leaves behind; start it where %s can be written, or let it read only", err, filepath.ToSlash(filepath.Join(work, HomeName)))
}

// Stale tells of the runs that were started in a folder, are over, and have left
// something behind; those that have not, though their file is there, are tidied away.
func Stale(work string) []*Contents {
	paths, err := List(Dir(work))
	if err != nil {
		return nil // a folder that cannot be read is said by the run that wants to write there
	}
	var stale []*Contents
	for _, path := range paths {
		j, err := Resume(path)
		if err != nil {
			continue // alive, or gone by now, or not to be understood: a sweep says which
		}
		if len(j.Things()) > 0 || j.lost() > 0 {
			stale = append(stale, j.Contents())
		}
		_ = j.Close() // what stays is swept later, and then its errors are said
	}
	return stale
}
