package engine

import (
	"maps"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A trace is what an item shows of a thing's marker.
type trace int

const (
	noTrace   trace = iota
	mentioned       // a field in which it was sent holds it, but not as it was sent
	partly          // some of the fields in which it was sent are as they were sent
	entirely        // all of them that the item shows are
)

// traceIn says what an item shows of the thing's marker. Only the fields in which the
// marker was sent count: who writes about a thing of ours may quote its marker
// anywhere else, and a reply to a thing of ours may quote it in the same field. Of a
// thing that stands for several it is what one of them shows best.
func (t *thing) traceIn(raw any) trace {
	if len(t.each) > 0 {
		best := noTrace
		for _, marked := range t.each {
			best = max(best, t.alone(marked).traceIn(raw))
		}
		return best
	}
	if _, matches := raw.([]any); matches || len(t.marked)+len(t.remarked) == 0 {
		return t.traceAnywhere(raw)
	}
	seen := view(t.resource, raw)
	if t.masks == nil {
		t.masks = masks(t.resource)
	}
	all := t.masks
	shown, same, holds := 0, 0, false
	for path := range t.markedPaths() {
		mask := verdict.MaskOf(all, splitPath(path))
		value := walkPath(seen, splitPath(path))
		if !mask.Compared() || value == expr.Absent {
			continue // it shows nothing of what was sent there, as lists often do not
		}
		shown++
		switch {
		case t.sentIn(path, mask, value):
			same++
		case t.holds(value):
			holds = true
		}
	}
	switch {
	case same > 0 && same == shown:
		return entirely
	case same > 0:
		return partly
	case holds:
		return mentioned
	}
	return noTrace
}

// bears tells whether anything of the thing, or of what was made together with it, was
// sent with its marker.
func (t *thing) bears() bool { return len(t.marked)+len(t.each) > 0 }

// alone is a thing that stands for several as if only the one that was sent with these
// marked fields had been.
func (t *thing) alone(marked map[string]any) *thing {
	one := *t
	one.each, one.marked = nil, marked
	return &one
}

// traceAnywhere is for what has no fields by name: the matches on a page, and a thing
// whose marker was sent in a list.
func (t *thing) traceAnywhere(raw any) trace {
	if slices.Contains(markersIn(raw), t.unique) {
		return partly
	}
	return noTrace
}

func (t *thing) markedPaths() map[string]any {
	all := maps.Clone(t.marked)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, t.replaced)
	maps.Copy(all, t.remarked)
	return all
}

// sentIn tells whether a field is as it was sent, by the make or by the act.
func (t *thing) sentIn(path string, mask verdict.Mask, value any) bool {
	for _, sent := range []map[string]any{t.marked, t.remarked, t.replaced} {
		if text, has := sent[path]; has && mask.Same(text, value) {
			return true
		}
	}
	return false
}

// holds tells whether a value holds a marker of the thing somewhere in its text.
func (t *thing) holds(value any) bool {
	text, ok := value.(string)
	return ok && (t.unique != "" && strings.Contains(text, t.unique) || t.uuid != "" && strings.Contains(text, t.uuid) ||
		t.marker != "" && strings.Contains(text, t.marker))
}

// remark notes what the act may put into fields of the things that were given, and
// has it on disk before the act is sent. With an error it must not be.
func (a *attempt) remark(request *request, call *contracts.Call) error {
	for _, t := range a.given {
		if a.first != nil {
			t.replaced = t.remarked
		}
		t.remarked = markedFields(a.sentTo(t, call, request), a.unique, a.uuid)
		if t.intent == "" || len(t.remarked) == 0 {
			continue
		}
		if err := a.e.append(journal.Changing{ID: t.intent, Fields: a.maskedFields(t.remarked)}); err != nil {
			return &haltError{"setup-failed", err.Error(), "nothing is sent that could not be found again after a crash"}
		}
	}
	return nil
}
