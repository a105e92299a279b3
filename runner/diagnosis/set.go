package diagnosis

import (
	"math"
	"math/bits"
)

// counts are those of Ochiai: how many of each group it holds of.
type counts struct{ lied, ofLied, truthful, ofTruthful int }

// ochiai is a_ef / √((a_ef + a_nf)(a_ef + a_ep)).
func (c counts) ochiai() float64 {
	if c.lied == 0 {
		return 0
	}
	return float64(c.lied) / math.Sqrt(float64(c.ofLied)*float64(c.lied+c.truthful))
}

func (c counts) perfect() bool { return c.lied == c.ofLied && c.truthful == 0 }

// A set is accounts of a group by number; those that are lied to come first.
type set []uint64

func newSet(n int) set       { return make(set, (n+63)/64) }
func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }
func (s set) size() (n int) {
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

func (s set) and(other set) set { return s.with(other, func(a, b uint64) uint64 { return a & b }) }
func (s set) or(other set) set  { return s.with(other, func(a, b uint64) uint64 { return a | b }) }

func (s set) with(other set, word func(a, b uint64) uint64) set {
	out := make(set, len(s))
	for i := range s {
		out[i] = word(s[i], other[i])
	}
	return out
}

// count counts a set when the first `lied` of n accounts are those that are lied to.
func (s set) count(lied, n int) counts {
	c := counts{ofLied: lied, ofTruthful: n - lied}
	for i := range n {
		switch {
		case s.has(i) && i < lied:
			c.lied++
		case s.has(i):
			c.truthful++
		}
	}
	return c
}

// key is the set as a text, to find its like by.
func (s set) key() string {
	key := make([]byte, 0, 8*len(s))
	for _, word := range s {
		for shift := 0; shift < 64; shift += 8 {
			key = append(key, byte(word>>shift))
		}
	}
	return string(key)
}
