package verdict

import (
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// What somebody else could have caused is accused only from an attempt in which nobody of
// ours could: alone on its account, after a rest. Accounts may look at the same world. Two
// cells that each have their account to themselves, and compare one counter with what it was
// before, move it for each other, and as they go in step, in every attempt: the one adds while
// the clean-up of the other takes away. So what ran on other accounts meanwhile counts, too.

// askAgain is the attempt that would settle an outcome of which somebody else may be the author.
func (w *watch) askAgain(o *outcome) *Again {
	return &Again{Rest: w.rest(o), Why: o.says(), Everywhere: w.meddled(o)}
}

// meddled reports a write of ours on another account before the reading that decides an
// outcome. One from before the readings that it is compared with counts as well: its effect
// may have been on its way.
func (w *watch) meddled(o *outcome) bool {
	return !w.r.Cell.Quiet && w.abroadUntil(o) != nil
}

func (w *watch) abroadUntil(o *outcome) *Beside {
	until := time.Duration(1<<63 - 1)
	if o.g != nil {
		until = o.g.GotAt
	}
	for i := range w.r.Abroad {
		if w.r.Abroad[i].SentAt < until {
			return &w.r.Abroad[i]
		}
	}
	return nil
}

// settleAgain turns every charge that needs another attempt into noisy-frame, unless this
// is that attempt. It gives the longest rest that is needed.
func (w *watch) settleAgain(charges []*charge) *Again {
	var again *Again
	for _, c := range charges {
		if c.again == nil || w.second() && !c.again.Everywhere {
			continue
		}
		switch {
		case again == nil:
			again = &Again{}
			*again = *c.again
		case c.again.Rest > again.Rest:
			again.Rest, again.Why = c.again.Rest, c.again.Why
		}
		again.Everywhere = again.Everywhere || c.again.Everywhere
		c.noisyFrame()
	}
	return again
}

// second reports an attempt that may accuse where somebody else could be the
// author: alone on its account, and after the rest that an earlier attempt asked
// for. An attempt that only follows a throttled one has not rested.
func (s *scene) second() bool {
	if s.r.Cell.Attempt < 2 || !s.r.Cell.Alone {
		return false
	}
	for _, earlier := range s.r.Earlier {
		if !Retry(earlier) {
			return true
		}
	}
	return s.r.Cell.Rest > 0
}

// shared reports an expression over what is not ours: everybody may move what it compares.
func (t *track) shared() bool { return t.e.Verb == contracts.Expects && !t.e.Ours }

// blamed asks of an outcome that speaks against the act whether somebody else may be its
// author, and sets an expression aside that compares what moved while everything lay untouched.
func (w *watch) blamed(o *outcome) *outcome {
	o.foreign = o.foreign || w.common(o)
	moved := o.t.place().Stirred
	if !o.foreign || !o.t.shared() || len(moved) == 0 || !w.second() {
		return o
	}
	o.is, o.kind, o.foreign = noisy, NoisyFrame, false
	o.why = strings.Join(moved, ", ") + " moved by itself before the act, while everything lay untouched"
	o.hint = "run it where nobody else moves it, or compare what only the act changes"
	return o
}

// common reports something amiss with a thing that was found and not made, while somebody
// of ours wrote on another account: there it may be the same settings, the same project, and
// have been put back by its own clean-up.
func (w *watch) common(o *outcome) bool {
	switch o.is {
	case missing, reverted, dropped, altered, collateral, late, left:
		e := o.t.e
		return e.Verb == contracts.Updates && !o.t.ours() && !w.creates(e.Thing) && w.abroadUntil(o) != nil
	}
	return false
}
