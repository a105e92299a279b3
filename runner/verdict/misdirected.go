package verdict

import (
	"fmt"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A misdirected write was done to something else: another account has it, another thing
// of ours carries what was written, or it stands under another parent, where a contract
// says that it must not be seen. It is told from a lost write by the act's own marker,
// which nobody else can have written; a copy that quotes it in longer text is none.

// astray says where a write is of which nothing was seen where it belongs; "" for nowhere.
func (w *watch) astray(d *deed) string {
	if saysNo(w.r.Act.Body) {
		return ""
	}
	if there := w.landing(d); there != nil {
		return there.says()
	}
	if (d.e.Verb == contracts.Creates || d.e.Verb == contracts.Updates) && d.is == missing && len(w.r.Elsewhere) > 0 {
		there := w.r.Elsewhere[0]
		return fmt.Sprintf("%s as %s lists it under key %q", there.Call, there.Eyes, there.Key)
	}
	return ""
}

// landing is the place of another sentence that shows what d was to bring about; nil for
// none.
func (w *watch) landing(d *deed) *outcome {
	if d.is != missing && d.is != split {
		return nil
	}
	for _, t := range w.tracks {
		if t.effect == d.effect {
			continue
		}
		switch o := w.outcome(t); {
		case d.e.Verb == contracts.Updates && o.is == collateral && t.e.Verb == contracts.Keeps && w.written(d, o):
			return o
		case d.e.Verb == contracts.Creates && o.is == exposed && t.e.Thing == d.e.Thing && t.place().Look == Listing && t.place().Eyes == w.r.Act.Eyes:
			return o // the eyes that acted see it, in a place where it is not to be: that is no leak
		}
	}
	return nil
}

// landed reports that an outcome shows where a write went, and is charged as that.
func (w *watch) landed(deeds []*deed, o *outcome) bool {
	if o.is != collateral && o.is != exposed {
		return false
	}
	for _, d := range deeds {
		if there := w.landing(d); there != nil && there.t == o.t {
			return true
		}
	}
	return false
}

// written reports that another thing holds every field that carries the act's marker, as it
// was sent.
func (w *watch) written(d *deed, o *outcome) bool {
	if o.g == nil || len(w.r.Act.Marked) == 0 || o.t.place().Thing == d.e.Thing {
		return false
	}
	value, there := o.t.item(o.g.Reading)
	if !there {
		return false
	}
	for path, sent := range w.r.Act.Marked {
		got, has := dotted(value, path)
		if !has || !masks(o.t.e.Masks).same(strings.Split(path, "."), sent, got, true) {
			return false
		}
	}
	return true
}
