package engine

import "slices"

// bears tells whether anything of the thing, or of what was made together with it, was
// sent with its marker.
func (t *thing) bears() bool { return len(t.marked)+len(t.each) > 0 }

// eachTrace is traceIn for a thing that stands for several: as one of them shows it best.
func (t *thing) eachTrace(raw any) trace {
	best := noTrace
	for _, marked := range t.each {
		one := *t
		one.each, one.marked = nil, marked
		best = max(best, one.traceIn(raw))
	}
	return best
}

// eachEqual tells whether an item is one of several things as it was sent.
func (t *thing) eachEqual(raw any) bool {
	return slices.ContainsFunc(t.each, func(marked map[string]any) bool {
		one := *t
		one.each, one.marked = nil, marked
		return one.equalMarked(raw)
	})
}
