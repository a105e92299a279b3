package comparison

// A Pool keeps one of equal outlines, so that those of two runs are compared by their pointers.
type Pool map[[16]byte]*Outline

// Shared gives the outline of the pool that is equal to this one, or takes it in.
func (p Pool) Shared(o *Outline) *Outline {
	digest := o.Digest()
	if one, ok := p[digest]; ok {
		return one
	}
	p[digest] = o
	return o
}
