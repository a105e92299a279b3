package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A call is one call of a ward, as it is asked about.
type call struct {
	name   string
	place  string // of the disk: the path within the ward's folder; of the network: "network"
	number uint64 // of the kernel's
	args   [6]uint64
	thread int
}

func (c call) String() string { return c.name + " " + c.place }

// An answer is what the guard has the kernel say. The zero value lets the call pass.
type answer struct {
	err   unix.Errno
	value int64 // with no err: what the call gives, without having been made
	made  bool  // the kernel is not asked, though err is 0
}

// notice and reply are struct seccomp_notif and seccomp_notif_resp.
type notice struct {
	id     uint64
	thread uint32
	flags  uint32
	number int32
	arch   uint32
	at     uint64
	args   [6]uint64
}

type reply struct {
	id    uint64
	value int64
	err   int32
	flags uint32
}

// A guard answers a ward's calls.
type guard struct {
	dir    string // calls that concern neither it nor the network pass
	decide func(g *guard, c call) answer
	bored  bool // set by decide: everything passes from now on
	named  map[uint64]sysCall

	process int
	over    sync.WaitGroup
}

// start starts a ward and answers its calls until it ends; wait for both by wait.
func (g *guard) start(cmd *exec.Cmd) error {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	theirs := os.NewFile(uintptr(ends[1]), "ward")
	defer unix.Close(ends[0])
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd.Path, cmd.Err, cmd.Args = self, nil, append([]string{wardName}, cmd.Args[1:]...)
	cmd.ExtraFiles = []*os.File{theirs}
	g.named = map[uint64]sysCall{}
	for _, each := range asked() {
		g.named[uint64(each.number)] = each
	}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		return err
	}
	g.process = cmd.Process.Pid
	listener, err := receive(ends[0])
	if err != nil {
		return fmt.Errorf("no listener: %w", err)
	}
	g.over.Go(func() { g.watch(listener) })
	return nil
}

// wantWards skips a test, aloud, where the system does not let a process be guarded.
func wantWards(t *testing.T) {
	cmd := exec.Command("polygraph", "--help")
	g := &guard{dir: t.TempDir(), decide: func(*guard, call) answer { return answer{} }}
	err := g.start(cmd)
	if err != nil {
		t.Skipf("NOT tested here, as no process can be guarded: %v", err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	g.over.Wait()
}

func receive(socket int) (int, error) {
	space := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(socket, make([]byte, 1), space, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return 0, err
	}
	messages, err := unix.ParseSocketControlMessage(space[:n])
	if err != nil || len(messages) == 0 {
		return 0, errors.Join(errors.New("nothing came"), err)
	}
	files, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return 0, err
	}
	return files[0], nil
}

// watch answers until no thread has the filter any more.
func (g *guard) watch(listener int) {
	defer unix.Close(listener)
	for {
		ready := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(ready, -1); err != nil {
			continue // a signal of Go's own
		}
		if ready[0].Revents&unix.POLLIN == 0 {
			return
		}
		var n notice
		if control(listener, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n)) != 0 {
			continue // the thread was killed in the meantime
		}
		r := reply{id: n.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
		if a := g.ask(n); a.made || a.err != 0 {
			r.flags, r.err, r.value = 0, -int32(a.err), a.value
		}
		control(listener, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&r)) // fails only where the thread is gone
	}
}

func control(file int, request uint, argument unsafe.Pointer) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(file), uintptr(request), uintptr(argument))
	return errno
}

// ask decides on a call that concerns the ward's folder or the network.
func (g *guard) ask(n notice) answer {
	if g.bored {
		return answer{}
	}
	known := g.named[uint64(n.number)]
	c := call{name: known.name, number: uint64(n.number), args: n.args, thread: int(n.thread)}
	switch {
	case known.name == "socket":
		if n.args[0] != unix.AF_INET && n.args[0] != unix.AF_INET6 {
			return answer{}
		}
		c.place = network
	case n.number == unix.SYS_FCNTL && !locks(n.args[1]):
		return answer{}
	case known.path >= 0:
		c.place = g.within(textAt(c.thread, n.args[known.path]))
	default:
		at, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", n.thread, int32(n.args[known.file])))
		if err != nil {
			return answer{}
		}
		c.place = g.within(at)
	}
	if c.place == "" {
		return answer{}
	}
	return g.decide(g, c)
}

func locks(command uint64) bool {
	switch command {
	case unix.F_GETLK, unix.F_SETLK, unix.F_SETLKW, unix.F_OFD_GETLK, unix.F_OFD_SETLK, unix.F_OFD_SETLKW:
		return true
	}
	return false
}

// network is the place of a call that concerns a connection.
const network = "network"

// within is a path within the ward's folder, where it was started; "" for any other.
func (g *guard) within(path string) string {
	if strings.HasPrefix(path, "socket:") {
		return network
	}
	path = strings.TrimSuffix(path, " (deleted)")
	if path == "" || strings.HasPrefix(path, "anon_inode:") || strings.HasPrefix(path, "pipe:") {
		return ""
	}
	if !filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	if inside, ok := strings.CutPrefix(path, g.dir); ok && (inside == "" || inside[0] == '/') {
		return filepath.Clean("." + inside)
	}
	return ""
}

// textAt reads a path out of a ward's memory.
func textAt(thread int, at uint64) string {
	bytes := make([]byte, 4096)
	page := 4096 - int(at%4096) // the next page need not be there
	n, err := copyFrom(thread, at, bytes[:page])
	if err == nil && !strings.Contains(string(bytes[:n]), "\x00") {
		more, _ := copyFrom(thread, at+uint64(n), bytes[n:])
		n += more
	}
	out, _, _ := strings.Cut(string(bytes[:max(n, 0)]), "\x00")
	return out
}

func copyFrom(thread int, at uint64, into []byte) (int, error) {
	if len(into) == 0 {
		return 0, nil
	}
	here := []unix.Iovec{{Base: &into[0], Len: uint64(len(into))}}
	return unix.ProcessVMReadv(thread, here, []unix.RemoteIovec{{Base: uintptr(at), Len: len(into)}}, 0)
}

// half makes half of a write in the ward's place, and gives how many bytes that were.
func (g *guard) half(c call) (int, error) {
	bytes := make([]byte, c.args[2]/2)
	if n, err := copyFrom(c.thread, c.args[1], bytes); err != nil || n < len(bytes) {
		return 0, errors.Join(errors.New("read what is written"), err)
	}
	process, err := unix.PidfdOpen(g.process, 0)
	if err != nil {
		return 0, fmt.Errorf("open process: %w", err)
	}
	defer unix.Close(process)
	file, err := unix.PidfdGetfd(process, int(int32(c.args[0])), 0)
	if err != nil {
		return 0, fmt.Errorf("share descriptor: %w", err)
	}
	defer unix.Close(file)
	if c.number == unix.SYS_PWRITE64 {
		return unix.Pwrite(file, bytes, int64(c.args[3]))
	}
	return unix.Write(file, bytes)
}
