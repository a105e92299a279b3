package engine

import (
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// where adds a place to an effect, with the times that hold there.
func (a *attempt) where(effect *contracts.Effect, bound *verdict.Effect, at int, field []string) {
	p, contract, defaults := a.places[at], a.cell.Contract.Waits, a.e.o.Suite.Provider.Defaults
	within := first(effect.Waits.Within, contract.Within, a.lag(p), defaults.Within)
	times := verdict.Where{Place: at, Field: field, Within: or(within, contracts.DefaultWithin)}
	times.Stays = or(first(effect.Waits.Stays, contract.Stays, defaults.Stays), contracts.DefaultStays)
	times.Patience = or(first(effect.Waits.Patience, contract.Patience, defaults.Patience), contracts.PatienceFactor*times.Within)
	times.Patience = max(times.Patience, times.Within)
	bound.Where = append(bound.Where, times)
}

// lag is the default `within` of what is seen through a place; for an expression
// the longest of its parts.
func (a *attempt) lag(p *place) *time.Duration {
	if p.look == verdict.Expression {
		var longest *time.Duration
		for _, part := range p.parts {
			if lag := a.lag(a.places[part]); lag != nil && (longest == nil || *lag > *longest) {
				longest = lag
			}
		}
		return longest
	}
	if probe := a.e.o.Suite.Provider.Probe(p.probe); probe != nil && probe.Lag != nil {
		return probe.Lag
	}
	if p.call != nil {
		return p.call.Lag
	}
	return nil
}

func first(durations ...*time.Duration) *time.Duration {
	for _, d := range durations {
		if d != nil {
			return d
		}
	}
	return nil
}

func or(d *time.Duration, otherwise time.Duration) time.Duration {
	if d == nil {
		return otherwise
	}
	return *d
}
