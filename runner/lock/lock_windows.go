package lock

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// Flags and errors of LockFileEx, which the standard library does not wrap.
const (
	lockFailImmediately = 1
	lockExclusive       = 2
	errorLockViolation  = syscall.Errno(33)
	errorIOPending      = syscall.Errno(997)
)

// hold holds a file by LockFileEx. A lock is mandatory on Windows and would keep
// others from reading, so it lies on one byte far behind the end of any file of ours.
func hold(file *os.File, how patience) error {
	flags := uintptr(lockExclusive)
	if how == asks {
		flags |= lockFailImmediately
	}
	where := syscall.Overlapped{OffsetHigh: 1 << 30}
	call := syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")
	done, _, err := call.Call(file.Fd(), flags, 0, 1, 0, uintptr(unsafe.Pointer(&where)))
	switch {
	case done != 0:
		return nil
	case errors.Is(err, errorLockViolation), errors.Is(err, errorIOPending):
		return ErrHeld
	}
	return fmt.Errorf("lock: %w", err)
}
