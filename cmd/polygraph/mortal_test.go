package main

import (
	"fmt"
	"os"
	"sync"

	"github.com/polygraph-dev/polygraph/runner/journal"
)

// mortalName is the command that is polygraph on a mortal disk.
const mortalName = "polygraph-mortal"

// What a mortal polygraph is told by its environment: "12 amid" is the step of its
// journal at which it is killed and when, "0" for never; and the file to which it
// writes how many there were.
const (
	deathEnv = "POLYGRAPH_TEST_DEATH"
	stepsEnv = "POLYGRAPH_TEST_STEPS"
)

// The moments of a step: before it reached the disk, in the middle of writing, or
// after, when nobody has heard of it yet.
const (
	before = "before"
	amid   = "amid"
	after  = "after"
)

// mortal is the command polygraph on a disk that kills the process, as kill -9 does,
// at one step of its journal.
func mortal() {
	disk := &mortalDisk{Disk: journal.RealDisk()}
	_, _ = fmt.Sscan(os.Getenv(deathEnv), &disk.last, &disk.when) // without it, it lives
	code := (&console{in: os.Stdin, err: os.Stderr, env: os.LookupEnv, disk: disk}).obey(os.Args[1:], os.Stdout)
	if path := os.Getenv(stepsEnv); path != "" {
		if err := os.WriteFile(path, fmt.Append(nil, disk.steps), 0o600); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// A mortalDisk counts the steps of a journal: everything that it asks of the disk.
type mortalDisk struct {
	journal.Disk
	mu    sync.Mutex
	steps int
	last  int // 0: it never dies
	when  string
}

// step does one, or dies of it.
func (d *mortalDisk) step(do func() error, part func()) error {
	d.mu.Lock()
	d.steps++
	dies := d.steps == d.last
	d.mu.Unlock()
	if !dies {
		return do()
	}
	switch d.when {
	case amid:
		part()
	case after:
		_ = do()
	}
	die()
	return nil
}

// die is what kill -9 does, and does not return.
func die() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {}
}

func nothing() {}

func (d *mortalDisk) Create(path string) (file journal.File, err error) {
	err = d.step(func() error { file, err = d.Disk.Create(path); return err }, nothing)
	return &mortalFile{file, d}, err
}

func (d *mortalDisk) Open(path string) (journal.File, error) {
	file, err := d.Disk.Open(path)
	return &mortalFile{file, d}, err
}

func (d *mortalDisk) Remove(path string) error {
	return d.step(func() error { return d.Disk.Remove(path) }, nothing)
}

func (d *mortalDisk) SyncFolder(path string) error {
	return d.step(func() error { return d.Disk.SyncFolder(path) }, nothing)
}

type mortalFile struct {
	journal.File
	disk *mortalDisk
}

func (f *mortalFile) Write(text []byte) (n int, err error) {
	err = f.disk.step(
		func() error { n, err = f.File.Write(text); return err },
		func() { _, _ = f.File.Write(text[:len(text)/2]) }, // a torn record
	)
	return n, err
}

func (f *mortalFile) Sync() error { return f.disk.step(f.File.Sync, nothing) }

func (f *mortalFile) Lock() error { return f.disk.step(f.File.Lock, nothing) }
