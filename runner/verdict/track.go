package verdict

import (
	"slices"
	"sort"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A scene is a record laid out for judging: its claim, and a track for each
// effect at each of its places.
type scene struct {
	r      *Record
	claim  contracts.Claim
	tracks []*track
	lent   bool // the sight of other accounts was asked for
	job    work // of an answer that only promises
	item   int  // it is one item of a bulk call, from 1; 0: a whole call
}

// A track is one effect at one place over time.
type track struct {
	s       *scene
	effect  int
	e       *Effect
	w       Where
	key     string     // identity of the effect's thing; "" while not known
	noise   [][]string // fields that move by themselves
	already [][]string // wanted fields that had their value before
	looks   []glance   // by the time from which they count; sent since the reply
	early   []glance   // of hides: sent between the act and its reply
	tried   []time.Duration
}

// lay lays out a record. Its act must not be nil.
func lay(r *Record) *scene {
	s := &scene{r: ordered(r), claim: Claim(r.Act)}
	if s.job = s.work(); s.job.is == jobFailed {
		s.claim = contracts.Refused
		if r.Act.Says == contracts.Accepted {
			s.claim = contracts.Unclear // the item's own answer had said otherwise
		}
	}
	for i := range r.Effects {
		for _, w := range r.Effects[i].Where {
			s.tracks = append(s.tracks, s.track(i, w))
		}
	}
	return s
}

// ordered is the record with the readings of each place by the time they were
// sent. It is the record itself where they are, as the engine keeps them.
func ordered(r *Record) *Record {
	copied := false
	for i := range r.Places {
		if sort.SliceIsSorted(r.Places[i].Readings, byTime(r.Places[i].Readings)) {
			continue
		}
		if !copied {
			c := *r
			c.Places = append([]Place{}, r.Places...)
			r, copied = &c, true
		}
		r.Places[i].Readings = append([]Reading{}, r.Places[i].Readings...)
		sort.SliceStable(r.Places[i].Readings, byTime(r.Places[i].Readings))
	}
	return r
}

// byTime orders readings. Two that were sent at the same moment are told apart by
// when they came, then by their exchange, so that the order in which a record
// holds them never matters.
func byTime(list []Reading) func(i, j int) bool {
	return func(i, j int) bool {
		a, b := &list[i], &list[j]
		if a.SentAt != b.SentAt {
			return a.SentAt < b.SentAt
		}
		if a.GotAt != b.GotAt {
			return a.GotAt < b.GotAt
		}
		return a.Exchange < b.Exchange
	}
}

func (s *scene) track(effect int, w Where) *track {
	t := &track{s: s, effect: effect, e: &s.r.Effects[effect], w: w}
	t.key = s.keyOf(t.e)
	t.noise = t.moved()
	t.already = t.had()
	p := t.place()
	for i := range p.Readings {
		r := &p.Readings[i]
		g := t.glance(r)
		if s.refusal() {
			t.blame(&g)
		}
		switch {
		case g.at >= s.r.Act.SaidAt, p.Look == Reply && r.SentAt >= s.r.Act.SentAt:
			t.looks = append(t.looks, g)
		case t.e.Verb == contracts.Hides && g.at >= s.r.Act.SentAt:
			t.early = append(t.early, g)
		}
		if r.SentAt >= s.r.Act.SaidAt || p.Look == Reply {
			t.tried = append(t.tried, r.SentAt)
		}
	}
	sort.SliceStable(t.looks, func(i, j int) bool { return t.looks[i].before(&t.looks[j]) })
	sort.Slice(t.tried, func(i, j int) bool { return t.tried[i] < t.tried[j] })
	return t
}

// before orders glances by the time from which they count, then as they came.
func (g *glance) before(h *glance) bool {
	if g.at != h.at {
		return g.at < h.at
	}
	return g.SentAt < h.SentAt
}

func (t *track) place() *Place { return &t.s.r.Places[t.w.Place] }

// refusal reports that the effect must not have happened.
func (s *scene) refusal() bool {
	return s.claim == contracts.Refused || s.nothing() || s.r.Idle()
}

// keyOf is the identity of the thing that the effect is about.
func (s *scene) keyOf(e *Effect) string {
	if e.Verb == contracts.Creates {
		return s.r.Act.Key
	}
	if e.Key != "" {
		return e.Key
	}
	for i := range s.r.Things {
		if s.r.Things[i].Name == e.Thing {
			return s.r.Things[i].Key
		}
	}
	if e.Thing != "" && s.creates(e.Thing) {
		return s.r.Act.Key
	}
	return ""
}

// creates reports that an effect of the record creates a thing of this name.
func (s *scene) creates(thing string) bool {
	for i := range s.r.Effects {
		if s.r.Effects[i].Verb == contracts.Creates && s.r.Effects[i].Thing == thing {
			return true
		}
	}
	return false
}

// readsByKey reports that a place of the effect reads the thing by its key.
func (s *scene) readsByKey(e *Effect) bool {
	return slices.ContainsFunc(e.Where, func(w Where) bool { return s.r.Places[w.Place].Look == ByKey })
}

// mirrored reports a place by key that cannot be asked, because nothing has
// named the thing: it is as the listing.
func (t *track) mirrored() bool {
	return t.e.Verb == contracts.Creates && t.place().Look == ByKey && t.key == ""
}

// guard reports an effect that is true while nothing happens. A thing that was
// visible before the act and is to be hidden is none.
func (t *track) guard() bool {
	return t.e.Verb == contracts.Keeps || t.e.never() || t.e.Verb == contracts.Hides && t.beforeSign() == yes
}

// beforeValue is what the place last showed of the thing before the act.
func (t *track) beforeValue() (any, bool) {
	p := t.place()
	for i := len(p.Before) - 1; i >= 0; i-- {
		if p.Before[i].Known == Value || p.Before[i].Known == Absent {
			if p.Thing == "" {
				return p.Before[i].Value, p.Before[i].Known == Value
			}
			return t.item(&p.Before[i])
		}
	}
	return nil, false
}

// beforeSign is what the last known reading before the act says of the effect.
func (t *track) beforeSign() sign {
	p := t.place()
	for i := len(p.Before) - 1; i >= 0; i-- {
		if g := t.glance(&p.Before[i]); g.sign != dark {
			return g.sign
		}
	}
	return dark
}

// had are the wanted fields that had their value before the act.
func (t *track) had() [][]string {
	before, there := t.beforeValue()
	if t.e.Verb != contracts.Updates || !there {
		return nil
	}
	var list [][]string
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, before) {
		if l.ok && l.mask.Mask != contracts.MustExist {
			list = append(list, l.path)
		}
	}
	return list
}

func (t *track) alreadyHad(path []string) bool {
	return slices.ContainsFunc(t.already, func(had []string) bool { return slices.Equal(had, path) })
}

func (t *track) noisyAt(path []string) bool {
	return len(t.noise) > 0 && underAny(path, t.noise)
}

// deadline, patience and stays, on the record's clock. They count from the answer, or
// from the word of the job that it was done.
func (t *track) deadline() time.Duration { return t.s.job.from + t.w.Within }

func (t *track) patience() time.Duration {
	p := t.s.job.from + max(t.w.Patience, t.w.Within)
	if failed, ok := t.failed(); ok {
		p = min(p, failed)
	}
	return p
}

// failed is when `fails` was first seen to hold.
func (t *track) failed() (time.Duration, bool) {
	if t.e.Fails == nil {
		return 0, false
	}
	first, found := time.Duration(0), false
	for _, r := range t.s.r.Places[*t.e.Fails].Readings {
		if r.Truth == True && r.Known != Unsure && r.SentAt >= t.s.r.Act.SaidAt && (!found || r.GotAt < first) {
			first, found = r.GotAt, true
		}
	}
	return first, found
}

// failedWith says which `fails` held, and on what values; "" for none.
func (t *track) failedWith() string {
	if _, held := t.failed(); !held {
		return ""
	}
	p := &t.s.r.Places[*t.e.Fails]
	text := "`" + p.Probe + "` held"
	for i := len(p.Readings) - 1; i >= 0; i-- {
		if r := &p.Readings[i]; r.Truth == True && r.Detail != "" {
			return text + " (" + r.Detail + ")"
		}
	}
	return text
}

// until is the end of `stays` of a guard: it is the watching time from the act on. That
// no event comes is watched to the deadline, too: it is where one would have come.
func (t *track) until() time.Duration {
	if t.e.never() {
		return max(t.deadline(), t.s.r.Act.SentAt+t.w.Stays)
	}
	return t.s.r.Act.SentAt + t.w.Stays
}
