package verdict

import "time"

// How the final reads are made, by VERDICTS section 2.
const (
	finals      = 3  // known answers that are wanted
	finalReads  = 10 // reads that may be made for them
	mixedFinals = 12 // known answers that are wanted when they contradict each other
	mixedReads  = 22 // reads that may be made for those
)

// A stand is what a track has come to.
type stand struct {
	applied bool
	since   time.Duration // first yes of the run that holds
	settled time.Duration // when the reading that settled it had come
	late    bool
}

// holds works out since when the effect holds: from the first yes, or, with
// `stays`, from the first yes of a run without a no that lasts long enough.
func (t *track) standing() stand {
	var run *glance
	var st stand
	for i := range t.looks {
		g := &t.looks[i]
		switch g.sign {
		case no:
			run = nil
		case yes:
			if run == nil {
				run = g
			}
			if g.at >= run.at+t.w.Stays {
				st = stand{applied: true, since: run.at, settled: g.GotAt}
				st.late = t.lateAt(st.since)
				return st
			}
		}
	}
	return st
}

// lateAt reports that a no was sent at or after the deadline and before s. Where
// no read was sent in time, it was in time for all we know. A sibling that was passed
// over and is there again says nothing of when the thing went.
func (t *track) lateAt(s time.Duration) bool {
	if t.dueToUs() {
		return false
	}
	for i := range t.looks {
		g := &t.looks[i]
		if g.sign == no && g.at >= t.deadline() && g.at < s && !(g.content == collateral && len(g.Missing) > 0) {
			return true
		}
	}
	return false
}

// running gives the start of the run without a no that the readings end in.
func (t *track) running() (time.Duration, bool) {
	start, found := time.Duration(0), false
	for i := range t.looks {
		switch g := &t.looks[i]; {
		case g.sign == no:
			found = false
		case g.sign == yes && !found:
			start, found = g.at, true
		}
	}
	return start, found
}

// lastKnown is the last reading that says something; nil for none.
func (t *track) lastKnown() *glance {
	for i := len(t.looks) - 1; i >= 0; i-- {
		if t.looks[i].sign != dark {
			return &t.looks[i]
		}
	}
	return nil
}

// An ending is what the final reads of a track have come to.
type ending int8

const (
	pending    ending = iota // more reads are wanted
	endedYes                 // all say yes, or the last long run does
	endedNo                  // all say no, likewise
	endedMixed               // they contradict each other to the end
	endedDark                // too few known answers
)

// tail are the known readings sent from z on.
func (t *track) tail(z time.Duration) []*glance {
	var list []*glance
	for i := range t.looks {
		if g := &t.looks[i]; g.sign != dark && g.at >= z {
			list = append(list, g)
		}
	}
	return list
}

// triedSince counts the reads sent from z on, whatever they gave.
func (t *track) triedSince(z time.Duration) int {
	n := 0
	for _, sent := range t.tried {
		if sent >= z {
			n++
		}
	}
	return n
}

// end judges the final reads from z on.
func (t *track) end(z time.Duration) ending {
	tail, tried := t.tail(z), t.triedSince(z)
	if len(tail) < finals {
		if tried >= finalReads {
			return endedDark
		}
		return pending
	}
	if last := tail[len(tail)-1].sign; uniform(tail) && (last == yes || t.outlasts()) {
		return endedAs(last)
	}
	if len(tail) < mixedFinals && tried < mixedReads {
		return pending
	}
	if len(tail) < mixedFinals {
		return endedMixed
	}
	run, broken := runs(tail)
	if run >= finals && run >= 2*broken {
		return endedAs(tail[len(tail)-1].sign)
	}
	return endedMixed
}

func endedAs(s sign) ending {
	if s == yes {
		return endedYes
	}
	return endedNo
}

func uniform(list []*glance) bool {
	for _, g := range list {
		if g.sign != list[0].sign {
			return false
		}
	}
	return true
}

// runs gives the length of the last run, and of the longest earlier one of the
// same sign, which the other sign once broke.
func runs(list []*glance) (last, broken int) {
	sign, n := list[len(list)-1].sign, 0
	for _, g := range list {
		if g.sign == sign {
			n++
			continue
		}
		broken, n = max(broken, n), 0
	}
	return n, broken
}

// outlasts guards against calling a replica that wavers a revert: once an effect
// has been seen, lost and seen again, three readings without it are no proof. The
// last run must be twice as long as the longest that ended once.
func (t *track) outlasts() bool {
	var seen []*glance
	for i := range t.looks {
		if g := &t.looks[i]; g.sign == yes || g.sign == no && len(seen) > 0 {
			seen = append(seen, g)
		}
	}
	if len(seen) == 0 {
		return true
	}
	last, broken := runs(seen)
	return last >= 2*broken
}
