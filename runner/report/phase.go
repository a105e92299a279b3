package report

import (
	"fmt"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A phase is a part of a cell's time line: what was seen before, said, or seen.
type phase struct {
	Name    string        `json:"name"`
	Attempt string        `json:"attempt,omitempty"` // of which attempt, where there are several
	Moments []phaseMoment `json:"moments"`
	More    string        `json:"more,omitempty"` // how much of it is left out
}

type phaseMoment struct {
	Clock    string `json:"clock,omitempty"` // time of day, UTC
	Offset   string `json:"offset"`          // from the reply
	What     string `json:"what"`
	Exchange int64  `json:"exchange,omitempty"`
	Repeats  string `json:"repeats,omitempty"`
}

// phasesOf is a cell's time line. Earlier attempts have a clock of their own, so the
// time of day is given only for the one that is judged.
func phasesOf(r *engine.Result, m measure) []phase {
	if r.Record == nil {
		return nil
	}
	var out []phase
	for i, earlier := range r.Record.Earlier {
		out = append(out, phasesOfAttempt(r, earlier, fmt.Sprintf("attempt %d", i+1), m)...)
	}
	name := ""
	if n := len(r.Record.Earlier); n > 0 {
		name = fmt.Sprintf("attempt %d, which is judged", n+1)
	}
	return append(out, phasesOfAttempt(r, r.Record, name, m)...)
}

func phasesOfAttempt(r *engine.Result, record *verdict.Record, attempt string, m measure) []phase {
	before, after := moments(record)
	out := []phase{{Name: "seen before", Moments: nil}}
	out[0] = phaseOf("seen before", r, record, before, m)
	if record.Act != nil {
		out = append(out, phaseOf("said", r, record, []moment{{at: record.Act.SaidAt, what: answer(record.Act), exchange: record.Act.Exchange}}, m))
	}
	out = append(out, phaseOf("seen", r, record, after, m))
	if record.Halt != nil {
		out = append(out, phase{Name: "stopped", Moments: []phaseMoment{{What: brief(string(record.Halt.Kind)+": "+record.Halt.Why, m.text)}}})
	}
	var told []phase
	for _, each := range out {
		if len(each.Moments) > 0 {
			each.Attempt = attempt
			told = append(told, each)
		}
	}
	return told
}

// phaseOf keeps the first moments and the last: what a thing was like at the end counts most.
func phaseOf(name string, r *engine.Result, record *verdict.Record, all []moment, m measure) phase {
	p := phase{Name: name}
	if n := len(all) - m.moments; n > 0 {
		p.More = plural(n, "reading") + " between them left out"
		half := m.moments / 2
		all = append(all[:m.moments-half:m.moments-half], all[len(all)-half:]...)
	}
	for _, each := range all {
		shown := phaseMoment{Offset: offset(record, each.at), What: brief(each.what, m.text), Exchange: each.exchange}
		if record == r.Record {
			if zero := epoch(r); !zero.IsZero() {
				shown.Clock = zero.Add(each.at).UTC().Format(stamp)
			}
		}
		if each.alike > 1 {
			shown.Repeats = each.repeats(record)
		}
		p.Moments = append(p.Moments, shown)
	}
	return p
}
