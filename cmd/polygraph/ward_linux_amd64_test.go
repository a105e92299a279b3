package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A ward is a process whose calls to the kernel for disk and network are asked
// about first: each stops until the guard that stands beside it lets it pass, or answers in the
// kernel's place. That is Linux's seccomp with user notification. It counts the
// calls of all threads in one order, which strace's injection, that counts each thread by
// itself, cannot, and it wants neither root nor a package.

// wardName is the command under which the test binary puts a filter on itself and
// becomes polygraph.
const wardName = "ward"

// ward hands the filter's listener to the test, over the socket that it was given
// as descriptor 3, and becomes polygraph with the arguments that it has.
func ward() {
	runtime.LockOSThread() // the filter is this thread's, and exec keeps this thread
	unix.CloseOnExec(3)
	self, err := os.Executable()
	if err == nil {
		err = guarded()
	}
	if err == nil {
		err = syscall.Exec(self, append([]string{"polygraph"}, os.Args[1:]...), os.Environ())
	}
	fmt.Fprintln(os.Stderr, "ward:", err)
	os.Exit(exitUsage)
}

func guarded() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	program := filter()
	listener, err := listen(&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
	if err != nil {
		return fmt.Errorf("set the filter: %w", err)
	}
	return unix.Sendmsg(3, []byte{0}, unix.UnixRights(listener), nil, 0)
}

// listen sets a filter. WAIT_KILLABLE_RECV keeps a signal from having a call asked about twice.
func listen(program *unix.SockFprog) (int, error) {
	for _, flags := range []uintptr{unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER} {
		fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(program)))
		if errno == 0 {
			return int(fd), nil
		}
		if errno != unix.EINVAL {
			return 0, errno
		}
	}
	return 0, errors.New("this kernel has no seccomp with user notification")
}

// filter is the program that has the calls of [asked] wait for the guard. Memory
// that is mapped without a file is not asked about.
func filter() []unix.SockFilter {
	const (
		number   = 0              // offset of seccomp_data.nr
		argument = 16             // of seccomp_data.args
		file     = argument + 8*4 // mmap's fifth: the descriptor
	)
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	answer := func(what uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: what} }
	// equal skips the next instruction unless what was loaded is value.
	equal := func(value uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: value, Jf: 1}
	}
	program := []unix.SockFilter{load(number)}
	for _, each := range asked() {
		if each.number != unix.SYS_MMAP {
			program = append(program, equal(each.number), answer(unix.SECCOMP_RET_USER_NOTIF))
		}
	}
	program = append(program,
		unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_MMAP, Jt: 1},
		answer(unix.SECCOMP_RET_ALLOW),
		load(file), equal(0xffffffff), answer(unix.SECCOMP_RET_ALLOW), answer(unix.SECCOMP_RET_USER_NOTIF))
	return program
}

// A sysCall is a call that is asked about, and how what it concerns is found.
type sysCall struct {
	name   string
	number uint32
	file   int // argument that is a descriptor; -1: none
	path   int // argument that is a path; -1: none
	bytes  int // argument that is the size of what is written; 0: nothing is
}

func asked() []sysCall {
	return []sysCall{
		{"openat", unix.SYS_OPENAT, -1, 1, 0},
		{"mkdir", unix.SYS_MKDIRAT, -1, 1, 0},
		{"unlink", unix.SYS_UNLINKAT, -1, 1, 0},
		{"unlink", unix.SYS_UNLINK, -1, 0, 0},
		{"rename", unix.SYS_RENAMEAT, -1, 1, 0},
		{"rename", unix.SYS_RENAMEAT2, -1, 1, 0},
		{"chmod", unix.SYS_FCHMODAT, -1, 1, 0},
		{"chmod", unix.SYS_FCHMOD, 0, -1, 0},
		{"stat", unix.SYS_NEWFSTATAT, -1, 1, 0},
		{"stat", unix.SYS_FSTAT, 0, -1, 0},
		{"stat", unix.SYS_STAT, -1, 0, 0},
		{"stat", unix.SYS_LSTAT, -1, 0, 0},
		{"list", unix.SYS_GETDENTS64, 0, -1, 0},
		{"read", unix.SYS_READ, 0, -1, 0},
		{"read", unix.SYS_PREAD64, 0, -1, 0},
		{"write", unix.SYS_WRITE, 0, -1, 2},
		{"write", unix.SYS_PWRITE64, 0, -1, 2},
		{"sync", unix.SYS_FSYNC, 0, -1, 0},
		{"sync", unix.SYS_FDATASYNC, 0, -1, 0},
		{"truncate", unix.SYS_FTRUNCATE, 0, -1, 0},
		{"lock", unix.SYS_FCNTL, 0, -1, 0},
		{"lock", unix.SYS_FLOCK, 0, -1, 0},
		{"map", unix.SYS_MMAP, 4, -1, 0},
		{"close", unix.SYS_CLOSE, 0, -1, 0},
		{"socket", unix.SYS_SOCKET, -1, -1, 0},
		{"connect", unix.SYS_CONNECT, 0, -1, 0},
	}
}
