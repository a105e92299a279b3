package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A Probe is a read written in Go: a database, a mailbox. It gives a JSON-like
// value; nil is absent, an error is unknown, and so is a panic: what else the run
// has made must still be cleaned up. It may be called by several cells at once.
// vars are what a contract's expressions see at that moment.
type Probe func(ctx context.Context, account string, vars map[string]any) (any, error)

// ask calls the probe. The end of the context ends the waiting, also for a probe
// that does not listen to it.
func (p Probe) ask(ctx context.Context, account string, vars map[string]any) (any, error) {
	type answer struct {
		value any
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		a := answer{err: errors.New("the probe ended without an answer")} // runtime.Goexit, as t.FailNow does
		defer func() {
			if cause := recover(); cause != nil {
				a = answer{err: fmt.Errorf("the probe panicked: %v", cause)}
			}
			answers <- a
		}()
		value, err := p(ctx, account, vars)
		a = answer{value, err}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// landGo makes a reading of what a probe gave.
func landGo(home landing, reading verdict.Reading) (verdict.Reading, any) {
	switch {
	case home.err != nil:
		return unsure(reading, home.err.Error())
	case home.value == nil:
		reading.Known, reading.Why = verdict.Absent, "the probe gave nothing"
		return reading, expr.Absent
	}
	value := jsonLike(home.value)
	if u, unknown := value.(expr.Unknown); unknown {
		return unsure(reading, u.Why)
	}
	reading.Known, reading.Value = verdict.Value, value
	return reading, value
}
