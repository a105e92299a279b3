package diagnosis

import (
	"slices"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// of is the diagnosis of one cell of the group. It is made once for all of them: of two
// causes at once that which holds of the cell is put first.
func (g *group) of(r *engine.Result) *Diagnosis {
	if g.said == nil {
		g.said = g.diagnose()
	}
	cell := slices.Index(g.lied, r)
	if g.said.Joint != Either || cell < 0 || g.pair[0].holds.has(cell) {
		return g.said
	}
	turned := *g.said
	turned.Causes = causes([]split{g.pair[1], g.pair[0]})
	return &turned
}

func (g *group) diagnose() *Diagnosis {
	d := &Diagnosis{Lied: len(g.lied), Truthful: len(g.truthful), Causes: []Cause{}}
	perfect := slices.IndexFunc(g.splits, func(s split) bool { return !s.in.perfect() })
	if perfect < 0 {
		perfect = len(g.splits)
	}
	if perfect == 0 {
		g.imperfect(d)
	} else {
		g.named(d, g.splits[:perfect])
	}
	return d
}

// named makes it of splits that separate without exception.
func (g *group) named(d *Diagnosis, perfect []split) {
	lead := perfect[0]
	for _, s := range perfect {
		if s.rank.tier() == lead.rank.tier() {
			d.Equal++
		}
	}
	switch {
	case lead.rank >= Answer && byChance(lead, g.splits):
		d.Why, d.Equal = Nothing, 0
		return
	case lead.rank >= Answer:
		d.Why = Clue
	case byChance(lead, g.splits):
		d.Why = Chance
		if d.Equal = equalFacts(perfect); d.Equal > 1 {
			d.Why = Tied
		}
	case d.Equal > 1:
		d.Why = Tied
	default:
		d.Sure = true
	}
	d.Causes = causes(perfect)
}

// equalFacts counts the facts of accounts among splits that are in order.
func equalFacts(all []split) int {
	n := slices.IndexFunc(all, func(s split) bool { return s.rank >= Answer })
	if n < 0 {
		return len(all)
	}
	return n
}

// near is the score from which a fact that does not separate without exception is worth
// reading.
const near = 0.7

func (g *group) imperfect(d *Diagnosis) {
	d.Why = Nothing
	if p, ok := g.together(); ok {
		d.Sure, d.Why, d.Joint, d.Equal = true, "", p.joint, 2
		g.pair = []split{p.first, p.second}
		d.Causes = causes(g.pair)
		return
	}
	for i, s := range g.splits {
		if s.in.ochiai() < near || i >= 3 || s.rank >= Answer {
			break
		}
		d.Why = Nearest
		d.Causes = append(d.Causes, s.cause())
	}
}

func causes(all []split) []Cause {
	var out []Cause
	for _, s := range all[:min(len(all), most)] {
		out = append(out, s.cause())
	}
	return out
}

func (s split) cause() Cause {
	return Cause{
		Rank: s.rank, Fact: s.fact.name, Take: s.fact.take, Is: s.op, Value: bare(s.value), Others: s.others(), Score: s.in.ochiai(),
		Lied: s.in.lied, OfLied: s.in.ofLied, Truthful: s.in.truthful, OfTruthful: s.in.ofTruthful,
	}
}
