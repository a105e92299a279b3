package contracts

// A case "is the same effect with other input". One kind of input is none of the effect:
// where the call of the contract names a given thing, and that of the case names no thing
// any more but something that is not there (DELETE /reviews/no-such-one), a success cannot
// have been about the thing.

// Aside tells whether the call of a case that must be refused no longer names the given
// thing that a sentence is about, and that the contract's own call names.
func (c *Contract) Aside(cs *Case, e *Effect) bool {
	if cs == nil || cs.Nothing || !cs.Status.Refuses() {
		return false
	}
	g := c.given(e.Thing)
	if g == nil || !c.speaksOf(c.Act, g) {
		return false
	}
	for _, any := range c.Given {
		if c.speaksOf(cs.Act, any) {
			return false
		}
	}
	return true
}

// speaksOf tells whether a call names a given thing: by its name or that of its resource,
// or by the parameter of an operation that is the identity of what a sentence names.
func (c *Contract) speaksOf(call *Call, g *Given) bool {
	return call.names(g.Name) || g.Resource != nil && call.names(g.Resource.Name) || call.Identity != "" && call.Path[call.Identity] == nil
}
