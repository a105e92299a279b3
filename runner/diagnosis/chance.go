package diagnosis

import (
	"math"
	"slices"
)

// doubt is how many facts, or more, may be expected to separate as well by chance before a
// cause is no longer named. Where nothing else is known to differ at all there is less to
// choose from by chance: then three accounts are enough.
const (
	doubt      = 0.1
	doubtAlone = 0.15
)

// byChance says whether a split that separates the two groups may well be a coincidence.
// Two estimates, and one that is small is enough:
//
//   - how many splits of this rank, or of a likelier one, single out just so many accounts,
//     over the ways of choosing so many: 11 shops of 12 that each lack a scope of their own
//     say little about the twelfth;
//   - how many facts vary at all, times the chance that one of them, spread as suits it best,
//     falls so. With two accounts whatever differs separates them.
//
// A number or a date has a limit for any number of accounts, the least or the greatest, and
// so adds two such splits to either estimate.
//
// The scope that the contract says it needs is no coincidence.
func byChance(lead split, all []split) bool {
	if lead.rank == Needed {
		return false
	}
	lied, n := lead.in.ofLied, lead.in.ofLied+lead.in.ofTruthful
	alike, vary, limits := 0.0, 0.0, 0.0
	for _, s := range distinct(all) {
		if s.rank > lead.rank {
			continue
		}
		if s.rank == Moment {
			limits += 2
			continue
		}
		vary++
		if size := s.holds.size(); size == lied || size == n-lied {
			alike++
		}
	}
	share := float64(lied) / float64(n)
	fit := math.Exp(float64(lied)*math.Log(share) + float64(n-lied)*math.Log(1-share))
	if alone(all) && lead.rank != Moment {
		return fit > doubtAlone
	}
	return min(alike/choose(n, lied), vary*fit)+limits/choose(n, lied) > doubt
}

// alone says that accounts differ in one fact only.
func alone(all []split) bool {
	facts := 0
	for _, s := range all {
		if s.rank < Answer {
			facts++
		}
	}
	return facts == 1
}

// distinct leaves one of several splits that separate the same accounts.
func distinct(all []split) []split {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(all), func(s split) bool {
		key := make([]byte, 0, 8*len(s.holds))
		for i := range s.in.ofLied + s.in.ofTruthful { // one of the two sides: that without the first account
			bit := byte(0)
			if s.holds.has(i) != s.holds.has(0) {
				bit = 1
			}
			key = append(key, bit)
		}
		if seen[string(key)] {
			return true
		}
		seen[string(key)] = true
		return false
	})
}

// choose is how many ways there are to choose k of n.
func choose(n, k int) float64 {
	ways := 1.0
	for i := range min(k, n-k) {
		ways = ways * float64(n-i) / float64(i+1)
	}
	return ways
}
