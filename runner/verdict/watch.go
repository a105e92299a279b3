package verdict

import (
	"slices"
	"sort"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A Due is a place that must be read again.
type Due struct {
	Place int           `json:"place"` // index in Record.Places
	At    time.Duration `json:"at"`    // not before; on the record's clock, may be past
	Why   string        `json:"why"`
}

// The gaps between reads of a place whose effect is missing.
const (
	firstGap  = 30 * time.Millisecond
	firstPace = 50 * time.Millisecond
	longGap   = 2 * time.Second
)

// Next is the watch: the places that must be read again, as far as the record
// goes, by place. It is asked after each reading; nothing due means that the
// watch is over and the record can be judged. Good news ends a watch early, bad
// news only after patience and final reads. It ends, whatever is read: every
// phase is bounded by a time of the contract or by a number of reads.
func Next(r *Record) []Due {
	if r.Act == nil || r.Act.Untouched || r.Halt != nil {
		return nil
	}
	var list []Due
	for _, p := range watches(r) {
		list = p.dues(list)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Place < list[j].Place })
	return list
}

// A watch collects what is due, and what has run out of time.
type watch struct {
	*scene
	due     map[int]Due
	waits   map[*track]bool // tracks for which reads are due
	out     []*track        // tracks that ran out of time
	closing bool            // final reads are made, or have been
	z       time.Duration   // from when they count
	held    bool            // items of the same call are still watched
	since   time.Duration   // when the last of them was settled
}

// look plans the watch of a record. Its act must not be nil.
func look(r *Record) *watch {
	return lookAfter(r, false, 0)
}

// lookAfter plans the watch of what belongs to the same call as items that are watched
// beside it: its guards are read when those are settled.
func lookAfter(r *Record, held bool, since time.Duration) *watch {
	w := &watch{scene: lay(r), due: map[int]Due{}, waits: map[*track]bool{}, held: held, since: since}
	w.plan()
	return w
}

// unfinished reports that the record ends before the watch of the track does.
func (w *watch) unfinished(t *track) bool { return w.waits[t] }

func (w *watch) isOut(t *track) bool { return slices.Contains(w.out, t) }

// want asks for a place, not before at; the earliest wish counts.
func (w *watch) want(place int, at time.Duration, why string) {
	if d, asked := w.due[place]; !asked || at < d.At {
		w.due[place] = Due{Place: place, At: at, Why: why}
	}
}

// plan asks each track whether it is settled, waits, or has run out of time.
// While any waits, those that have run out wait with it; then the final reads of
// every place are made together.
func (w *watch) plan() {
	settled, after := !w.pending() && !w.held, w.since
	for _, t := range w.tracks {
		if t.idle() || w.guards(t) || w.job.is == underWay {
			continue
		}
		switch st := w.state(t); st {
		case waiting:
			settled = false
		case exhausted:
			settled = false
			w.out = append(w.out, t)
		default:
			after = max(after, t.settledAt())
		}
	}
	for _, t := range w.tracks {
		if t.idle() || !w.guards(t) {
			continue
		}
		if w.guardState(t, settled, after) == exhausted {
			w.out = append(w.out, t)
		}
	}
	if len(w.out) > 0 {
		w.final()
	}
}

// guards reports a track that is read last. After a refusal every track is
// watched alike.
func (w *watch) guards(t *track) bool { return !w.refusal() && t.guard() }

// idle reports a track that needs no reading of its own.
func (t *track) idle() bool {
	return t.mirrored() || t.e.Verb == contracts.Sends && t.place().Look != Inbox || t.e.Verb == contracts.Finds && t.s.refusal() && !t.s.nothing()
}

// A state is where a track is in its watch.
type state int8

const (
	resting   state = iota // settled
	waiting                // a read is due
	exhausted              // past patience: final reads
)

// state asks for the next read of a track that is no guard.
func (w *watch) state(t *track) state {
	if w.refusal() {
		return w.clean(t)
	}
	if t.standing().applied && (w.claim != contracts.Unclear || t.knownFrom(t.deadline())) {
		return resting
	}
	if start, ok := t.running(); ok {
		return w.holding(t, start+t.w.Stays)
	}
	return w.missing(t)
}

// clean watches after a refusal: to the deadline, and one known reading from it on.
func (w *watch) clean(t *track) state {
	end := max(t.deadline(), t.refusedUntil())
	last := t.lastKnown()
	if last != nil && last.sign == yes && t.e.Verb == contracts.Finds {
		return resting // the reply leaves the thing out, as it should: good news ends a watch early
	}
	if last != nil && last.at >= end {
		if last.sign == yes {
			return resting
		}
		return exhausted
	}
	if t.lastTried() >= end && t.lastTried() >= t.patience() {
		return exhausted
	}
	if t.lastTried() < end {
		return w.ask(t, min(t.lastTried()+t.gap(2.5, 5), end), "refused: watched to the deadline")
	}
	return w.ask(t, t.lastTried()+t.gap(1.5, 5), "refused: one known reading after the deadline")
}

// refusedUntil is the end of `stays` for effects that are watched from the act on.
func (t *track) refusedUntil() time.Duration {
	if t.e.Verb == contracts.Keeps || t.e.Verb == contracts.Hides || t.e.never() {
		return t.until()
	}
	return 0
}

// holding watches an effect that is there and must stay, to the end of `stays`.
func (w *watch) holding(t *track, end time.Duration) state {
	last := t.lastTried()
	if w.claim == contracts.Unclear {
		end = max(end, t.deadline())
	}
	if last >= end && last >= t.patience() {
		return exhausted
	}
	if last < end {
		return w.ask(t, min(last+t.staysGap(), end), "there: must stay")
	}
	return w.ask(t, last+t.staysGap(), "there: must stay, and the last read was not clear")
}

// missing watches an effect that is not there, with growing gaps, with a read at
// the deadline, to the end of patience.
func (w *watch) missing(t *track) state {
	last, deadline, end := t.lastTried(), t.deadline(), t.patience()
	if w.follows(t) {
		w.waits[t] = true
		return waiting
	}
	if len(t.tried) == 0 {
		return w.ask(t, w.job.from, "first look")
	}
	next := last + t.pace()
	if last < deadline && next > deadline-t.pace()/2 {
		next = deadline
	}
	if last >= end || next >= end && last >= deadline {
		return exhausted
	}
	return w.ask(t, min(next, max(end, deadline)), "missing")
}

// follows reports a listing that need not be read yet: the thing that is created is
// looked for by its key, has not been seen there, and the deadline is still to come. A
// listing is the dearest read of all, and shows nothing that comes before the thing
// itself; where it did, the watch would see it all the same, a little later.
func (w *watch) follows(t *track) bool {
	if t.e.Verb != contracts.Creates || t.place().Look != Listing {
		return false
	}
	for _, lead := range w.tracks {
		if lead.effect != t.effect || lead.place().Look != ByKey || lead.idle() {
			continue
		}
		if lead.lastTried() < min(lead.deadline(), lead.patience(), t.deadline()) && lead.lastSaying(yes) == nil {
			return true
		}
	}
	return false
}

// guardState asks for the reads of keeps and hides: after all else has settled,
// and to the end of `stays`.
func (w *watch) guardState(t *track, settled bool, after time.Duration) state {
	last := t.lastKnown()
	bad := last != nil && last.sign == no
	if !settled && !bad && t.e.Verb == contracts.Keeps {
		return resting
	}
	end := t.until()
	if settled {
		end = max(end, after, w.job.from)
	}
	switch {
	case bad:
		return exhausted
	case last != nil && last.at >= end:
		return resting
	case t.lastTried() >= end && t.lastTried() >= t.patience():
		return exhausted
	case t.e.Verb == contracts.Hides && t.lastTried() < end:
		gap := t.staysGap()
		if len(t.tried) == 0 {
			gap = 0
		}
		if next := max(t.lastTried(), w.r.Act.SaidAt) + gap; settled || next < end {
			return w.ask(t, min(next, end), "must stay hidden")
		}
		return resting
	case t.lastTried() < end:
		return w.ask(t, end, "must be as before")
	}
	return w.ask(t, t.lastTried()+t.gap(1.5, 5), "the last read was not clear")
}

func (w *watch) ask(t *track, at time.Duration, why string) state {
	if len(t.tried) == 0 && !w.guards(t) {
		at, why = w.job.from, "first look"
	}
	w.want(t.w.Place, at, why)
	w.waits[t] = true
	if t.e.Fails != nil {
		w.want(*t.e.Fails, at, "may have failed")
	}
	return waiting
}

// final asks for the final reads of every place, from the longest patience of
// those that have run out of it.
func (w *watch) final() {
	z := time.Duration(0)
	for _, t := range w.out {
		z = max(z, t.patienceFor())
	}
	if w.z, w.closing = z, true; len(w.due) > 0 {
		return
	}
	for _, t := range w.tracks {
		if !t.idle() && t.end(z) == pending {
			w.want(t.w.Place, max(z, t.lastTried()+t.spacing(z)), "final read")
		}
	}
	w.witness(z)
}

// patienceFor is patience; of a guard at least to the end of `stays`.
func (t *track) patienceFor() time.Duration {
	if t.guard() || t.s.refusal() {
		return max(t.patience(), t.refusedUntil())
	}
	return t.patience()
}

// spacing is the gap between final reads. The first may be made at once.
func (t *track) spacing(z time.Duration) time.Duration {
	if t.triedSince(z) == 0 {
		return 0
	}
	return t.w.spacing()
}

// spacing is the gap between final reads at a place.
func (w Where) spacing() time.Duration {
	return min(max(w.Within/20, 100*time.Millisecond), 10*time.Second)
}

// Longest is how long a place is watched at the longest, from the answer on, if it can be
// read: to the end of its patience, and what it showed then to the end of `stays`, with
// the final reads.
func (w Where) Longest() time.Duration { return w.Patience + w.Stays + finals*w.spacing() }

// witness asks other places to see the thing that a reply of `finds` lacks.
func (w *watch) witness(z time.Duration) {
	for _, t := range w.tracks {
		if t.e.Verb != contracts.Finds || t.s.nothing() {
			continue
		}
		for _, i := range t.witnesses() {
			seen, tried := w.seenFrom(i, z)
			if !seen && tried < finalReads {
				w.want(i, max(z, w.lastSent(i)+t.spacing(z)*time.Duration(min(tried, 1))), "witness")
			}
		}
	}
}

// seenFrom reports a known reading of the place sent from z on, and how many
// were tried.
func (s *scene) seenFrom(place int, z time.Duration) (bool, int) {
	seen, tried := false, 0
	for _, r := range s.r.Places[place].Readings {
		if r.SentAt >= z {
			tried++
			seen = seen || r.Known != Unsure && r.SentAt-r.Age >= z
		}
	}
	return seen, tried
}

func (s *scene) lastSent(place int) time.Duration {
	last := time.Duration(0)
	for _, r := range s.r.Places[place].Readings {
		last = max(last, r.SentAt)
	}
	return last
}

// lastTried is when the last read was sent, whatever it gave.
func (t *track) lastTried() time.Duration {
	if len(t.tried) == 0 {
		return t.s.job.from
	}
	return t.tried[len(t.tried)-1]
}

// pace is the time to the next read of a place where the effect is missing: a sixth
// of what it has been waited for, so that a wait takes at most that much longer than it
// has to, and its reads grow in number with its logarithm.
func (t *track) pace() time.Duration {
	longest := min(max(t.w.Within/10, firstGap), longGap)
	waited := t.lastTried() - t.s.job.from
	return min(max(waited/6, firstPace), longest)
}

// gap is the time to the next read of a place that is watched though nothing should
// happen there. It grows with the number of reads, to a twelfth of `within` and at most two seconds:
// what a missed read costs is waited for by everything that follows.
func (t *track) gap(growth float64, share time.Duration) time.Duration {
	longest := min(max(t.w.Within/share, firstGap), longGap)
	gap := float64(firstGap)
	for range t.tried {
		if gap *= growth; gap >= float64(longest) {
			return longest
		}
	}
	return time.Duration(gap)
}

// staysGap is the time to the next read of a place at which nothing may change.
func (t *track) staysGap() time.Duration {
	return min(max(t.w.Stays/5, 50*time.Millisecond), longGap)
}

func (t *track) knownFrom(from time.Duration) bool {
	g := t.lastKnown()
	return g != nil && g.at >= from
}

// settledAt is when the reading came that settled the track.
func (t *track) settledAt() time.Duration { return t.standing().settled }
