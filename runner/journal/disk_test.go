package journal

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"sync"
	"syscall"
)

// A faultyDisk is a disk whose n-th operation fails, and maybe all after it.
type faultyDisk struct {
	Disk
	mu    sync.Mutex
	count int
	fault fault
	hit   bool
}

// A fault is what happens to the n-th operation, counted from 1; 0: nothing.
type fault struct {
	n     int
	err   error // nil: a short write, of which the system says nothing
	stays bool  // everything after it fails, too, as if the process were gone
}

// next tells whether the operation that is about to be made fails.
func (d *faultyDisk) next() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count++
	fails := d.fault.n > 0 && (d.count == d.fault.n || d.fault.stays && d.count > d.fault.n)
	d.hit = d.hit || fails
	return fails
}

func (d *faultyDisk) err() error {
	if d.fault.err == nil {
		return syscall.EIO
	}
	return d.fault.err
}

func (d *faultyDisk) MakeFolder(path string) error {
	if d.next() {
		return d.err()
	}
	return d.Disk.MakeFolder(path)
}

func (d *faultyDisk) Create(path string) (File, error) {
	if d.next() {
		return nil, d.err()
	}
	file, err := d.Disk.Create(path)
	return &faultyFile{file, d}, err
}

func (d *faultyDisk) Open(path string) (File, error) {
	if d.next() {
		return nil, d.err()
	}
	file, err := d.Disk.Open(path)
	return &faultyFile{file, d}, err
}

func (d *faultyDisk) Remove(path string) error {
	if d.next() {
		return d.err()
	}
	return d.Disk.Remove(path)
}

func (d *faultyDisk) SyncFolder(path string) error {
	if d.next() {
		return d.err()
	}
	return d.Disk.SyncFolder(path)
}

type faultyFile struct {
	File
	disk *faultyDisk
}

// Write that fails has written half.
func (f *faultyFile) Write(text []byte) (int, error) {
	if !f.disk.next() {
		return f.File.Write(text)
	}
	n := 0
	if f.disk.count == f.disk.fault.n {
		n, _ = f.File.Write(text[:len(text)/2])
	}
	return n, f.disk.fault.err
}

func (f *faultyFile) Read(into []byte) (int, error) {
	if f.disk.next() {
		return 0, f.disk.err()
	}
	return f.File.Read(into)
}

func (f *faultyFile) Sync() error {
	if f.disk.next() {
		return f.disk.err()
	}
	return f.File.Sync()
}

func (f *faultyFile) Lock() error {
	if f.disk.next() {
		return f.disk.err()
	}
	return f.File.Lock()
}

func (f *faultyFile) Stands(path string) (bool, error) {
	if f.disk.next() {
		return false, f.disk.err()
	}
	return f.File.Stands(path)
}

// Close always closes, as the end of a process does.
func (f *faultyFile) Close() error {
	err := f.File.Close()
	if f.disk.next() {
		return f.disk.err()
	}
	return err
}

// A ramDisk keeps one journal in memory, and knows what of it a power cut leaves.
type ramDisk struct {
	mu     sync.Mutex
	there  bool // the file stands in its folder
	listed bool // and did when the folder was last synced
	text   []byte
	synced int // bytes of text that a power cut does not take
}

func (d *ramDisk) MakeFolder(string) error { return nil }

func (d *ramDisk) Create(string) (File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.there {
		return nil, fs.ErrExist
	}
	d.there, d.text, d.synced = true, nil, 0
	return &ramFile{disk: d}, nil
}

func (d *ramDisk) Open(string) (File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.there {
		return nil, fs.ErrNotExist
	}
	return &ramFile{disk: d, reader: bytes.NewReader(bytes.Clone(d.text))}, nil
}

func (d *ramDisk) Remove(string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.there = false
	return nil
}

func (d *ramDisk) SyncFolder(string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.listed = d.there
	return nil
}

// cut is the disk after a power cut: what was synced, and a part of the rest.
func (d *ramDisk) cut(random *rand.Rand) *ramDisk {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.listed {
		return &ramDisk{}
	}
	left := d.synced + random.IntN(len(d.text)-d.synced+1)
	return &ramDisk{there: true, listed: true, text: bytes.Clone(d.text[:left]), synced: left}
}

type ramFile struct {
	disk   *ramDisk
	reader *bytes.Reader
}

func (f *ramFile) Read(into []byte) (int, error) { return f.reader.Read(into) }

func (f *ramFile) Write(text []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	f.disk.text = append(f.disk.text, text...)
	return len(text), nil
}

func (f *ramFile) Sync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	f.disk.synced = len(f.disk.text)
	return nil
}

func (f *ramFile) Lock() error    { return nil }
func (f *ramFile) TryLock() error { return nil }
func (f *ramFile) Close() error   { return nil }

func (f *ramFile) Stands(string) (bool, error) { return true, nil }
