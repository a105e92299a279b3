package contracts

import (
	"slices"
)

// checkGround reports calls of the contract's resources and probes that name a
// thing which this contract does not have.
func (d *draft) checkGround() {
	have := d.resourcesHere()
	for _, r := range d.provider.Resources {
		if !slices.Contains(have, r.Name) {
			continue
		}
		for _, c := range []struct {
			verb string
			call *Call
		}{{"read", r.Read}, {"list", r.List}, {"delete", r.Delete}} {
			d.groundOf(c.call, c.verb+" of resource "+quote(r.Name), have)
		}
	}
	for _, e := range d.c.Effects {
		for _, place := range append(slices.Clone(e.In), e.looksAt()...) {
			if p := d.provider.Probe(place); p != nil && p.Call != nil {
				d.groundOf(p.Call, "probe "+quote(place), have)
			}
		}
	}
}

// resourcesHere are the resources of which the contract has a thing.
func (d *draft) resourcesHere() []string {
	var out []string
	for _, g := range d.c.Given {
		if g.Resource != nil {
			out = append(out, g.Resource.Name)
		}
	}
	if d.created != nil {
		out = append(out, d.created.Name)
	}
	for _, e := range d.c.Effects {
		if e.Resource != nil {
			out = append(out, e.Resource.Name)
		}
	}
	return out
}

// groundOf reports what one call names and the contract does not have.
func (d *draft) groundOf(c *Call, what string, have []string) {
	for _, r := range d.needed(c) {
		if !slices.Contains(have, r.Name) {
			d.mistake(d.n.key("contract"), "add it: given: "+r.Name, "the %s names %s, which this contract does not have", what, quote(r.Name))
		}
	}
}
