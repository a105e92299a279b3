package comparison

// A look is what one cell shows of one call.
type look struct {
	row              *Row
	outline          *Outline // nil for all statuses together
	account, subject int      // numbers of its account, and of its contract and case
}

func byAccount(l *look) int { return l.account }

func bySubject(l *look) int { return l.subject }

func (l *look) value(k key) (string, bool) {
	if l.outline == nil {
		return statuses(l.row.Outlines, k.at)
	}
	if (l.outline.Snapshot != nil) != (k.trait == FactOf) {
		return "", false
	}
	return k.in(l.outline)
}

// looks are the cells of a run by what they show: a trait is asked of thousands of cells.
type looks struct {
	replies  map[at][]look
	statuses map[at][]look // with no status in it
	groups   int           // more than any number of an account or a subject
}

func looksOf(rows []Row) *looks {
	l := &looks{replies: map[at][]look{}, statuses: map[at][]look{}}
	accounts, subjects := map[string]int{}, map[subject]int{}
	for i := range rows {
		r := &rows[i]
		one := look{row: r, account: numbered(accounts, r.Account), subject: numbered(subjects, r.subject())}
		var last at
		for _, o := range r.Outlines {
			all := at{call: o.Call, as: o.As}
			if o.Status != 0 && all != last {
				last = all
				l.statuses[all] = append(l.statuses[all], one)
			}
			with := one
			with.outline = o
			l.replies[o.at()] = append(l.replies[o.at()], with)
		}
	}
	l.groups = max(len(accounts), len(subjects))
	return l
}

func numbered[K comparable](known map[K]int, name K) int {
	n, ok := known[name]
	if !ok {
		n = len(known)
		known[name] = n
	}
	return n
}

func (l *looks) of(k key) []look {
	if k.trait == StatusOf {
		return l.statuses[k.at]
	}
	return l.replies[k.at]
}
