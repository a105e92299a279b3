package contracts

import (
	"slices"
)

// readGiven reads `given`: a name, a list of names, or name → how it is made.
func (d *draft) readGiven(n *node) {
	if n == nil {
		return
	}
	if n.shape == mapping {
		for _, p := range n.pairs {
			d.givenEntry(p.key, p.value)
		}
	} else {
		for _, item := range d.loader.words(n, "given") {
			d.addGiven(item, d.madeBy(item, item))
		}
	}
	d.imply()
}

// madeBy is a thing that its resource's make makes. name and of are the nodes of
// the thing's name and of the resource's.
func (d *draft) madeBy(name, of *node) *Given {
	r := d.resourceNamed(of)
	if r == nil {
		return nil
	}
	if r.Make == nil {
		d.mistake(of, "write make in resource "+quote(r.Name)+", or given: {"+name.text+": {call: …}}", "resource %s has no make", quote(r.Name))
		return nil
	}
	return &Given{Pos: name.pos, Name: name.text, Resource: r, Call: r.Make}
}

func (d *draft) givenEntry(key, value *node) {
	switch {
	case value.shape == missing:
		return
	case value.shape == text && d.provider.Resource(value.text) != nil:
		d.mistake(value, "write "+key.text+": {make: "+value.text+"}", "plain text is a call, and %s is a resource", quote(value.text))
		return
	case value.shape == text:
		d.addGiven(key, &Given{Pos: key.pos, Name: key.text, Resource: d.provider.Resource(key.text), Call: d.call(value, d.givenSeat(key.text, false))})
		return
	}
	if d.fields(value, givenBlock(), key.text) == nil {
		return
	}
	of, call := value.get("make"), value.get("call")
	switch {
	case of != nil && call != nil:
		d.mistake(value.key("call"), "leave out one of them", "given thing %s has a make and a call", quote(key.text))
	case of != nil:
		g := d.madeBy(key, of)
		if g != nil {
			g.Call = d.over(g.Call, value, d.givenSeat(key.text, true))
		}
		d.readRemoved(value, g)
		d.addGiven(key, g)
	case call != nil:
		c := d.callOf(value, d.givenSeat(key.text, false))
		g := &Given{Pos: key.pos, Name: key.text, Resource: d.makerOf(key.text, c), Call: c}
		d.readRemoved(value, g)
		d.addGiven(key, g)
	default:
		d.mistake(value, "write {make: RESOURCE}, or {call: …, body: …}", "given thing %s has neither make nor call", quote(key.text))
	}
}

// makerOf finds the resource that describes what a call makes: the one of the
// thing's name, else the only one whose make is the same operation.
func (d *draft) makerOf(name string, c *Call) *Resource {
	if r := d.provider.Resource(name); r != nil {
		return r
	}
	var found *Resource
	for _, r := range d.provider.Resources {
		if r.Make != nil && r.Make.Method == c.Method && r.Make.Template == c.Template {
			if found != nil {
				return nil
			}
			found = r
		}
	}
	return found
}

// givenSeat is where the call of a given thing stands: it may name the things
// that are made before it, and, when it is laid over a make, what that may name.
func (d *draft) givenSeat(name string, make bool) seat {
	asked := d.base()
	for _, g := range d.c.Given {
		asked = asked.with(g.Name)
	}
	if make {
		asked = asked.with(d.ground.names...)
	}
	return seat{what: "given thing " + quote(name), asked: asked, reply: asked.replies()}
}

// addGiven checks the name of a given thing and enters it.
func (d *draft) addGiven(name *node, g *Given) {
	if g == nil || !d.newName(name, "given thing") {
		return
	}
	other := d.provider.Resource(g.Name)
	switch {
	case d.provider.Probe(g.Name) != nil, d.provider.Webhook(g.Name) != nil, other != nil && g.Resource != nil && other != g.Resource:
		d.mistake(name, "resources, probes, webhooks and given things share one namespace; choose another name",
			"%s already names something in provider.yaml", quote(g.Name))
		return
	}
	d.c.Given = append(d.c.Given, g)
}

// imply puts the given things into the order in which they can be made, with
// those that a make names and that nobody gave.
func (d *draft) imply() {
	written := d.c.Given
	var out []*Given
	has := func(r *Resource) *Given {
		for _, list := range [][]*Given{out, written} {
			for _, g := range list {
				if g.Resource == r {
					return g
				}
			}
		}
		return nil
	}
	started := map[*Resource]bool{} // makes that need each other were reported; here they end
	under := map[*Given]bool{}
	var place func(g *Given)
	place = func(g *Given) {
		if slices.Contains(out, g) || under[g] {
			return
		}
		under[g] = true
		for _, r := range d.needed(g.Call) {
			if r == g.Resource || r.Make == nil {
				continue
			}
			other := has(r)
			if other == nil {
				if started[r] {
					continue
				}
				started[r] = true
				other = &Given{Pos: g.Pos, Name: r.Name, Resource: r, Call: r.Make, Implied: true}
			}
			place(other)
		}
		if !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	for _, g := range written {
		place(g)
	}
	d.c.Given = out
}

// given is the given thing of a name; nil for none.
func (c *Contract) given(name string) *Given {
	for _, g := range c.Given {
		if g.Name == name {
			return g
		}
	}
	return nil
}
