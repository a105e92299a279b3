package verdict

import (
	"fmt"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A Behaviour is what a provider does, is allowed to do, and says nowhere: worth writing
// down, and never a lie.
type Behaviour struct {
	Kind Kind   `json:"kind"`
	What string `json:"what"` // one sentence
}

// behaviour is what the cell shows of that kind.
func (w *watch) behaviour(deeds []*deed) []Behaviour {
	var list []Behaviour
	add := func(kind Kind, what string) { list = append(list, Behaviour{kind, what}) }
	if o := w.masked(deeds); o != nil {
		add(ExistenceMasking, fmt.Sprintf("%s to %s, and %s shows the thing: that it exists is not disclosed (RFC 9110, 15.5.5)", said(w.r.Act), w.r.Act.Eyes, o.t.place().who()))
	}
	if gone := w.removed(); gone != nil && (w.r.Act.Status == 401 || w.r.Act.Status == 403) {
		add(ExistenceMasking, fmt.Sprintf("%s of what is not there: that it does not exist is not disclosed", said(w.r.Act)))
	}
	if w.atOnce(deeds) {
		add(WrongSuccess, said(w.r.Act)+", and all was done when it was first looked at: if that is always so, 202 promises less than is done")
	}
	return list
}

// masked finds a place whose eyes see the thing that others were told is not there.
func (w *watch) masked(deeds []*deed) *outcome {
	if w.r.Act.Status != 404 || w.claim != contracts.Refused {
		return nil
	}
	for _, d := range deeds {
		key := w.keyOf(d.e)
		if d.e.Verb == contracts.Creates || key == "" || !w.r.Act.names(key) {
			continue
		}
		for _, o := range d.outs {
			g := o.t.lastKnown()
			if g == nil || o.t.place().Look == Expression || o.t.place().Eyes == w.r.Act.Eyes {
				continue
			}
			if _, there := o.t.item(g.Reading); there {
				return o
			}
		}
	}
	return nil
}

// atOnce reports a 202 whose every effect stood in the first reading after it.
func (w *watch) atOnce(deeds []*deed) bool {
	if w.r.Act.Status != 202 || w.claim != contracts.Accepted {
		return false
	}
	some := false
	for _, d := range deeds {
		for _, o := range d.outs {
			if d.guard() {
				continue
			}
			if o.is != applied || len(o.t.looks) == 0 || o.t.looks[0].sign != yes {
				return false
			}
			some = true
		}
	}
	return some
}
