package contracts

import (
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// A KnownLie is one entry of `known`: a lie that the provider documents, or that
// somebody has reported and nobody has mended.
type KnownLie struct {
	Pos  Position
	When *expr.Program // for which accounts or replies; nil: for all
	Lie  string        // the kind
	See  string        // where it is documented
	// Until is the last day on which it is an excuse, midnight at its beginning in UTC;
	// the zero time: it is one for ever.
	Until time.Time
}

// Over tells whether an entry has run out at some moment. Days are those of UTC, so
// that a run has the same excuses on every machine.
func (k *KnownLie) Over(at time.Time) bool {
	return !k.Until.IsZero() && !at.Before(k.Until.AddDate(0, 0, 1))
}

// readKnown reads one entry or a list of them.
func (d *draft) readKnown(n *node) {
	if n == nil {
		return
	}
	items := []*node{n}
	if n.shape == list {
		items = n.items
	}
	for _, item := range items {
		if d.fields(item, knownBlock(), "") == nil {
			continue
		}
		known := &KnownLie{Pos: item.pos, When: d.program(item.get("when"), d.scope.with("request", "response"), expr.Bool), See: d.text(item.get("see"), "see")}
		if lie := item.get("lie"); lie != nil {
			known.Lie = d.lie(lie)
		}
		if until := item.get("until"); until != nil {
			known.Until = d.day(until)
		}
		d.c.Known = append(d.c.Known, known)
	}
}

func (d *draft) lie(n *node) string {
	if n.shape != text || !slices.Contains(lieKinds, n.text) {
		d.mistake(n, didYouMean(n.text, lieKinds)+"kinds are "+sentence(lieKinds), "%s is no kind of lie", shown(n))
		return ""
	}
	return n.text
}

// day reads a date of the calendar.
func (d *draft) day(n *node) time.Time {
	day, err := time.Parse(time.DateOnly, n.text)
	if n.shape != text || err != nil {
		d.mistake(n, "write it as 2027-01-31", "%s is no date", shown(n))
		return time.Time{}
	}
	return day
}
