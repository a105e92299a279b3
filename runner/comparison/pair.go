package comparison

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A pair is a cell of A and its twin in B.
type pair struct{ a, b *Row }

// A pairing finds the pairs of two sides.
type pairing struct {
	form  Form
	a, b  Side
	pairs []pair
	// strangers says that the sides have no account in common, and that cells were paired by
	// contract and case alone.
	strangers bool
	onlyA     []*Row
	onlyB     []*Row

	inA, inB *looks // nil until they are asked for
}

func (p *pairing) looksA() *looks {
	if p.inA == nil {
		p.inA = looksOf(p.a.Rows)
	}
	return p.inA
}

func (p *pairing) looksB() *looks {
	if p.inB == nil {
		p.inB = looksOf(p.b.Rows)
	}
	return p.inB
}

// own are the rows of a side that are compared: those of its account, or all.
func own(s *Side) []*Row {
	var out []*Row
	for i := range s.Rows {
		if s.Account == "" || s.Rows[i].Account == s.Account {
			out = append(out, &s.Rows[i])
		}
	}
	return out
}

func accountsOf(rows []*Row) map[string]bool {
	names := map[string]bool{}
	for _, r := range rows {
		names[r.Account] = true
	}
	return names
}

// A twin is what two cells have in common.
type twin struct {
	subject
	account string
}

func (p *pairing) pair() {
	a, b := own(&p.a), own(&p.b)
	names := accountsOf(a)
	p.strangers = p.form != Accounts && len(a) > 0 && len(b) > 0
	for name := range accountsOf(b) {
		p.strangers = p.strangers && !names[name]
	}
	left := p.byTwin(a)
	for t, of := range p.byTwin(b) {
		n := min(len(left[t]), len(of))
		for i := range n {
			p.pairs = append(p.pairs, pair{left[t][i], of[i]})
		}
		p.onlyA, p.onlyB = append(p.onlyA, left[t][n:]...), append(p.onlyB, of[n:]...)
		delete(left, t)
	}
	for _, rest := range left {
		p.onlyA = append(p.onlyA, rest...)
	}
	for _, rest := range [][]*Row{p.onlyA, p.onlyB} {
		slices.SortFunc(rest, func(x, y *Row) int { return cmp.Compare(x.Number, y.Number) })
	}
	slices.SortFunc(p.pairs, func(x, y pair) int {
		return cmp.Or(cmp.Compare(x.b.Number, y.b.Number), cmp.Compare(x.a.Number, y.a.Number))
	})
}

func (p *pairing) byTwin(rows []*Row) map[twin][]*Row {
	out := map[twin][]*Row{}
	for _, r := range rows {
		t := twin{r.subject(), r.Account}
		if p.form == Accounts || p.strangers {
			t.account = ""
		}
		out[t] = append(out[t], r)
	}
	return out
}

// notes says what could not be compared, and why.
func (p *pairing) notes() []string {
	notes := []string{}
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if p.form != Accounts && p.a.Suite != p.b.Suite {
		note("the runs are of different suites: %s and %s", p.a.Suite, p.b.Suite)
	}
	if p.form == Runs && p.a.Target != p.b.Target {
		note("the runs are on different targets: %s and %s", p.a.Target, p.b.Target)
	}
	for _, side := range []*Side{&p.a, &p.b} {
		if side.Halted != "" && (side == &p.a || p.form != Accounts) {
			note("run %s %s: cells that it did not come to are missing, and nothing is said about them", side.Run, side.Halted)
		}
		if rows := own(side); len(rows) > 0 && !slices.ContainsFunc(rows, func(r *Row) bool { return len(r.Outlines) > 0 }) {
			note("the replies of run %s are not kept any more: only verdicts and times are compared", side.Run)
		}
	}
	if p.strangers {
		note("no account is in both: cells are paired by contract and case alone, and counted together")
	}
	notes = append(notes, p.only(p.onlyA, p.a.Name, own(&p.b))...)
	notes = append(notes, p.only(p.onlyB, p.b.Name, own(&p.a))...)
	if len(p.pairs) == 0 {
		note("there is no cell that is in both")
	}
	return notes
}

// only says which contracts, cases and accounts one side alone has.
func (p *pairing) only(rows []*Row, side string, others []*Row) []string {
	accounts, subjects, contracts := accountsOf(others), map[subject]bool{}, map[string]bool{}
	for _, r := range others {
		subjects[r.subject()], contracts[r.Contract] = true, true
	}
	of := map[string]map[string]bool{}
	add := func(kind, name string) {
		if of[kind] == nil {
			of[kind] = map[string]bool{}
		}
		of[kind][name] = true
	}
	cells := 0
	for _, r := range rows {
		switch {
		case !contracts[r.Contract]:
			add("contract", quoted(r.Contract))
		case !subjects[r.subject()]:
			add("case", quoted(r.Contract+": "+r.Case))
		case !p.strangers && p.form != Accounts && !accounts[r.Account]:
			add("account", r.Account)
		default:
			cells++
		}
	}
	var notes []string
	for _, kind := range []string{"contract", "case", "account"} {
		if names := slices.Sorted(maps.Keys(of[kind])); len(names) > 0 {
			notes = append(notes, fmt.Sprintf("only %s has the %s: %s", side, several(kind, len(names)), listed(names)))
		}
	}
	if cells > 0 && !p.strangers {
		notes = append(notes, fmt.Sprintf("only %s has %d further %s", side, cells, several("cell", cells)))
	}
	return notes
}

func quoted(text string) string { return "“" + text + "”" }

func several(noun string, n int) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// listed names the first of many.
func listed(names []string) string {
	const most = 6
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
