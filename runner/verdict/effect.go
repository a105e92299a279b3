package verdict

import (
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A deed is what became of one effect in all its places.
type deed struct {
	effect int
	e      *Effect
	is     content
	main   *outcome   // the one that decides; nil when the effect has no place
	outs   []*outcome // of all its places, in the contract's order
	other  *glance    // shows our marker under another key than the reply's
}

// deeds judges every effect.
func (w *watch) deeds() []*deed {
	list := make([]*deed, len(w.r.Effects))
	for i := range list {
		list[i] = &deed{effect: i, e: &w.r.Effects[i], is: applied}
	}
	for _, t := range w.tracks {
		d := list[t.effect]
		if t.mirrored() && len(t.e.Where) > 1 {
			continue // it is as the listing
		}
		d.outs = append(d.outs, w.outcome(t))
	}
	for _, d := range list {
		d.renamed()
		d.combine(w.refusal())
	}
	return list
}

// renamed looks for our marker under another key than the one the reply named.
// The effect then holds, and the place that was asked for the wrong key is as the
// listing.
func (d *deed) renamed() {
	if d.e.Verb != contracts.Creates {
		return
	}
	for _, o := range d.outs {
		if g := o.t.lastKnown(); g != nil && g.other != "" {
			d.other = g
		}
	}
	if d.other == nil {
		return
	}
	var rest []*outcome
	for _, o := range d.outs {
		if o.t.place().Look != ByKey || o.is == applied {
			rest = append(rest, o)
		}
	}
	d.outs = rest
}

// order is how the outcomes of one effect take precedence, by VERDICTS section 7.
var order = []content{left, exposed, missing, reverted, duplicated, split, dropped, altered, collateral, late, unobserved, soBefore, flapping, noisy, applied, clean}

func precedence(c content) int {
	for i, o := range order {
		if o == c {
			return i
		}
	}
	return len(order)
}

// combine takes the outcome that decides. Absent in some places and there in
// others is split; absent beside places that could not be seen is absent. What was there
// in one place until it was gone was there in the others too, for all we know: no read
// of theirs fell into that time.
func (d *deed) combine(refusal bool) {
	var gone, there, undone *outcome
	for _, o := range d.outs {
		if d.main == nil || precedence(o.is) < precedence(d.main.is) ||
			o.is == late && d.main.is == late && o.since > d.main.since {
			d.main = o
		}
		switch {
		case o.is == missing:
			gone = o
		case o.is == reverted:
			undone = o
		case o.present():
			there = o
		}
	}
	if d.main == nil {
		return
	}
	d.is = d.main.is
	switch {
	case gone != nil && there != nil && !refusal:
		d.is, d.main = split, gone
	case gone != nil && undone != nil:
		d.is, d.main = reverted, undone
	}
}

// present reports that something of the effect was there.
func (o *outcome) present() bool {
	switch o.is {
	case applied, late, dropped, altered, duplicated, collateral, reverted, split:
		return true
	}
	return false
}

// guard reports an effect that is true while nothing happens; it counts neither
// as absent nor as applied.
func (d *deed) guard() bool {
	return d.e.Verb == contracts.Keeps || d.e.Verb == contracts.Hides || d.e.Address || d.e.never()
}

// aside reports that nothing came of an effect on a thing of which the act did not speak.
// What was to be made under another parent may be there by its key, and not in this list.
func (d *deed) aside() bool {
	return d.e.Aside && (d.is == missing || d.is == split && d.e.Verb == contracts.Creates)
}

func (d *deed) present() bool {
	return (&outcome{is: d.is}).present()
}

// says is the line of the effect in the report.
func (d *deed) says() string {
	var parts []string
	if d.main != nil {
		parts = append(parts, d.main.says())
	}
	for _, o := range d.outs {
		if o != d.main {
			parts = append(parts, o.says())
		}
	}
	return strings.Join(parts, "; ")
}
