package contracts

import "slices"

// nothing reads `effect: none` of a case: two calls that must differ. The base does
// what the contract says; the case is answered as expected, and its filter, its dry run
// or its precondition keeps the effect from happening.
func (d *draft) nothing(n *node, c *Case) bool {
	e := n.get("effect")
	if d.oneOf(e, "effect", "none") == "" {
		return false
	}
	promised := slices.ContainsFunc(d.c.Effects, func(e *Effect) bool { return e.Verb != Keeps && e.Verb != Hides })
	switch {
	case c.StatusSet && c.Status.Refuses():
		d.mistake(n.key("effect"), "leave it out; it is for a success that must do nothing", "a refusal already says that nothing happens")
	case !promised:
		d.mistake(n.key("effect"), "say with a sentence what the act does without the change, as in creates: RESOURCE or finds: THING", "nothing may come of an effect, and the contract has none")
	}
	return true
}
