package main

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// An outlet is standard output. It remembers that something could not be written:
// a result that nobody got is no success, whatever the command says.
type outlet struct {
	to  io.Writer
	err error // the first; after it nothing more is written, or there would be a gap
}

func (o *outlet) Write(text []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.to.Write(text)
	o.err = err
	return n, err
}

// outliveReaders has a write to a pipe that nobody reads any more fail, as one to a
// full disk does. By itself Go ends the process there, and a run or a sweep that has
// something to say in the middle would never come to its end.
func outliveReaders() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // nobody looks: that it is wanted is all
}

// delivered is the exit code of a command that has done its work, now that it is
// known whether its results have arrived. said is what was complained of already.
func (c *console) delivered(code int, said error, o *outlet) int {
	if o.err == nil || code == exitInterrupted {
		return code
	}
	if !errors.Is(said, o.err) && !o.deserted(o.err) {
		c.warn("print the results: %v", o.err)
	}
	return exitUsage
}

// deserted tells whether an error is that nobody reads any more. A reader that went
// away, such as head, has what it wanted, and is not told.
func (o *outlet) deserted(err error) bool {
	return o.err != nil && errors.Is(err, o.err) && errors.Is(o.err, syscall.EPIPE)
}

// fileOf is the file that a stream goes to, nil where it goes to none.
func fileOf(w io.Writer) *os.File {
	switch to := w.(type) {
	case *os.File:
		return to
	case *outlet:
		return fileOf(to.to)
	}
	return nil
}
