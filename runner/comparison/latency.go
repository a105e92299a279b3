package comparison

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// What counts as slower: a test that would pass without a change in 1 of 20 comparisons (all
// endpoints of one together), a change that somebody would notice, and one that stands out (swing.go). All
// together are wrong in fewer than 1 of 100; COMPARISON.md has the measurement.
const (
	alpha       = 0.05
	leastChange = 1.25                  // B's median over A's
	leastTime   = 10 * time.Millisecond // between the medians
)

// everyEndpoint is the name under which all are tested together.
const everyEndpoint = ""

// Latency is what became slower and faster.
type Latency struct {
	Slower []TimeChange `json:"slower"`
	Faster []TimeChange `json:"faster"`
	Tested int          `json:"tested"`  // endpoints that had enough cells for a test
	TooFew int          `json:"too_few"` // those that had not
	// Whole says that nearly every endpoint replies slower: then it is the network, this computer
	// or all of the provider.
	Whole   bool `json:"whole"`
	Noise   int  `json:"noise"`   // times that were left out: they swing as much by themselves
	Earlier int  `json:"earlier"` // runs before A that showed how much that is
}

// A TimeChange is a time of an endpoint that has changed.
type TimeChange struct {
	Call  string  `json:"call"` // "" for all endpoints together
	What  What    `json:"what"`
	Cells int     `json:"cells"` // pairs
	A     float64 `json:"a_ms"`  // medians
	B     float64 `json:"b_ms"`
	Ratio float64 `json:"ratio"` // B over A
	P     float64 `json:"p"`     // after Holm's correction for the number of endpoints
	CellB int     `json:"cell_b"`
}

// What is which time of a cell it is.
type What string

// The times.
const (
	Effect What = "effect" // from the reply until the effect was seen
	Reply  What = "reply"  // from sending the act to the last byte of its reply
)

// A sample is the times of the cells of one endpoint, in strata: what is alike but for A and B.
type sample struct {
	call   string
	what   What
	strata map[subject]*stratum
	pairs  int
	a, b   []float64 // ms
	slow   float64   // of B, and its cell
	cell   int
}

// A stratum is times that may be compared with each other.
type stratum struct{ a, b []float64 }

// latencyOf tests each endpoint, and all of them together. A time counts where both cells were kept, or
// came late: of what never came there is no time.
func latencyOf(p *pairing) Latency {
	samples := map[twinTime]*sample{}
	for _, each := range p.pairs {
		if !timed(each.a) || !timed(each.b) {
			continue
		}
		for _, call := range []string{each.b.Call, everyEndpoint} {
			add(samples, twinTime{call, Effect}, each)
			add(samples, twinTime{call, Reply}, each)
		}
	}
	single := map[What]int{}
	for key := range samples {
		if key.call != everyEndpoint {
			single[key.what]++
		}
	}
	var all []*sample
	for _, key := range slices.SortedFunc(maps.Keys(samples), twinTime.compare) {
		if key.call != everyEndpoint || single[key.what] > 1 { // else it is that endpoint
			all = append(all, samples[key])
		}
	}
	calls := endpoints(all)
	all = testable(all)
	var l Latency
	l.Tested = endpoints(all)
	l.TooFew = calls - l.Tested
	l.Slower = changed(all, false)
	l.Faster = changed(all, true)
	// Where nearly all swing alike, none stands out from the others. If only effects do, and replies do not,
	// it is neither the network nor this computer.
	if l.Whole = whole(&l, all, Reply); !l.Whole {
		l.swings(p, all, whole(&l, all, Effect))
	}
	return l
}

func endpoints(all []*sample) int {
	calls := map[string]bool{}
	for _, s := range all {
		calls[s.call] = s.call != everyEndpoint
	}
	delete(calls, everyEndpoint)
	return len(calls)
}

// A twinTime is an endpoint and which of its times.
type twinTime struct {
	call string
	what What
}

func (t twinTime) compare(u twinTime) int {
	return cmp.Or(cmp.Compare(t.call, u.call), cmp.Compare(t.what, u.what))
}

func timed(r *Row) bool {
	return r.Class == verdict.Kept || r.Kind == verdict.LateEffect || r.Class == verdict.KnownLie && r.Fixed
}

// of is that time of a cell; 0 for none.
func (w What) of(r *Row) time.Duration {
	if w == Reply {
		return r.Reply
	}
	return r.Seen
}

func add(samples map[twinTime]*sample, key twinTime, p pair) {
	a, b := key.what.of(p.a), key.what.of(p.b)
	if a <= 0 || b <= 0 {
		return
	}
	s := samples[key]
	if s == nil {
		s = &sample{call: key.call, what: key.what, strata: map[subject]*stratum{}}
		samples[key] = s
	}
	in := s.strata[p.b.subject()]
	if in == nil {
		in = &stratum{}
		s.strata[p.b.subject()] = in
	}
	x, y := milliseconds(a), milliseconds(b)
	in.a, in.b = append(in.a, x), append(in.b, y)
	s.a, s.b, s.pairs = append(s.a, x), append(s.b, y), s.pairs+1
	if y > s.slow {
		s.slow, s.cell = y, p.b.Number
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// changed are the samples in which B is slower, or faster.
func changed(all []*sample, faster bool) []TimeChange {
	ps := make([]float64, len(all))
	for i, s := range all {
		ps[i] = s.test(faster)
	}
	out := []TimeChange{}
	for i, p := range holm(ps) {
		s := all[i]
		a, b := median(s.a), median(s.b)
		from, to := a, b
		if faster {
			from, to = b, a
		}
		if p > alpha || to < from*leastChange || to-from < milliseconds(leastTime) {
			continue
		}
		out = append(out, TimeChange{Call: s.call, What: s.what, Cells: s.pairs, A: a, B: b, Ratio: b / a, P: p, CellB: s.cell})
	}
	single := func(c TimeChange) bool {
		return slices.ContainsFunc(out, func(o TimeChange) bool { return o.What == c.What && o.Call != everyEndpoint })
	}
	out = slices.DeleteFunc(slices.Clone(out), func(c TimeChange) bool { return c.Call == everyEndpoint && single(c) }) // those say it better
	return sorted(out)
}

// whole says that one time of most endpoints is slower, of at least four that could be tested.
func whole(l *Latency, all []*sample, what What) bool {
	tested, slower := 0, 0
	for _, s := range all {
		if s.what == what && s.call != everyEndpoint {
			tested++
		}
	}
	for _, c := range l.Slower {
		if c.What == what && c.Call != everyEndpoint {
			slower++
		}
	}
	return tested >= 4 && slower*4 >= tested*3
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
