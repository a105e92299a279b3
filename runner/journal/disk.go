package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/polygraph-dev/polygraph/runner/lock"
)

// A Disk is what a journal needs of a file system. [RealDisk] is the one of this
// machine; a test gives one that fails.
type Disk interface {
	// MakeFolder makes a folder that only we can enter, and all above it that are
	// missing, so that they survive a power cut.
	MakeFolder(path string) error
	// Create makes a file that only we can read; [io/fs.ErrExist] if it is there.
	Create(path string) (File, error)
	// Open opens a file that is there, for reading from its start and writing at its end.
	Open(path string) (File, error)
	Remove(path string) error
	// SyncFolder makes sure that what was created in or removed from a folder survives a power cut.
	SyncFolder(path string) error
}

// A File is an open journal. Write always adds at the end.
type File interface {
	io.ReadWriteCloser
	Sync() error
	// Lock waits until nobody else holds the file, and holds it until Close or the
	// end of the process.
	Lock() error
	// TryLock is Lock without waiting: [ErrLive] if somebody holds it.
	TryLock() error
	// Stands tells whether the file is still the one that stands at path. Where that
	// cannot be told, it is an error: taken for gone, what it speaks of would be forgotten.
	Stands(path string) (bool, error)
}

// RealDisk is the file system of this machine.
func RealDisk() Disk { return realDisk{} }

type realDisk struct{}

func (d realDisk) MakeFolder(path string) error {
	switch at, err := os.Stat(path); {
	case err == nil && at.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("%s is a file", path)
	}
	above := filepath.Dir(path)
	if above != path {
		if err := d.MakeFolder(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	return d.SyncFolder(above)
}

func (realDisk) Create(path string) (File, error) {
	return opened(os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, 0o600))
}

func (realDisk) Open(path string) (File, error) {
	return opened(os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0))
}

func opened(file *os.File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return &realFile{file}, nil
}

func (realDisk) Remove(path string) error { return os.Remove(path) }

func (realDisk) SyncFolder(path string) error {
	if runtime.GOOS == "windows" { // a folder cannot be synced there, and need not be
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

type realFile struct{ *os.File }

func (f *realFile) Lock() error { return lock.Wait(f.File) }

func (f *realFile) TryLock() error {
	err := lock.Try(f.File)
	if errors.Is(err, lock.ErrHeld) {
		return ErrLive
	}
	return err
}

func (f *realFile) Stands(path string) (bool, error) {
	there, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	here, err := f.Stat()
	return err == nil && os.SameFile(there, here), err
}
