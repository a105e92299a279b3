package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

// ErrLive says that a journal is held by somebody: its run is going on, or another
// sweep is at it.
var ErrLive = errors.New("its run is still going on, or another sweep is at it")

// lockTries bounds how often a lock is tried: those who only ask whether a run is
// alive hold it for an instant.
const lockTries = 8

// Resume takes over the journal of a run that is over, for a sweep: it holds the
// journal until Close and appends where the run stopped. [Journal.Things] says what
// is possibly there, [Journal.Contents] what was read and what was lost. It fails
// with [ErrLive] where somebody holds the journal, with [fs.ErrNotExist] where it
// is gone, maybe because another sweep has just finished it, and with
// [errors.ErrUnsupported] where the system has no locks, so that nobody can tell.
//
// A sweep may be killed at any time; the next one goes on. It searches by marker,
// appends [Made] for everything that it finds, and only then deletes, each deletion
// preceded by [Deleting] and followed by [Removed] or [Left].
func Resume(path string) (*Journal, error) { return ResumeOn(RealDisk(), path) }

// ResumeOn is Resume on a disk of the caller's choice.
func ResumeOn(disk Disk, path string) (*Journal, error) {
	file, err := disk.Open(path)
	if err != nil {
		return nil, fmt.Errorf("resume journal: %w", err)
	}
	j, err := resume(disk, path, file)
	if err != nil {
		return nil, fmt.Errorf("resume journal %s: %w", path, errors.Join(err, file.Close()))
	}
	return j, nil
}

func resume(disk Disk, path string, file File) (*Journal, error) {
	if err := takeLock(file); err != nil {
		return nil, err
	}
	switch stands, err := file.Stands(path); {
	case err != nil:
		return nil, err
	case !stands: // its holder deleted it while we waited
		return nil, fs.ErrNotExist
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	c := parse(text)
	c.Path = path
	if c.Header.Version > version {
		return nil, fmt.Errorf("it was written by a newer polygraph (form %d, this one knows %d)", c.Header.Version, version)
	}
	if c.Run == "" {
		c.Run = strings.TrimSuffix(filepath.Base(path), ending)
	}
	if c.torn {
		if err := put(file, []byte(endOfTorn)); err != nil {
			return nil, err
		}
	}
	return &Journal{disk: disk, path: path, run: c.Run, header: c.Header, contents: c, file: file, state: c.State(), next: max(c.next, 2)}, nil
}

func takeLock(file File) error {
	for try := 1; ; try++ {
		err := file.TryLock()
		if err == nil || !errors.Is(err, ErrLive) || try == lockTries {
			return err
		}
		time.Sleep(time.Duration(try) * 5 * time.Millisecond)
	}
}

// Dead tells whether the run of a journal is over: the file is there and nobody
// holds it. It is a glance; only [Resume] makes sure that it stays so.
func Dead(path string) bool {
	file, err := RealDisk().Open(path)
	if err != nil {
		return false
	}
	free := takeLock(file) == nil
	return file.Close() == nil && free
}
