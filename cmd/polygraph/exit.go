package main

import (
	"errors"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// The exit codes. Where several fit, the order is 130, 2, 1, 4, 3.
const (
	exitKept         = 0   // kept, or lied as documented
	exitLied         = 1   // lied or broken
	exitUsage        = 2   // mistakes of usage or in contracts; nothing was sent, or a result could not be delivered
	exitInconclusive = 3   // inconclusive, and nothing worse
	exitLeft         = 4   // something of ours is left behind
	exitInterrupted  = 130 // after clean-up
)

// A failure ends a command with a code, after its message, if it has one.
type failure struct {
	code int
	err  error // nil: everything has been said
}

func (f *failure) Error() string {
	if f.err == nil {
		return ""
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// exit ends a command that has said all there is to say.
func exit(code int) error {
	if code == exitKept {
		return nil
	}
	return &failure{code: code}
}

// codeOf is the exit code for what a command returned: what is not a failure is
// a mistake of usage.
func codeOf(err error) int {
	var f *failure
	switch {
	case err == nil:
		return exitKept
	case errors.As(err, &f):
		return f.code
	}
	return exitUsage
}

// codeOfRun is the exit code of a finished run.
func codeOfRun(run *engine.Finished) int {
	c := engine.Count(run.Results)
	switch {
	case run.Interrupted:
		return exitInterrupted
	case c.Lied+c.Broken > 0:
		return exitLied
	case c.Left > 0:
		return exitLeft
	case c.Inconclusive > 0:
		return exitInconclusive
	}
	return exitKept
}
