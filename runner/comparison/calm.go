package comparison

// A move counts where its trait is calm, and not where it is restless.
//
// Calm is a trait of which all cells of one side say the same, or as much as all cells
// of one account, or all of one contract and case: then something explains its values, and a move from
// one to another is news. A field that some plans have and others have not is calm;
// a header that names whichever machine answered is restless.
//
// A restless trait, and a faint move (see move.faint), need as many cells as a coin would hardly
// ever fall on one side: if there is no change, a cell goes from x to y as
// often as from y to x. One cell that goes the other way is enough to call it noise, and so is a
// value that is another in every cell. A faint move within a list is noise always: it holds what others made.
const (
	enoughFaint    = 7  // of a calm trait: 1 in 64
	enoughRestless = 10 // 1 in 512, and there are not many restless traits
)

// A shift is one trait with all its moves.
type shift struct {
	key   key
	moves map[[2]string][]pair // from, to → where
}

// judge gives those moves of the shift that are no noise.
func (s *shift) judge(p *pairing) (accepted [][2]string, noise int) {
	flaps := s.flaps()
	calm := !flaps && s.calm(p)
	for way, cells := range s.moves {
		m := move{s.key, way[0], way[1]}
		needs := 1
		switch {
		case !calm && m.faint() || flaps || m.faint() && s.key.foreign():
			needs = 0
		case !calm:
			needs = enoughRestless
		case m.faint():
			needs = enoughFaint
		}
		if needs == 0 || len(cells) < needs {
			noise++
			continue
		}
		accepted = append(accepted, way)
	}
	return accepted, noise
}

// flaps says that cells go both ways, or that each goes its own.
func (s *shift) flaps() bool {
	from, to := map[string]bool{}, map[string]bool{}
	for way := range s.moves {
		if _, back := s.moves[[2]string{way[1], way[0]}]; back {
			return true
		}
		from[way[0]], to[way[1]] = true, true
	}
	own := len(s.moves) > 1 && len(from) == len(s.moves) && len(to) == len(s.moves)
	for _, cells := range s.moves {
		own = own && len(cells) == 1
	}
	return own
}

func (s *shift) calm(p *pairing) bool {
	if p.form == Accounts {
		return s.calmAmong(p)
	}
	return s.explained(p.looksA()) && s.explained(p.looksB())
}

// explained says that the account, or the contract and case, explains the trait's values.
func (s *shift) explained(in *looks) bool {
	return s.constant(in, byAccount) || s.constant(in, bySubject)
}

// constant says that within each group all cells show the same.
func (s *shift) constant(in *looks, group func(*look) int) bool {
	values := make([]string, in.groups)
	seen := make([]bool, in.groups)
	all := in.of(s.key)
	for i := range all {
		value, ok := all[i].value(s.key)
		if !ok {
			continue
		}
		g := group(&all[i])
		if seen[g] && !alike(values[g], value) {
			return false
		}
		values[g], seen[g] = value, true
	}
	return true
}

// calmAmong is calm for two accounts of a run. What the run's other accounts show where the two differ
// must be what the one or the other shows; and where they side with both, it must be a matter
// of the account alone.
func (s *shift) calmAmong(p *pairing) bool {
	subjects, shown := map[subject]bool{}, map[string]bool{}
	for way, cells := range s.moves {
		shown[way[0]], shown[way[1]] = true, true
		for _, each := range cells {
			subjects[each.b.subject()] = true
		}
	}
	sides := map[string]bool{}
	all := p.looksA().of(s.key)
	for i := range all {
		r := all[i].row
		if r.Account == p.a.Account || r.Account == p.b.Account || !subjects[r.subject()] {
			continue
		}
		value, ok := all[i].value(s.key)
		if ok && value != "=" && !shown[value] {
			return false
		}
		if ok {
			sides[value] = true
		}
	}
	return len(sides) < 2 || s.constant(p.looksA(), byAccount)
}
