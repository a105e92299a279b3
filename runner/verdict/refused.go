package verdict

import (
	"fmt"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

// refused judges what was said not to have been done.
func (w *watch) refused(deeds []*deed) []*charge {
	list := w.traces(w.r, deeds)
	marked := false
	for _, c := range list {
		marked = marked || c.again == nil && c.Class == Lied
	}
	answer := w.refusalItself(deeds, marked)
	if len(answer) == 0 || answer[0].Class == Inconclusive {
		list = append(list, w.undecided(deeds)...)
	}
	list = append(list, answer...)
	// The contract's `expect` speaks of the reply to those who may; a case says its own.
	turnedAway := !w.r.Wanted.Case && w.barred() && w.accepted()
	if e := w.unexpected(nil); !turnedAway && len(e) > 0 && e[len(e)-1].Kind == UnexpectedReply {
		list = append(list, e[len(e)-1])
	}
	return list
}

// traces charges what a refused act left behind.
func (w *watch) traces(r *Record, deeds []*deed) []*charge {
	var list []*charge
	for _, d := range deeds {
		for _, o := range d.outs {
			if o.is != left {
				continue
			}
			kind := ErrorLeftATrace
			switch {
			case w.claim != contracts.Refused:
				kind = w.traced(o)
			case o.g.trace.full && r.Act.Status/100 != 5:
				kind = PhantomWrite
			}
			if o.g.trace.blind || o.foreign && o.t.restless() {
				kind = NoisyFrame
			}
			c := w.charge(kind, d, o)
			if w.claim == contracts.Refused && r.Act.Status/100 == 5 {
				c.Reason += "; a 5xx is no negative answer here"
			}
			if kind == NoisyFrame {
				c.Reason, c.again = d.e.Sentence+": "+o.g.trace.what+", and such items appear without us", nil
				c.Hint = "let the case keep a field with ${unique} in it"
			}
			list = append(list, c)
		}
	}
	return list
}

// undecided charges places that could not be judged.
func (w *watch) undecided(deeds []*deed) []*charge {
	var list []*charge
	for _, d := range deeds {
		for _, o := range d.outs {
			switch o.is {
			case soBefore, noisy, unobserved, flapping:
				list = append(list, w.charge(o.kind, d, o))
			}
		}
	}
	return list
}

// refusalItself charges the answer where it is not the one that was expected.
func (w *watch) refusalItself(deeds []*deed, marked bool) []*charge {
	act := w.r.Act
	if Retry(w.r) && act.Status != 503 {
		c := w.plain(RateLimited, said(act)+", and so to the last attempt")
		c.Hint = "a slower `limits` for the target, or a later run"
		return []*charge{c}
	}
	if w.accepted() {
		return nil
	}
	if w.job.is == jobFailed {
		return w.jobRefused(deeds)
	}
	if refusedByBody(act) {
		if marked || w.r.Wanted.Status.refuses() || w.r.Wanted.Status.names(act.Status) {
			return nil
		}
		return []*charge{w.plain(InBandError, said(act))}
	}
	if w.wantsDone() {
		c := w.plain(WasRefused, said(act)+", and it was to be done")
		if act.Says != "" {
			c.Reason = said(act) + " and refused every item, and it was to be done"
		}
		c.Want, c.Got = w.expected(), fmt.Sprint(act.Status)
		c.Reason += w.lacking() + w.unseen(deeds)
		if o := w.replicated(deeds); o != nil {
			c.again = &Again{Rest: w.rest(o), Why: said(act) + ", while " + o.t.place().who() + " shows the thing"}
			c.Place = o.t.w.Place
		}
		return []*charge{c}
	}
	c := w.plain(WrongStatus, fmt.Sprintf("%s, and %s was expected", said(act), w.expected()))
	c.Want, c.Got = w.expected(), fmt.Sprint(act.Status)
	return []*charge{c}
}

func (w *watch) unseen(deeds []*deed) string {
	var list []string
	for _, d := range deeds {
		for _, o := range d.outs {
			if o.is == unobserved {
				list = append(list, o.why)
			}
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "; whether it left a trace could not be seen: " + strings.Join(list, "; ")
}

// replicated finds a place that shows the given thing which the act, answered
// 404, did not find: a replica may not have had it yet.
func (w *watch) replicated(deeds []*deed) *outcome {
	if w.r.Act.Status != 404 {
		return nil
	}
	for _, d := range deeds {
		if d.e.Verb == contracts.Creates {
			continue
		}
		for _, o := range d.outs {
			if g := o.t.lastKnown(); g != nil && o.t.ours() && o.t.place().Look != Expression {
				if _, there := o.t.item(g.Reading); there {
					return o
				}
			}
		}
	}
	return nil
}
