package report

import (
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// stamp is how a moment is shown: the second matters to a provider's support,
// the millisecond to whoever compares it with their log.
const stamp = "15:04:05.000"

// epoch is the moment at which the record's clock stood at zero. The act's
// exchange knows both times of one event; without it, the cell's start is as
// near as can be told.
func epoch(r *engine.Result) time.Time {
	if r.Record == nil || r.Record.Act == nil {
		return r.Started
	}
	for _, x := range r.Exchanges {
		if x.Number == r.Record.Act.Exchange && !x.SaidAt.IsZero() {
			return x.SaidAt.Add(-r.Record.Act.SaidAt)
		}
	}
	return r.Started
}

// wall shows a moment of the record's clock as the time of day, "" when the
// run's own times are not known.
func wall(r *engine.Result, at time.Duration) string {
	zero := epoch(r)
	if zero.IsZero() {
		return ""
	}
	return zero.Add(at).Format(stamp)
}
