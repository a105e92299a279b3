package verdict

import (
	"fmt"

	"github.com/polygraph-dev/polygraph/contracts"
)

// The places of a contract for a directive: a filter, a dry run, a precondition. It is
// two calls that must differ: the base, which does what the contract says, and a case
// with `effect: none`, which is answered as expected while nothing comes of it. Such a
// case is watched as a refusal is; what it leaves behind is an ignored directive.

// Base is the probe of the place that shows what the base call of a `finds` replied
// just before a case with `effect: none` acted.
const Base = "base"

// nothing reports an answer that may be a success, and under which nothing may happen.
func (s *scene) nothing() bool {
	return s.r.Wanted.Nothing && (s.claim == contracts.Done || s.claim == contracts.Accepted)
}

// disregarded judges a success under which nothing of the effect may come about.
func (w *watch) disregarded(deeds []*deed) []*charge {
	var list []*charge
	for _, d := range deeds {
		for _, o := range d.outs {
			if o.is == left {
				list = append(list, w.heedless(d, o))
			}
		}
	}
	return append(append(list, w.undecided(deeds)...), w.unexpected(deeds)...)
}

// heedless charges what came about though the act was told not to do it.
func (w *watch) heedless(d *deed, o *outcome) *charge {
	kind := IgnoredDirective
	if o.g.trace.blind || o.foreign && o.t.restless() {
		kind = NoisyFrame
	}
	c := w.charge(kind, d, o)
	c.Reason = d.e.Sentence + ": nothing was to come of it, and " + o.t.place().who() + " " + o.g.trace.what
	if kind == NoisyFrame {
		c.again, c.Hint = nil, "let the case keep a field with ${unique} in it"
	}
	return c
}

// unconditional reports an act that was to be refused with 412 for the precondition
// that it carried, and was done: RFC 9110, 13.1, forbids to perform a method whose
// precondition is false. That it is false is for the contract to know, and 412 says it.
func (w *watch) unconditional(deeds []*deed) bool {
	act := w.r.Act
	if act.Condition == "" || !w.r.Wanted.Status.names(412) || !all(deeds) {
		return false
	}
	for _, d := range deeds {
		if !d.guard() && d.present() {
			return true
		}
	}
	return false
}

// contrast asks that the same call without the directive showed the thing just before
// the act: what was in neither reply was not left out by the directive.
func (t *track) contrast() seeing {
	for i := range t.s.r.Places {
		p := &t.s.r.Places[i]
		if p.Probe != Base || p.Thing != t.e.Thing {
			continue
		}
		plain := *t
		plain.w.Place = i
		for j := range p.Before {
			if _, there := plain.item(&p.Before[j]); there {
				return seeing{ok: true, by: fmt.Sprintf("%s, the base, showed it before the act", p.who())}
			}
		}
	}
	return seeing{lack: "the base call did not show it before the act either, so that the two cannot differ"}
}
