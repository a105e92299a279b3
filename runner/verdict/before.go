package verdict

import (
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

// before settles what the readings before the act decide.
func (w *watch) before(o *outcome) bool {
	t := o.t
	if fields := t.noisyFields(); len(fields) > 0 {
		o.is, o.kind = noisy, NoisyFrame
		o.why = strings.Join(fields, ", ") + " moved by itself before the act"
		o.hint = "name a field that only the act changes, or say `ignore` for this one"
		return t.e.Verb != contracts.Updates || w.allNoisy(t)
	}
	switch t.e.Verb {
	case contracts.Updates:
		return w.beforeUpdate(o)
	case contracts.Deletes, contracts.Shows, contracts.Finds, contracts.Expects, contracts.Creates:
		return w.beforeElse(o)
	case contracts.Sends:
		return w.beforeEvents(o)
	}
	return false
}

// beforeEvents sets aside what comes by itself.
func (w *watch) beforeEvents(o *outcome) bool {
	n := o.t.beforehand()
	if n == 0 {
		return false
	}
	o.is, o.kind = noisy, NoisyFrame
	o.why = o.t.place().who() + " received " + count(n, "event") + " before the act, while everything lay untouched"
	o.hint = "let `where` choose the events of this act alone"
	return true
}

func (w *watch) beforeElse(o *outcome) bool {
	t := o.t
	was := t.beforeWas()
	if was == yes && !w.r.Idle() && (!w.refusal() || t.e.Verb == contracts.Expects) {
		return o.alreadySo(o.t.place().who() + " showed it so before the act")
	}
	if was == dark && t.e.Verb == contracts.Deletes {
		o.unseen(ProbeFailed, t.place().who()+" could not be read before the act")
		return true
	}
	return false
}

// beforeWas is beforeSign of the effect itself, also after a refusal; of a
// `creates` only a listing was read.
func (t *track) beforeWas() sign {
	if t.e.Verb == contracts.Creates && len(t.s.r.Act.Marked) == 0 {
		return no
	}
	return t.beforeSign()
}

func (w *watch) beforeUpdate(o *outcome) bool {
	t := o.t
	if _, there := t.beforeValue(); !there {
		o.unseen(ProbeFailed, t.place().who()+" did not show the thing before the act")
		return true
	}
	if w.r.Idle() {
		return false
	}
	open, all := 0, 0
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, nil) {
		if l.mask.Mask == contracts.MustExist {
			continue
		}
		all++
		if !t.alreadyHad(l.path) {
			open++
		}
	}
	if all == 0 {
		o.unseen(BlindProbe, "nothing that was sent can be read back")
		o.hint = "name in `set` a field that can be read"
		return !w.refusal()
	}
	if open == 0 {
		return o.alreadySo("every field had its value before the act")
	}
	return false
}

// allNoisy reports that no wanted field is left that stands still.
func (w *watch) allNoisy(t *track) bool {
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, nil) {
		if l.mask.Mask != contracts.MustExist && !t.alreadyHad(l.path) && !t.noisyAt(l.path) {
			return false
		}
	}
	return true
}

func (o *outcome) alreadySo(why string) bool {
	o.is, o.kind, o.why = soBefore, AlreadySo, why
	o.hint = "let the contract start from something else: another given thing, or another value"
	return true
}
