package journal

import (
	"errors"
	"fmt"
	"io"
)

// A batch is the records that one write takes to the disk, and one sync where any
// of them asks for it.
type batch struct {
	text    []byte
	sync    bool
	intents []string      // IDs, which nothing may be sent for if the disk fails
	done    chan struct{} // closed when it is on disk, or never will be
	err     error         // read after done
}

// How far a record must have come before its caller goes on.
type depth int

const (
	written depth = iota // soon given to the system: a crash of ours does not lose it, a power cut may
	synced               // on disk
)

// A BrokenError is what every call gets once the disk has failed. It wraps the
// first failure.
type BrokenError struct {
	Path string
	Err  error
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("journal %s cannot be written, so nothing more is sent: %s; make room or make the folder writable, then run polygraph sweep", e.Path, e.Err)
}

func (e *BrokenError) Unwrap() error { return e.Err }

// ErrImpossible is what a record that cannot follow those before it is refused
// with. The journal goes on without it.
var ErrImpossible = errors.New("impossible record")

// Append adds a record and returns when it is on disk. Where it fails, what the
// record announces must not be sent. Errors are [ErrImpossible], which is a mistake
// of the caller's, and [BrokenError], after which the run must send nothing more.
func (j *Journal) Append(record Record) error {
	waits, err := j.add(record, synced)
	if err != nil {
		return err
	}
	<-waits.done
	return waits.err
}

// Note adds a record without waiting for the disk: it is written at once and
// synced with the next record that is appended, or by Close. A power cut before
// that loses it, and a sweep then finds out again what it said; so intents and
// deletions, on whose strength something is sent, are refused here.
func (j *Journal) Note(record Record) error {
	switch record.(type) {
	case Intent, Deleting:
		return fmt.Errorf("note %s: %w: it must be on disk before anything is sent, so append it", record.kind(), ErrImpossible)
	}
	_, err := j.add(record, written)
	return err
}

func (j *Journal) add(record Record, how depth) (*batch, error) {
	if err := record.flaw(); err != nil {
		return nil, fmt.Errorf("journal %s: %w: %w", record.kind(), ErrImpossible, err)
	}
	body, err := wrap(record)
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.broken != nil:
		return nil, j.broken
	case j.closed:
		return nil, fmt.Errorf("journal %s: %w: the journal is closed", record.kind(), ErrImpossible)
	}
	if err := j.state.follows(record); err != nil {
		return nil, fmt.Errorf("journal %s: %w: %w", record.kind(), ErrImpossible, err)
	}
	b := j.enqueue(seal(j.run, j.next, body), how)
	j.next++
	j.state.take(record)
	if intent, ok := record.(Intent); ok {
		b.intents = append(b.intents, intent.ID)
	}
	return b, nil
}

// enqueue puts text into the batch that goes out next, and sees that somebody
// takes it there. The caller holds the lock.
func (j *Journal) enqueue(text []byte, how depth) *batch {
	if j.batch == nil {
		j.batch = &batch{done: make(chan struct{})}
	}
	b := j.batch
	b.text = append(b.text, text...)
	b.sync = b.sync || how == synced
	if !j.busy {
		j.busy = true
		go j.commit()
	}
	return b
}

// commit takes batch after batch to the disk until none waits. Whatever is added
// during one sync goes out together with the next: the slower the disk, the larger the batch.
func (j *Journal) commit() {
	for {
		j.mu.Lock()
		b, err := j.batch, j.broken
		j.batch = nil
		j.busy = b != nil
		j.mu.Unlock()
		if b == nil {
			return
		}
		if err == nil {
			err = j.write(b)
		}
		j.finish(b, err)
	}
}

func (j *Journal) write(b *batch) error {
	if err := writeAll(j.file, b.text); err != nil {
		return err
	}
	if !b.sync {
		return nil
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

// finish tells those who wait. What an intent that failed announces is not sent,
// so nothing can be there.
func (j *Journal) finish(b *batch, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err != nil {
		if j.broken == nil {
			j.broken = &BrokenError{Path: j.path, Err: err}
		}
		b.err = j.broken
		for _, id := range b.intents {
			j.state.forget(id)
		}
	}
	close(b.done)
}

// writeAll writes to the end of a file; a short write is an error even where the
// system says nothing.
func writeAll(file File, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	n, err := file.Write(text)
	if err == nil && n < len(text) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
