// Package lock holds files so that a hold ends with its process, killed or not: what several
// processes must not do at once hangs on it, a journal that is written and a budget that is
// shared. It holds by opening: two openings of a file exclude each other in one process, too.
//
//	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
//	…
//	if err := lock.Try(file); errors.Is(err, lock.ErrHeld) { … }
//	defer file.Close() // which lets go
package lock

import (
	"errors"
	"os"
)

// ErrHeld says that somebody else holds the file.
var ErrHeld = errors.New("held by another")

// patience is whether a lock is waited for.
type patience int

const (
	waits patience = iota
	asks
)

// Wait holds a file as soon as nobody else does.
func Wait(file *os.File) error { return hold(file, waits) }

// Try holds a file, or gives ErrHeld at once.
func Try(file *os.File) error { return hold(file, asks) }
