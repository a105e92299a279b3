package diagnosis

import (
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// since compares an account with itself, as it was when the same cell was last kept. It
// is asked where no other account of the run kept it: an account that is alone has only
// its past.
func (m *Matrix) since(r *engine.Result) *Diagnosis {
	for _, before := range m.run.Earlier {
		then := Over(before)
		for _, past := range then.rows[rowOf(r)] {
			if past.Subject().Account == r.Subject().Account && past.Verdict.Class == verdict.Kept {
				return changed(m.known(r), then.known(past), r, before.ID)
			}
		}
	}
	return nil
}

// changed makes a diagnosis of what is otherwise now. Everything that changed separates
// now from then, so there must be one such fact for it to be named.
func changed(now, past *engine.Facts, r *engine.Result, run string) *Diagnosis {
	d := &Diagnosis{Since: run, Lied: 1, Truthful: 1, Causes: []Cause{}, Why: Nothing}
	if now.Why != "" || past.Why != "" {
		d.Why = Unread
		return d
	}
	var all []split
	for _, f := range between(now, past) {
		if f.take == "can" && r.Record != nil {
			f.needs = r.Record.Wanted.Needs
		}
		all = append(all, f.splits()...)
	}
	if len(all) == 0 {
		return d
	}
	all = ordered(all)
	d.Causes, d.Why = causes(all), Tied
	d.Equal = len(all)
	if len(all) == 1 || all[0].rank == Needed && all[1].rank != Needed {
		d.Sure, d.Why, d.Equal = true, "", 1
	}
	return d
}
