package report

import (
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// stamp is how a moment is shown: the second matters to a provider's support,
// the millisecond to whoever compares it with their log.
const stamp = "15:04:05.000"

// epoch is the moment at which the record's clock stood at zero. Records of former
// versions do not say it: there the act's exchange knows both times of one event, and
// without it the cell's start is as near as can be told.
func epoch(r *engine.Result) time.Time {
	if r.Record == nil {
		return r.Started
	}
	if !r.Record.Began.IsZero() {
		return r.Record.Began.In(r.Started.Location())
	}
	if r.Record.Act == nil {
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

// took is how long something took by the time of day: what history keeps has no other
// clock, and a report must be the same before and after.
func took(began, ended time.Time) time.Duration { return ended.Round(0).Sub(began.Round(0)) }

// inUTC is a result whose times of day are told in UTC: whoever opens a file may be
// elsewhere than who has run it, and a provider's support is.
func inUTC(r *engine.Result) *engine.Result {
	out := *r
	out.Started, out.Ended = r.Started.UTC(), r.Ended.UTC()
	if r.Record == nil || r.Record.Act == nil {
		return &out
	}
	act := slices.IndexFunc(r.Exchanges, func(x *wire.Exchange) bool { return x.Number == r.Record.Act.Exchange })
	if act >= 0 {
		told := *r.Exchanges[act]
		told.SaidAt = told.SaidAt.UTC()
		out.Exchanges = slices.Clone(r.Exchanges)
		out.Exchanges[act] = &told
	}
	return &out
}
