package comparison

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// The test takes the cells of a run for independent of each other. They are not quite: a burst of work on
// either side is over in a second, and hits all the cells that were then at the same endpoint. So a
// change must also stand out from how much times swing by themselves: those of the other endpoints between A and
// B, and those of all endpoints between A and the runs before it.
//
// All this is of logarithms, so that twice and half as slow are as far from no change. Of each endpoint
// the mean change of its cells is known, and how far chance moves that mean (its variance); what the means
// differ by beyond that is the swing (a random effect, by the method of moments). The more
// endpoints and runs have shown it, the better it is known, as in Student's distribution.

// A drift is by how much an endpoint's time changed between two runs: the mean of the logarithms of the ratios of its cells.
type drift struct{ mean, variance float64 }

// driftOf needs two cells, or nothing is known of chance.
func driftOf(logs []float64) (drift, bool) {
	n := float64(len(logs))
	if n < 2 {
		return drift{}, false
	}
	d := drift{}
	for _, each := range logs {
		d.mean += each / n
	}
	for _, each := range logs {
		d.variance += (each - d.mean) * (each - d.mean) / (n - 1) / n
	}
	return d, true
}

func (s *sample) logs() []float64 {
	out := make([]float64, len(s.a))
	for i := range s.a {
		out[i] = math.Log(s.b[i] / s.a[i])
	}
	return out
}

// swings leaves out of the slower and faster times those that do not stand out, and counts them. Where all effects became
// slower, they are left in.
func (l *Latency) swings(p *pairing, all []*sample, allEffects bool) {
	l.Earlier = len(p.a.Earlier)
	before := map[What][]drift{}
	for _, run := range p.a.Earlier {
		for what, drifts := range driftsTo(p, run) {
			before[what] = append(before[what], drifts...)
		}
	}
	keep := func(list []TimeChange) []TimeChange {
		kept := []TimeChange{}
		for _, c := range list {
			if allEffects && c.What == Effect && c.Ratio > 1 || c.standsOut(all, before[c.What]) {
				kept = append(kept, c)
			}
		}
		l.Noise += len(list) - len(kept)
		return kept
	}
	l.Slower, l.Faster = keep(l.Slower), keep(l.Faster)
}

// driftsTo are those of the endpoints between A and a run before it.
func driftsTo(p *pairing, run []Row) map[What][]drift {
	earlier := map[twin]*Row{}
	for i := range run {
		if timed(&run[i]) {
			earlier[twin{run[i].subject(), run[i].Account}] = &run[i]
		}
	}
	logs := map[twinTime][]float64{}
	for i := range p.a.Rows {
		r := &p.a.Rows[i]
		other := earlier[twin{r.subject(), r.Account}]
		if other == nil || !timed(r) {
			continue
		}
		for _, what := range []What{Effect, Reply} {
			if a, b := what.of(other), what.of(r); a > 0 && b > 0 {
				logs[twinTime{r.Call, what}] = append(logs[twinTime{r.Call, what}], math.Log(float64(b)/float64(a)))
			}
		}
	}
	out := map[What][]drift{}
	for _, key := range slices.SortedFunc(maps.Keys(logs), twinTime.compare) {
		if d, ok := driftOf(logs[key]); ok {
			out[key.what] = append(out[key.what], d)
		}
	}
	return out
}

// standsOut says that a change is greater than the swing of the others explains.
func (c *TimeChange) standsOut(all []*sample, before []drift) bool {
	var own drift
	others := slices.Clone(before)
	endpoints := 1.0 // that the change is of
	for _, s := range all {
		d, ok := driftOf(s.logs())
		switch {
		case s.what != c.What || !ok:
		case s.call == c.Call:
			own = d
		case s.call != everyEndpoint:
			others = append(others, d)
		}
	}
	if c.Call == everyEndpoint {
		endpoints = float64(max(len(others)-len(before), 1)) // whose swings cancel out
	}
	swing := 0.0
	for _, d := range others {
		swing += (d.mean*d.mean - d.variance) / float64(len(others))
	}
	far := student(math.MaxInt)
	limit := far*far*own.variance + student(len(others))*student(len(others))*max(swing, 0)/endpoints
	return own.mean*own.mean > limit
}

// student is how many standard deviations are left behind by 1 of 2,000, where so many have shown how great
// one is. Fewer than three are taken for three.
func student(shown int) float64 {
	for _, row := range []struct {
		shown int
		far   float64
	}{{60, 3.29}, {30, 3.65}, {20, 3.85}, {15, 4.07}, {12, 4.32}, {10, 4.59}, {9, 4.78}, {8, 5.04}, {7, 5.41}, {6, 5.96}, {5, 6.87}, {4, 8.61}} {
		if shown >= row.shown {
			return row.far
		}
	}
	return 12.92
}

// sorted puts the greatest change in time first.
func sorted(list []TimeChange) []TimeChange {
	slices.SortStableFunc(list, func(x, y TimeChange) int { return cmp.Compare(math.Abs(y.B-y.A), math.Abs(x.B-x.A)) })
	return list
}
