package comparison

import (
	"cmp"
	"slices"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A Way is where a verdict went.
type Way string

// The ways, the gravest first.
const (
	Worse  Way = "worse"  // B is lied to or broken, and A is not, or not like that
	Unsure Way = "unsure" // B is inconclusive
	Other  Way = "other"  // inconclusive in A, or documented: no news of the provider either way
	Better Way = "better" // A is lied to or broken, and B is kept
)

// A VerdictChange is a cell whose verdict is another in B.
type VerdictChange struct {
	Way      Way           `json:"way"`
	Contract string        `json:"contract"`
	Case     string        `json:"case"`
	Account  string        `json:"account"` // of B
	From     verdict.Class `json:"from"`
	FromKind verdict.Kind  `json:"from_kind"`
	To       verdict.Class `json:"to"`
	ToKind   verdict.Kind  `json:"to_kind"`
	Fixed    bool          `json:"fixed,omitempty"` // a documented lie that B is not told any more
	CellA    int           `json:"cell_a"`          // its numbers
	CellB    int           `json:"cell_b"`
	Cells    int           `json:"cells,omitempty"` // where no account is in both: how many of B have the verdict
}

func verdictChanges(p *pairing) []VerdictChange {
	pairs := p.pairs
	var alike map[judged]int
	if p.strangers {
		pairs, alike = p.worst(), p.alike()
	}
	out := []VerdictChange{}
	for _, each := range pairs {
		a, b := each.a, each.b
		if a.Class == b.Class && a.Kind == b.Kind && a.Fixed == b.Fixed {
			continue
		}
		v := VerdictChange{
			Way: way(a, b), Contract: b.Contract, Case: b.Case, Account: b.Account, From: a.Class, FromKind: a.Kind, To: b.Class, ToKind: b.Kind,
			Fixed: b.Fixed, CellA: a.Number, CellB: b.Number,
		}
		if p.strangers {
			v.Cells = alike[judged{b.subject(), b.Class, b.Kind}]
		}
		out = append(out, v)
	}
	grave := []Way{Worse, Unsure, Other, Better}
	slices.SortStableFunc(out, func(x, y VerdictChange) int {
		return cmp.Or(cmp.Compare(slices.Index(grave, x.Way), slices.Index(grave, y.Way)), cmp.Compare(rank(x.To), rank(y.To)))
	})
	return out
}

func way(a, b *Row) Way {
	bad := func(r *Row) bool { return r.Class == verdict.Lied || r.Class == verdict.Broken }
	switch {
	case bad(b) && bad(a) && rank(b.Class) > rank(a.Class): // lied, then broken
		return Other
	case bad(b):
		return Worse
	case b.Class == verdict.Inconclusive:
		return Unsure
	case bad(a) && b.Class == verdict.Kept, b.Fixed && !a.Fixed:
		return Better
	}
	return Other
}

// worst pairs, for each contract and case, the worst cell of A with the worst of B: which of the
// one's accounts is which of the other's is not known.
func (p *pairing) worst() []pair {
	var out []pair
	at := map[subject]int{}
	for _, each := range p.pairs {
		s := each.b.subject()
		if i, ok := at[s]; ok {
			out[i].a, out[i].b = graver(out[i].a, each.a), graver(out[i].b, each.b)
			continue
		}
		at[s] = len(out)
		out = append(out, each)
	}
	for _, r := range p.onlyA { // 3 accounts here, 2 there: the third counts, too
		if i, ok := at[r.subject()]; ok {
			out[i].a = graver(out[i].a, r)
		}
	}
	for _, r := range p.onlyB {
		if i, ok := at[r.subject()]; ok {
			out[i].b = graver(out[i].b, r)
		}
	}
	return out
}

func graver(a, b *Row) *Row {
	if rank(b.Class) < rank(a.Class) {
		return b
	}
	return a
}

// A judged is a contract and case with a verdict.
type judged struct {
	subject
	class verdict.Class
	kind  verdict.Kind
}

// alike is how many cells of B have each verdict.
func (p *pairing) alike() map[judged]int {
	n := map[judged]int{}
	for _, r := range own(&p.b) {
		n[judged{r.subject(), r.Class, r.Kind}]++
	}
	return n
}
