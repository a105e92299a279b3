//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package lock

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// hold holds a file by flock(2): the lock belongs to this opening of the file and
// ends with it, so a killed process leaves none behind.
func hold(file *os.File, how patience) error {
	operation := syscall.LOCK_EX
	if how == asks {
		operation |= syscall.LOCK_NB
	}
	for {
		err := syscall.Flock(int(file.Fd()), operation)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			return ErrHeld
		case err != nil:
			return fmt.Errorf("lock: %w", err)
		}
		return nil
	}
}
