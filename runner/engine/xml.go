package engine

import (
	"fmt"
	"slices"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// mostXML is how deeply XML that we send may be nested.
const mostXML = 1000

// asXML is what a request sends as XML, as values: what is written as text is compared
// with what is read as the XML that it is, and not as a whole.
func asXML(r *request, body any) any {
	text, isText := body.(string)
	if !isText || !wire.IsXML(r.header.Get("Content-Type")) {
		return body
	}
	if value, err := wire.ReadXML(text, mostXML); err == nil {
		return value
	}
	return body // not well-formed, as a case may want it
}

// itemsOfXML gives the items that stand in XML, which has no lists: what stands there
// once is one item. Where nothing does the list is empty, if what should hold the
// items is there: a reply of another sort, as many a maintenance page is one, has no list.
func itemsOfXML(items *expr.Program, value any, reply *wire.Reply) ([]any, error) {
	switch value {
	case nil, "":
		return nil, nil
	case expr.Absent:
		vars := map[string]any{"response": responseVar(reply)}
		for _, ref := range items.Refs() {
			if len(ref) < 3 || ref[0] != "response" || walkPath(vars, ref[:len(ref)-1]) == expr.Absent {
				return nil, fmt.Errorf("items: %s is not there, nor what should hold it", items.Source())
			}
		}
		return nil, nil
	}
	if u, unknown := value.(expr.Unknown); unknown {
		return nil, fmt.Errorf("items: %s", u.Why)
	}
	return []any{value}, nil
}

// untyped has values compared as XML shows them: 4 and "4" are one there.
func (a *attempt) untyped() {
	for i := range a.record.Effects {
		effect := &a.record.Effects[i]
		if n := len(effect.Masks); n == 0 || !effect.Masks[n-1].Untyped {
			effect.Masks = append(slices.Clip(effect.Masks), verdict.Mask{Untyped: true})
		}
	}
}
