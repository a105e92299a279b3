//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peakOf is the memory that a process that ended had at most, in bytes; see
// ru_maxrss in getrusage(2): kilobytes, on macOS bytes.
func peakOf(state *os.ProcessState) int64 {
	used, ok := state.SysUsage().(*syscall.Rusage)
	switch {
	case !ok:
		return 0
	case runtime.GOOS == "darwin":
		return int64(used.Maxrss)
	}
	return int64(used.Maxrss) << 10
}
