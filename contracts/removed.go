package contracts

import "slices"

// readRemoved reads `removed: true` of a given thing: it is made, seen, removed and seen
// gone before the act, so that what the act then speaks of surely was there and surely is
// not. A made-up identity would prove less, and could be somebody's.
func (d *draft) readRemoved(n *node, g *Given) {
	r := n.get("removed")
	if r == nil || g == nil {
		return
	}
	switch {
	case r.shape != boolean || r.text != "true":
		d.mistake(r, "write removed: true, or leave it out", "%s is no answer", shown(r))
	case g.Resource == nil:
		d.mistake(n.key("removed"), "make it by a resource: {make: RESOURCE, removed: true}", "nothing says how given thing %s is removed", quote(g.Name))
	case g.Resource.Delete == nil:
		d.mistake(n.key("removed"), "write delete in resource "+quote(g.Resource.Name), "resource %s has no delete", quote(g.Resource.Name))
	}
	g.Removed = true
}

// checkRemoved reports what a contract says of a thing that is not there any more.
func (d *draft) checkRemoved() {
	if !slices.ContainsFunc(d.c.Given, func(g *Given) bool { return g.Removed }) {
		return
	}
	for _, n := range append([]*node{d.n}, d.effectNodes()...) {
		for _, verb := range []Verb{Updates, Deletes, Shows, Hides, Finds} {
			of := n.get(string(verb))
			if of == nil {
				continue
			}
			if g := d.c.given(of.text); g != nil && g.Removed {
				d.mistake(of, "leave it out: without a sentence the thing is seen to stay away; what comes back is creates: "+g.Resource.Name,
					"%s is removed before the act, and nothing can be said of it", quote(g.Name))
			}
		}
	}
	silent := func(c *Case) bool { return !c.StatusSet }
	if !d.c.StatusSet && (len(d.c.Cases) == 0 || slices.ContainsFunc(d.c.Cases, silent)) {
		d.mistake(d.n.key("contract"), "write status: [404, 410]; or status: done, where the provider documents that it says yes",
			"the contract does not say how an act on what is not there is answered")
	}
}
