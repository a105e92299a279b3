package comparison

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A ShapeChange is something of the replies that is another in B.
type ShapeChange struct {
	Trait Trait    `json:"trait"`
	Name  string   `json:"name"`  // of the field, header or fact; "" for a status
	Calls []string `json:"calls"` // "getReview 200 as nobody"
	// From and To are types, a header's value, a snapshot as JSON or statuses; "absent" where
	// it is not there, "" for a header whose value is noise.
	From     string   `json:"from"`
	To       string   `json:"to"`
	Cells    int      `json:"cells"` // in which it is so
	Of       int      `json:"of"`    // that could show it in both
	Accounts []string `json:"accounts"`
	CellA    int      `json:"cell_a"` // the first of them
	CellB    int      `json:"cell_b"`
}

// shapeChanges finds what is another, and counts what was noise.
func shapeChanges(p *pairing) (changes []ShapeChange, noise int) {
	changes = []ShapeChange{}
	for _, s := range shiftsOf(p) {
		accepted, rest := s.judge(p)
		noise += rest
		if len(accepted) == 0 {
			continue
		}
		known := 0
		for _, each := range p.pairs {
			_, had := s.key.value(each.a)
			if _, has := s.key.value(each.b); had && has {
				known++
			}
		}
		slices.SortFunc(accepted, func(x, y [2]string) int { return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1])) })
		for _, way := range accepted {
			changes = append(changes, change(s.key, way, s.moves[way], known))
		}
	}
	return joined(changes), noise
}

// shiftsOf gathers the moves of all pairs by trait, in a fixed order.
func shiftsOf(p *pairing) []*shift {
	d := &differ{known: map[[2]*Outline][]move{}}
	byKey := map[key]*shift{}
	for _, each := range p.pairs {
		for _, m := range d.moves(each) {
			s := byKey[m.key]
			if s == nil {
				s = &shift{key: m.key, moves: map[[2]string][]pair{}}
				byKey[m.key] = s
			}
			way := [2]string{m.from, m.to}
			s.moves[way] = append(s.moves[way], each)
		}
	}
	return slices.SortedFunc(maps.Values(byKey), func(a, b *shift) int {
		return cmp.Or(cmp.Compare(order(a.key.trait), order(b.key.trait)), a.key.compare(b.key.at), cmp.Compare(a.key.name, b.key.name))
	})
}

func order(t Trait) int { return slices.Index([]Trait{StatusOf, FieldOf, FactOf, HeaderOf}, t) }

func change(k key, way [2]string, cells []pair, known int) ShapeChange {
	accounts := map[string]bool{}
	for _, each := range cells {
		accounts[each.b.Account] = true
	}
	shown := func(value string) string {
		if k.trait == HeaderOf || k.trait == FactOf {
			return strings.TrimPrefix(value, "=")
		}
		return value
	}
	return ShapeChange{
		Trait: k.trait, Name: k.name, Calls: []string{k.at.String()}, From: shown(way[0]), To: shown(way[1]),
		Cells: len(cells), Of: known, Accounts: slices.Sorted(maps.Keys(accounts)), CellA: cells[0].a.Number, CellB: cells[0].b.Number,
	}
}

// String is "getReview 200 as nobody".
func (a at) String() string {
	text := a.call
	if a.status != 0 {
		text += " " + strconv.Itoa(a.status)
	}
	switch a.as {
	case "":
		return text
	case asDelivery:
		return text + " (" + asDelivery + ")"
	}
	return text + " as " + a.as
}

// joined makes one line of a header that changed alike in several calls, as most do.
func joined(all []ShapeChange) []ShapeChange {
	var out []ShapeChange
	at := map[[3]string]int{}
	for _, each := range all {
		id := [3]string{each.Name, each.From, each.To}
		i, ok := at[id]
		if each.Trait != HeaderOf || !ok {
			if each.Trait == HeaderOf {
				at[id] = len(out)
			}
			out = append(out, each)
			continue
		}
		o := &out[i]
		o.Calls = append(o.Calls, each.Calls...)
		o.Cells, o.Of = max(o.Cells, each.Cells), max(o.Of, each.Of)
		o.Accounts = append(o.Accounts, each.Accounts...)
		slices.Sort(o.Accounts)
		o.Accounts = slices.Compact(o.Accounts)
	}
	if out == nil {
		return all
	}
	return out
}
