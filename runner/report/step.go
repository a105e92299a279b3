package report

import (
	"cmp"
	"slices"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// The steps of a cell at which an exchange can be sent.
const (
	stepGiven   = "given"    // what the contract needs was made
	stepBefore  = "before"   // the world was read before the act
	stepAct     = "act"      // the call under test
	stepWatch   = "watch"    // the world was read after it
	stepCleanUp = "clean-up" // what was made was removed
	stepBetween = "between"  // the attempts: cleaned up after one, made for the next
	stepEvent   = "event"    // it came to us: a delivery of a webhook
)

// steps tell at which step of its cell an exchange was sent. A record names the acts
// and, of each reading, the first exchange; the others lie between those.
type steps struct {
	marks []stamped // by number
}

// A stamped is an exchange whose step the record tells.
type stamped struct {
	exchange int64
	step     string
}

func stepsOf(r *engine.Result) steps {
	var s steps
	if r.Record == nil {
		return s
	}
	for _, record := range append(slices.Clone(r.Record.Earlier), r.Record) {
		s.read(record)
	}
	slices.SortStableFunc(s.marks, func(a, b stamped) int { return cmp.Compare(a.exchange, b.exchange) })
	return s
}

func (s *steps) read(record *verdict.Record) {
	if record.Act != nil {
		s.mark(record.Act.Exchange, stepAct)
	}
	for _, place := range record.Places {
		for _, reading := range slices.Concat(place.Rested, place.Before) {
			s.mark(reading.Exchange, stepBefore)
		}
		for _, reading := range place.Readings {
			s.mark(reading.Exchange, stepWatch)
		}
	}
}

func (s *steps) mark(exchange int64, step string) {
	if exchange > 0 {
		s.marks = append(s.marks, stamped{exchange, step})
	}
}

// of gives the step of an exchange. One that the record does not name belongs to what
// was sent just before it: a further page of a listing, say. What comes before
// everything was sent to make what is given, and what comes after the watch to clean up.
func (s steps) of(x *wire.Exchange) string {
	if x.Received {
		return stepEvent
	}
	at, named := slices.BinarySearchFunc(s.marks, x.Number, func(m stamped, number int64) int { return cmp.Compare(m.exchange, number) })
	switch {
	case named:
		return s.marks[at].step
	case at == 0:
		return stepGiven
	case at == len(s.marks):
		return stepCleanUp
	case s.marks[at-1].step == stepWatch && s.marks[at].step != stepWatch:
		return stepBetween
	case s.marks[at-1].step == stepAct:
		return stepWatch
	}
	return s.marks[at-1].step
}

// inOrder are exchanges in the order of sending.
func inOrder(exchanges []*wire.Exchange) []*wire.Exchange {
	return slices.SortedStableFunc(slices.Values(exchanges), func(a, b *wire.Exchange) int { return cmp.Compare(a.Number, b.Number) })
}
