package onboarding

import (
	"cmp"
	"math/bits"
	"slices"
	"time"
)

// mostExact is of how many scopes that hang together the smallest set is worked out
// exactly. Beyond it the best contract is taken first, then the best of what is left.
const mostExact = 16

// A price is what a set of proofs costs; the first number that differs decides.
type price struct {
	debts, contracts, writes int
	wait                     time.Duration
	order                    int // sum of the places in the suite: of equals, the earlier
}

func (p price) plus(q price) price {
	return price{p.debts + q.debts, p.contracts + q.contracts, p.writes + q.writes, p.wait + q.wait, p.order + q.order}
}

func (p price) compare(q price) int {
	return cmp.Or(cmp.Compare(p.debts, q.debts), cmp.Compare(p.contracts, q.contracts), cmp.Compare(p.writes, q.writes),
		cmp.Compare(p.wait, q.wait), cmp.Compare(p.order, q.order))
}

// An offer is a proof as the search sees it.
type offer struct {
	at    int   // in the list of proofs
	holds []int // its scopes, by their numbers within the part
	price price
}

// smallest gives the cheapest proofs that together need every scope which any of them
// needs, in the order in which they came.
func smallest(proofs []Proof) []Proof {
	var chosen []int
	for _, each := range parts(proofs) {
		if len(each.scopes) > mostExact {
			chosen = append(chosen, each.greedy()...)
		} else {
			chosen = append(chosen, each.exact()...)
		}
	}
	slices.Sort(chosen)
	var out []Proof
	for _, at := range chosen {
		out = append(out, proofs[at])
	}
	return out
}

// A part is scopes that hang together through proofs, with those proofs. Parts have nothing
// to do with each other, so each is searched alone.
type part struct {
	scopes []string
	offers []offer
}

func parts(proofs []Proof) []*part {
	of := map[string]*part{}
	for _, proof := range proofs {
		joined := &part{}
		for _, scope := range proof.Scopes {
			more := []string{scope}
			if old := of[scope]; old != nil {
				more = old.scopes
			}
			for _, s := range more {
				if of[s] != joined {
					of[s], joined.scopes = joined, append(joined.scopes, s)
				}
			}
		}
	}
	var all []*part
	for at, proof := range proofs {
		p := of[proof.Scopes[0]]
		if len(p.offers) == 0 {
			all = append(all, p)
		}
		o := offer{at: at, price: price{proof.Debts, 1, proof.Writes, proof.Wait, at}}
		for _, scope := range proof.Scopes {
			o.holds = append(o.holds, slices.Index(p.scopes, scope))
		}
		p.offers = append(p.offers, o)
	}
	return all
}

// A way is how some scopes come to be held at the least price.
type way struct {
	price price
	offer int // the last one taken
	from  int // the scopes before it, one bit for each
}

// exact fills scope after scope: of each set of scopes it keeps the cheapest way to it, and
// goes on with the first scope that is not in the set.
func (p *part) exact() []int {
	full := 1<<len(p.scopes) - 1
	ways := map[int]way{0: {}}
	for have := range full {
		here, ok := ways[have]
		if !ok {
			continue
		}
		next := bits.TrailingZeros(^uint(have))
		for i, o := range p.offers {
			if !slices.Contains(o.holds, next) {
				continue
			}
			to, cost := have, here.price.plus(o.price)
			for _, scope := range o.holds {
				to |= 1 << scope
			}
			if old, ok := ways[to]; !ok || cost.compare(old.price) < 0 {
				ways[to] = way{cost, i, have}
			}
		}
	}
	var chosen []int
	for at := full; at != 0; at = ways[at].from {
		chosen = append(chosen, p.offers[ways[at].offer].at)
	}
	return chosen
}

// greedy takes, until every scope is held, the offer without debts that holds most of what
// is open.
func (p *part) greedy() []int {
	held := make([]bool, len(p.scopes))
	var chosen []int
	for slices.Contains(held, false) {
		best, most := 0, 0
		for i, o := range p.offers {
			n := 0
			for _, scope := range o.holds {
				if !held[scope] {
					n++
				}
			}
			if n > 0 && (most == 0 || p.better(i, n, best, most)) {
				best, most = i, n
			}
		}
		for _, scope := range p.offers[best].holds {
			held[scope] = true
		}
		chosen = append(chosen, p.offers[best].at)
	}
	return chosen
}

// better compares two offers by what they leave behind, then by how many open scopes they
// hold, then by the rest of their prices.
func (p *part) better(i, n, best, most int) bool {
	a, b := p.offers[i].price, p.offers[best].price
	return cmp.Or(cmp.Compare(a.debts, b.debts), cmp.Compare(most, n), a.compare(b)) < 0
}
