package diagnosis

import (
	"cmp"
	"math"
	"slices"
)

// limits are the splits by size: a date before another, a number below one. Of fewer
// than four values any order would do; and what an answer tells of times and amounts is
// of that moment.
func (f *fact) limits() []split {
	const fewest, mostLimits = 4, 64
	if f.rank >= Answer || f.passes() {
		return nil
	}
	sizes := make([]float64, len(f.values)) // not a number where there is none: neither below nor above
	var points []point
	for i, v := range f.values {
		sizes[i] = math.NaN()
		if v.form != scalar {
			continue
		}
		n, ok := amount(v.text)
		if !ok {
			return nil
		}
		sizes[i] = n
		points = append(points, point{n, v.text, i < f.lied, i >= f.lied})
	}
	points = merged(points)
	if len(points) < fewest {
		return nil
	}
	var out []split
	for i := range points[1:] {
		limit := points[i+1]
		if pure := limit.lied != limit.truthful; pure && limit.lied == points[i].lied && limit.truthful == points[i].truthful {
			continue // between two of one group no limit is the best
		}
		for _, s := range []split{
			f.sized(Below, limit.text, func(i int) bool { return sizes[i] < limit.n }),
			f.sized(From, limit.text, func(i int) bool { return sizes[i] >= limit.n }),
		} {
			s.rank = Moment
			out = append(out, s)
		}
	}
	if len(out) > mostLimits { // far from separating anything
		return nil
	}
	return out
}

// A point is a size that accounts have, and of which groups they are.
type point struct {
	n              float64
	text           string
	lied, truthful bool
}

// merged sorts points, each size once.
func merged(all []point) []point {
	slices.SortFunc(all, func(a, b point) int { return cmp.Compare(a.n, b.n) })
	var out []point
	for _, p := range all {
		if last := len(out) - 1; last >= 0 && out[last].n == p.n {
			out[last].lied, out[last].truthful = out[last].lied || p.lied, out[last].truthful || p.truthful
			continue
		}
		out = append(out, p)
	}
	return out
}
