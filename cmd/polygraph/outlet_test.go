package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// A fullDisk takes so many bytes and no more.
type fullDisk struct {
	room int
	err  error
	got  bytes.Buffer
}

func (d *fullDisk) Write(text []byte) (int, error) {
	n := min(len(text), d.room-d.got.Len())
	d.got.Write(text[:n])
	if n < len(text) {
		return n, d.err
	}
	return n, nil
}

func TestOutlet(t *testing.T) {
	for _, each := range []struct {
		name string
		room int
		err  error
		code int   // of the command
		said error // wrapped: what was complained of; nil: nothing
		want int
		warn bool
	}{
		{"all is delivered", 100, nil, exitLied, nil, exitLied, false},
		{"what was kept is not delivered", 4, syscall.ENOSPC, exitKept, nil, exitUsage, true},
		{"a lie is not delivered", 4, syscall.ENOSPC, exitLied, nil, exitUsage, true},
		{"interrupted, and not delivered", 4, syscall.ENOSPC, exitInterrupted, nil, exitInterrupted, false},
		{"it was complained of", 4, syscall.ENOSPC, exitUsage, syscall.ENOSPC, exitUsage, false},
		{"something else was complained of", 4, syscall.ENOSPC, exitUsage, errors.New("no"), exitUsage, true},
		{"nobody reads", 4, syscall.EPIPE, exitKept, nil, exitUsage, false},
	} {
		t.Run(each.name, func(t *testing.T) {
			var problems strings.Builder
			disk := &fullDisk{room: each.room, err: each.err}
			o := &outlet{to: disk}
			c := &console{out: o, err: &problems}
			for range 3 {
				fmt.Fprint(o, "abc")
			}
			if got, want := disk.got.String(), "abcabcabc"[:min(9, each.room)]; got != want {
				t.Errorf("it wrote %q, want %q", got, want)
			}
			said := each.said
			if said != nil {
				said = fmt.Errorf("print the run: %w", said)
			}
			if got := c.delivered(each.code, said, o); got != each.want || problems.Len() > 0 != each.warn {
				t.Errorf("exit %d, want %d; it says %q", got, each.want, &problems)
			}
		})
	}
}
