package verdict

import (
	"fmt"
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// An outcome is what became of an effect at one place: a content, or one of
// these.
const (
	applied    content = "applied"
	late       content = "late"
	reverted   content = "reverted"
	flapping   content = "flapping"
	split      content = "split"
	soBefore   content = "already-so"
	noisy      content = "noisy"
	unobserved content = "unobserved"
	left       content = "trace"
	clean      content = "no trace"
)

// An outcome is a content with its evidence.
type outcome struct {
	t       *track
	is      content
	kind    Kind          // of unobserved
	why     string        // of what could not be told
	hint    string        // what would settle it
	g       *glance       // the reading that shows it; nil for none
	sight   seeing        // what was used
	foreign bool          // somebody else could have caused it
	since   time.Duration // of applied and late: since when
	lost    time.Duration // of reverted: when it was first seen gone
	gone    bool          // after a refusal: a trace was seen, and was gone again
}

// outcome judges the track. The watch says which tracks ran out of time, and
// from when the final reads count.
func (w *watch) outcome(t *track) *outcome { return w.blamed(w.became(t)) }

// became is the outcome by the effect's own places.
func (w *watch) became(t *track) *outcome {
	o := &outcome{t: t}
	if w.before(o) {
		return o
	}
	if w.refusal() {
		return w.afterRefusal(o)
	}
	if t.guard() {
		return w.guarded(o)
	}
	st := t.standing()
	if !st.applied && !w.isOut(t) {
		return o.unseen(t.dark())
	}
	end := pending
	if w.closing {
		end = t.end(w.z)
	}
	switch {
	case end == endedNo:
		return w.ended(o)
	case end == endedMixed:
		return o.wavers()
	case st.applied:
		return o.holds(st)
	case end == endedYes:
		since, _ := t.running()
		return o.holds(stand{applied: true, since: since, late: t.lateAt(since)})
	}
	return o.unseen(t.dark())
}

func (o *outcome) unseen(kind Kind, why string) *outcome {
	o.is, o.kind, o.why = unobserved, kind, why
	if o.hint = "run it again"; kind == BlindProbe {
		o.hint = "look with eyes that surely see it (as: owner), add one more account, or put there a thing that stays"
	}
	if o.t.e.Verb == contracts.Sends {
		o.hint = o.t.hearing(kind)
	}
	o.g = o.t.lastKnown()
	return o
}

func (o *outcome) holds(st stand) *outcome {
	t := o.t
	o.since = st.since
	o.g = t.lastSaying(yes)
	if o.is == noisy { // a wanted field that stands still is right, another cannot be judged
		return o
	}
	if o.is = applied; st.late {
		o.is = late
		o.foreign = t.shared()
	}
	if t.e.Verb == contracts.Deletes || t.e.Verb == contracts.Hides || t.e.never() {
		if o.sight = t.sight(); !o.sight.ok {
			return o.unseen(BlindProbe, o.sight.lack)
		}
	}
	return o
}

func (o *outcome) wavers() *outcome {
	o.is, o.kind, o.g = flapping, Flapping, o.t.lastKnown()
	o.why = o.t.place().who() + " gave contradicting answers to the end"
	o.hint = "a longer `within` or `stays`, or a place that is read from one replica"
	return o
}

// ended judges final reads that all say no.
func (w *watch) ended(o *outcome) *outcome {
	t := o.t
	o.g = t.lastSaying(no)
	o.is, o.kind = o.g.content, ""
	if !t.agreed(o.g.content, w.z) {
		return o.wavers()
	}
	if o.is == missing || o.is == altered && o.g.Reading.Known == Absent {
		if seen := t.lastSaying(yes); seen != nil && seen.at < o.g.at {
			o.is, o.since, o.lost = reverted, seen.at, t.lostAt(seen)
		}
	}
	if o.is == exposed {
		return o
	}
	if o.is == missing || o.is == altered && o.g.Reading.Known == Absent {
		if o.sight = t.sight(); !o.sight.ok {
			return o.unseen(BlindProbe, o.sight.lack)
		}
	}
	o.foreign = o.is == collateral || (o.is == missing || o.is == reverted) && t.shared() ||
		(o.is == altered || o.is == reverted) && w.besideUntil(o.g.GotAt) != nil ||
		o.is == missing && w.removedBeside(t.key, o.g.GotAt) ||
		t.e.Verb == contracts.Sends && (o.is != missing || t.fledgling())
	if o.is == duplicated && w.r.Act.Sends != 1 {
		return o.unseen(ProbeFailed, fmt.Sprintf("the act was sent %d times", w.r.Act.Sends))
	}
	w.bereft(o)
	return o
}

// agreed reports that every final no has the same content.
func (t *track) agreed(c content, z time.Duration) bool {
	tail := t.tail(z)
	for i := len(tail) - 1; i >= 0 && tail[i].sign == no; i-- {
		if tail[i].content != c {
			return false
		}
	}
	return true
}

// lostAt is when the first reading after the last yes came that says no.
func (t *track) lostAt(seen *glance) time.Duration {
	for i := range t.looks {
		if g := &t.looks[i]; g.sign == no && seen.before(g) {
			return g.at
		}
	}
	return 0
}

func (t *track) lastSaying(s sign) *glance {
	for i := len(t.looks) - 1; i >= 0; i-- {
		if t.looks[i].sign == s {
			return &t.looks[i]
		}
	}
	return nil
}

// besideUntil gives an act of ours on the same account that fell between this
// act and a moment; nil for none.
func (w *watch) besideUntil(until time.Duration) *Beside {
	for i := range w.r.Beside {
		if b := &w.r.Beside[i]; b.SentAt < until && b.SaidAt > w.r.Act.SentAt {
			return b
		}
	}
	return nil
}

// removedBeside reports a deletion of ours on the same account that named this identity, and
// may have come after the act: where an identity is handed out again, a deletion that was meant
// for who had it before, or that is sent twice, hits what has just been made.
func (w *watch) removedBeside(key string, until time.Duration) bool {
	return key != "" && slices.ContainsFunc(w.r.Beside, func(b Beside) bool {
		return b.SentAt < until && b.SaidAt > w.r.Act.SentAt && slices.Contains(b.Gone, key)
	})
}

// guarded judges keeps, and hides of what was hidden before.
func (w *watch) guarded(o *outcome) *outcome {
	t := o.t
	if g := t.exposure(); t.e.Verb == contracts.Hides && g != nil && w.over(t) {
		o.is, o.g = exposed, g // also where it was hidden again: it was never to be shown
		o.foreign = w.given(t.e.Thing)
		return o
	}
	if t.e.Verb == contracts.Keeps && t.beforeDark() {
		return o.unseen(ProbeFailed, t.place().who()+" could not be read before the act")
	}
	end := pending
	if w.closing {
		end = t.end(w.z)
	}
	switch last := t.lastKnown(); {
	case end == endedNo:
		return w.ended(o)
	case end == endedMixed:
		return o.wavers()
	case last == nil || last.sign == no || w.unfinished(t):
		return o.unseen(t.dark())
	}
	return o.holds(stand{applied: true, since: t.s.r.Act.SaidAt})
}

// given reports a thing that was made before the act. What was hidden when the act
// was sent may then have been on its way to the place since it was made, and would
// have come without the act: only a thing that rested tells.
func (w *watch) given(name string) bool {
	for i := range w.r.Things {
		if thing := &w.r.Things[i]; thing.Name == name && thing.MadeAt < w.r.Act.SentAt {
			return true
		}
	}
	return false
}

// over reports that the watch of a guard was carried to its end.
func (w *watch) over(t *track) bool {
	if last := t.lastKnown(); last != nil && last.sign == yes {
		return !w.unfinished(t)
	}
	return w.closing && t.end(w.z) != pending
}

// exposure is the first reading since the act that shows what is hidden.
func (t *track) exposure() *glance {
	for _, list := range [][]glance{t.early, t.looks} {
		for i := range list {
			if list[i].sign == no {
				return &list[i]
			}
		}
	}
	return nil
}

func (t *track) beforeDark() bool {
	for i := range t.place().Before {
		if k := t.place().Before[i].Known; k == Value || k == Absent {
			return false
		}
	}
	return true
}

// afterRefusal judges whether a refused act left a trace.
func (w *watch) afterRefusal(o *outcome) *outcome {
	t := o.t
	if t.idle() {
		o.is = clean
		return o
	}
	if t.e.Verb != contracts.Creates && t.e.Verb != contracts.Finds && t.e.Verb != contracts.Sends && t.beforeDark() {
		return o.unseen(ProbeFailed, t.place().who()+" could not be read before the act")
	}
	end := pending
	if w.closing {
		end = t.end(w.z)
	}
	switch last := t.lastKnown(); {
	case end == endedNo:
		o.g = t.lastSaying(no)
		o.is, o.foreign = left, o.g.trace.foreign
		w.bereft(o)
		return o
	case end == endedMixed:
		return o.wavers()
	case w.unfinished(t) || last == nil || last.sign != yes || t.e.Verb != contracts.Finds && last.at < max(t.deadline(), t.refusedUntil()):
		return o.unseen(t.dark())
	default:
		o.g, o.gone = last, t.lastSaying(no) != nil
	}
	o.is = clean
	if t.e.Verb == contracts.Finds {
		if o.sight = t.contrast(); !o.sight.ok {
			return o.unseen(BlindProbe, o.sight.lack)
		}
	}
	if t.e.Verb == contracts.Creates || t.e.Verb == contracts.Shows || t.e.Verb == contracts.Hides || t.e.Verb == contracts.Sends {
		if o.sight = t.sight(); !o.sight.ok {
			return o.unseen(BlindProbe, o.sight.lack)
		}
	}
	return o
}

// dark says why a place could not be judged, by what its last reads gave.
func (t *track) dark() (Kind, string) {
	who := t.place().who()
	if t.e.Verb == contracts.Sends {
		return t.deaf()
	}
	if len(t.tried) == 0 {
		if t.mirrored() {
			return BlindProbe, "nothing names the thing that was made: no key in the reply, and no listing shows our marker"
		}
		return Interrupted, who + " was not read after the act"
	}
	for i := len(t.place().Readings) - 1; i >= 0; i-- {
		r := &t.place().Readings[i]
		if r.Known != Unsure {
			continue
		}
		why := who + " could not be read: " + r.Why
		switch {
		case r.Status == 429 || r.Status == 425:
			return RateLimited, why
		case r.Status == 0 && t.place().Look != Expression:
			return Unreachable, why
		}
		return ProbeFailed, why
	}
	if t.lastKnown() == nil {
		return ProbeFailed, who + " never gave a complete listing"
	}
	return Interrupted, who + " was not read to the end"
}

// says is the outcome in words: who saw what, after how long and how many reads.
func (o *outcome) says() string {
	t := o.t
	who := t.place().who()
	if o.g == nil {
		return who + ": " + o.why
	}
	saidAt := t.s.r.Act.SaidAt
	after := fmt.Sprintf(" after %s (%s)", took(o.g.GotAt-saidAt), count(len(t.tried), "read"))
	switch o.is {
	case reverted:
		return fmt.Sprintf("%s showed it until %s after the answer, and %s%s", who, took(o.since-saidAt), o.g.says, after)
	case unobserved, flapping, noisy, soBefore:
		return who + " " + o.g.says + after + "; " + o.why
	case clean:
		return who + " shows no trace" + after
	}
	return who + " " + o.g.says + after
}
