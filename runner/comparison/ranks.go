package comparison

import (
	"cmp"
	"math"
	"slices"
)

// The test is Mann and Whitney's, by strata: within each contract and case the times of A and B
// are ranked together, equal ones by their mean rank, and the ranks of B are summed over all. If
// nothing has changed, every way of dealing the times of a stratum out to A and B is as likely
// as the one that was seen, so the chance of a sum as high as this is counted exactly: it
// needs no bell curve, and holds on five cells as on five hundred.
//
// Ranking within a stratum keeps a slow contract from hiding a fast one. Pooling accounts in
// it is on the safe side: what makes an account slow is in A and B alike, and only makes
// the sums of A and B closer than chance would.
//
// Above exactly ranks in a stratum, or where the sums would be too many to count, the sum is normal enough
// (variance with Wilcoxon's correction for ties).

// exactly is the greatest stratum that is counted, and mostSums the number of sums.
const (
	exactly  = 60
	mostSums = 4_000
)

// plainly is a chance that no exact count would bring down to what counts.
const plainly = 0.1

// test gives the chance that B's ranks are as high as they are, or as low, if nothing has changed.
func (s *sample) test(lower bool) float64 {
	parts, seen, few := s.ranked(lower)
	if p := normal(parts, seen); p > plainly || !few {
		return p
	}
	return counted(parts, seen)
}

// ranked ranks each stratum, sums up B's ranks, and says whether they are few enough to be counted exactly.
func (s *sample) ranked(lower bool) (parts []ranked, seen int, few bool) {
	few, sums := true, 0
	for _, each := range s.inOrder() {
		r := rankOf(each, lower)
		parts = append(parts, r)
		seen += r.sum
		few = few && len(r.doubled) <= exactly
		sums += r.highest()
	}
	return parts, seen, few && sums <= mostSums
}

// smallest is the least chance that a sample of these sizes can give: where it is not small,
// a test could never say anything.
func smallest(s *sample) float64 {
	ways := 0.0
	for _, each := range s.strata {
		ways += logChoose(len(each.a)+len(each.b), len(each.b))
	}
	return math.Exp(-ways)
}

// testable are the samples that could be called slower at all, once their number is corrected for. One of so few cells that
// the best of all sums would not do it is left out, and then need not be corrected for (Tarone 1990).
func testable(all []*sample) []*sample {
	for k := 1; ; k++ {
		var out []*sample
		for _, s := range all {
			if smallest(s)*float64(k) <= alpha {
				out = append(out, s)
			}
		}
		if len(out) <= k {
			return out
		}
	}
}

func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

func (s *sample) inOrder() []*stratum {
	out := make([]*stratum, 0, len(s.strata))
	for _, each := range s.strata {
		out = append(out, each)
	}
	slices.SortFunc(out, func(a, b *stratum) int { return cmp.Compare(len(a.a), len(b.a)) }) // small sums first
	return out
}

// A ranked is a stratum as ranks, doubled so that mean ranks are whole.
type ranked struct {
	doubled []int // of all
	n       int   // how many are B's
	sum     int   // of B's
}

func (r *ranked) highest() int {
	total := 0
	for _, each := range r.doubled {
		total += each
	}
	return total
}

func rankOf(s *stratum, lower bool) ranked {
	type one struct {
		value float64
		b     bool
	}
	var all []one
	for _, v := range s.a {
		all = append(all, one{v, false})
	}
	for _, v := range s.b {
		all = append(all, one{v, true})
	}
	slices.SortFunc(all, func(x, y one) int {
		if lower {
			return cmp.Compare(y.value, x.value)
		}
		return cmp.Compare(x.value, y.value)
	})
	r := ranked{n: len(s.b)}
	for from := 0; from < len(all); {
		to := from
		for to < len(all) && all[to].value == all[from].value {
			to++
		}
		for i := from; i < to; i++ {
			r.doubled = append(r.doubled, from+1+to) // twice the mean of from+1 … to
			if all[i].b {
				r.sum += from + 1 + to
			}
		}
		from = to
	}
	return r
}

// counted adds up the chances of all sums from seen on.
func counted(parts []ranked, seen int) float64 {
	chances := []float64{1} // of each sum
	for _, part := range parts {
		own := part.chances()
		both := make([]float64, len(chances)+len(own)-1)
		for i, x := range chances {
			if x == 0 {
				continue
			}
			for j, y := range own {
				both[i+j] += x * y
			}
		}
		chances = both
	}
	p := 0.0
	for _, chance := range chances[min(seen, len(chances)):] {
		p += chance
	}
	return min(p, 1)
}

// chances of each sum of n of the ranks.
func (r *ranked) chances() []float64 {
	top := r.highest()
	ways := make([][]float64, r.n+1)
	for k := range ways {
		ways[k] = make([]float64, top+1)
	}
	ways[0][0] = 1
	reached := 0
	for _, rank := range r.doubled {
		reached += rank
		for k := r.n; k > 0; k-- {
			for sum := reached; sum >= rank; sum-- {
				ways[k][sum] += ways[k-1][sum-rank]
			}
		}
	}
	total := math.Exp(logChoose(len(r.doubled), r.n))
	for sum := range ways[r.n] {
		ways[r.n][sum] /= total
	}
	return ways[r.n]
}

// normal takes the sum of the ranks for a bell curve.
func normal(parts []ranked, seen int) float64 {
	mean, variance := 0.0, 0.0
	for _, part := range parts {
		all, n := float64(len(part.doubled)), float64(part.n)
		middle := float64(part.highest()) / all
		spread := 0.0
		for _, rank := range part.doubled {
			spread += (float64(rank) - middle) * (float64(rank) - middle)
		}
		mean += n * middle
		if all > 1 {
			variance += n * (all - n) / (all * (all - 1)) * spread
		}
	}
	if variance == 0 {
		return 1
	}
	return math.Erfc((float64(seen)-1-mean)/math.Sqrt(2*variance)) / 2 // half a rank for continuity
}

// holm corrects the chances of several tests that are asked at once (Holm 1979): the
// smallest counts as many times as there are tests, the next once less, and so on.
func holm(ps []float64) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ps[a], ps[b]) })
	out := make([]float64, len(ps))
	highest := 0.0
	for at, i := range order {
		highest = max(highest, min(1, ps[i]*float64(len(ps)-at)))
		out[i] = highest
	}
	return out
}
