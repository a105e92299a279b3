package contracts

import (
	"slices"
)

// promises tells whether the base is sent. A contract whose cases carry all of
// its meaning ("a refused edit leaves no trace") has an effect only as their
// frame: to send its base would be to send an edit of nothing and to accuse the
// provider of not having done it.
//
// So the base is left out when there are cases and nothing is written that it
// could keep: no status, expect or snapshot, and no effect but
//   - `updates` without `set` and without a body: nothing is wanted of the thing;
//   - `creates` without a body, where every case brings its own: the base would
//     make an empty thing;
//   - `keeps` beside one of these.
//
// `each` needs items, which stand in a body.
//
// A contract with an effect and a body does send its base.
func (d *draft) promises() bool {
	c := d.c
	if len(c.Cases) == 0 || c.StatusSet || c.Expect != nil || c.Snapshot != nil || c.Each != nil && c.Act.Body != nil {
		return true
	}
	frame := 0
	for _, e := range c.Effects {
		switch {
		case e.Verb == Keeps && e.Implied:
			frame++
		case e.Verb == Updates && e.Set == nil && c.Act.Body == nil:
			frame++
		case e.Verb == Creates && c.Act.Body == nil && d.casesBringBodies():
			frame++
		case e.Verb != Keeps:
			return true
		}
	}
	return frame == 0 && len(c.Effects) > 0
}

func (d *draft) casesBringBodies() bool {
	return !slices.ContainsFunc(d.c.Cases, func(c *Case) bool { return c.Act.Body == nil })
}
