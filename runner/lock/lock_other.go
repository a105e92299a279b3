//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package lock

import (
	"errors"
	"fmt"
	"os"
)

// hold says that this system has no lock that ends with its process.
func hold(*os.File, patience) error {
	return fmt.Errorf("tell a live run from a dead one by a file lock: %w", errors.ErrUnsupported)
}
