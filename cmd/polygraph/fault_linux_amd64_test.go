package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// A fault is what happens to a call in place of what was asked for.
type fault struct {
	name string
	err  unix.Errno
	half bool // half of what is written gets through; then err, if any, comes with the next write to that place
	end  bool // what is read is at its end
}

// faultsOf are the ways in which a call may fail.
func faultsOf(c call) []fault {
	failing := func(names ...string) (out []fault) {
		for _, name := range names {
			out = append(out, fault{name: name, err: numbered(name)})
		}
		return out
	}
	short, torn := fault{name: "short write", half: true}, fault{name: "half, then ENOSPC", half: true, err: unix.ENOSPC}
	if c.place == network {
		switch c.name {
		case "socket":
			return failing("EMFILE", "ENOBUFS")
		case "connect":
			return failing("ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH", "ECONNRESET")
		case "write":
			return append(failing("ECONNRESET", "EPIPE", "ETIMEDOUT"), short, fault{name: "half, then ECONNRESET", half: true, err: unix.ECONNRESET})
		case "read":
			return append(failing("ECONNRESET", "ETIMEDOUT"), fault{name: "end", end: true})
		case "close":
			return failing("EIO")
		}
		return nil
	}
	switch c.name {
	case "openat":
		return failing("EIO", "ENOSPC", "EACCES", "EMFILE", "EROFS")
	case "write":
		return append(failing("EIO", "ENOSPC"), short, torn)
	case "read", "list", "stat", "close":
		return failing("EIO")
	case "sync", "truncate":
		return failing("EIO", "ENOSPC")
	case "rename", "mkdir", "unlink", "chmod":
		return failing("EIO", "ENOSPC", "EACCES")
	case "lock":
		return failing("EIO", "ENOLCK")
	case "map":
		return failing("ENOMEM")
	}
	return nil
}

func numbered(name string) unix.Errno {
	for _, each := range []unix.Errno{
		unix.EIO, unix.ENOSPC, unix.EACCES, unix.EMFILE, unix.EROFS, unix.ENOLCK, unix.ENOMEM, unix.ENOBUFS,
		unix.ECONNREFUSED, unix.ETIMEDOUT, unix.EHOSTUNREACH, unix.ECONNRESET, unix.EPIPE,
	} {
		if unix.ErrnoName(each) == name {
			return each
		}
	}
	panic("no error " + name)
}

// A stroke says which call of a run fails, and how.
type stroke struct {
	where string // disk or network
	k     int    // the k-th call there, from 1; 0: none
	turn  int    // which of its faults, in their order, round and round
	stays bool   // what comes after it fails, too: the disk stays full, the provider stays away
}

// disk is where a call is that is not of the network.
const disk = "disk"

func (s stroke) String() string {
	text := fmt.Sprintf("%s call %d, fault %d", s.where, s.k, s.turn)
	if s.stays {
		text += ", and all after it"
	}
	return text
}
