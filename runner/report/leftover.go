package report

import (
	"fmt"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// leftovers names what the run made and could not remove, with the call that
// should remove it, so that a person can.
func (p *page) leftovers(run *engine.Finished) {
	n := 0
	for _, r := range sorted(run) {
		for _, left := range r.Left {
			if n == 0 {
				p.line("%s", p.style.paint(red, "LEFT BEHIND"))
			}
			n++
			p.leftover(r, left)
		}
	}
	if n > 0 {
		p.line("")
	}
}

func (p *page) leftover(r *engine.Result, left engine.Leftover) {
	name := Line(left.Resource)
	switch {
	case left.Key != "":
		name += " " + Line(left.Key)
	case left.Marker != "":
		name += " with marker " + Line(left.Marker)
	}
	text := fmt.Sprintf("%s on %s: %s", name, Line(left.Account), Line(left.Why))
	if call := left.Call; call != "" {
		if left.Key != "" { // without one, DELETE /reviews/{key} must not become DELETE /reviews/
			call = strings.ReplaceAll(call, "{key}", left.Key)
		}
		text += "; " + Line(call) + " removes it"
	}
	if left.Key == "" && left.Marker != "" {
		text += "; it can be found at the provider by the marker"
	}
	p.line("  %s  (%s)", text, title(r))
}
