package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A moment is one line of the time line: a reading, or several of one place in
// a row that gave the same.
type moment struct {
	at       time.Duration // on the record's clock
	what     string
	same     string // what makes readings alike
	exchange int64  // of the first; 0 for none
	alike    int    // how many readings it stands for
	until    time.Duration
	last     int64 // exchange of the last
}

// repeats is "4 alike, until +1.598 s, #27". What was known without a request has no number.
func (m moment) repeats(record *verdict.Record) string {
	text := fmt.Sprintf("%d alike, until %s", m.alike, offset(record, m.until))
	if m.last > 0 {
		text += fmt.Sprintf(", #%d", m.last)
	}
	return text
}

// moments gives all readings of a record by time: those from before the act,
// and the others.
func moments(record *verdict.Record) (before, after []moment) {
	for i, place := range record.Places {
		fields := wantedOf(record, i)
		before = append(before, inARow(place, slices.Concat(place.Rested, place.Before), fields)...)
		after = append(after, inARow(place, place.Readings, fields)...)
	}
	byTime := func(a, b moment) int { return cmp.Compare(a.at, b.at) }
	slices.SortStableFunc(before, byTime)
	slices.SortStableFunc(after, byTime)
	return before, after
}

// inARow takes readings of one place that gave the same, one after another, as
// one moment: what counts is when the answer changed.
func inARow(place verdict.Place, readings []verdict.Reading, fields []string) []moment {
	var out []moment
	for _, reading := range readings {
		what := fmt.Sprintf("%s as %s  ", Line(place.Probe), Line(place.Eyes))
		if place.Look == verdict.Expression {
			what = Line(place.Probe) + "  "
		}
		same := what + shown(place, blurred(reading), fields)
		what += Line(shown(place, reading, fields))
		if n := len(out); n > 0 && out[n-1].same == same {
			out[n-1].alike++
			out[n-1].until, out[n-1].last = reading.SentAt, reading.Exchange
			continue
		}
		out = append(out, moment{at: reading.SentAt, what: what, exchange: reading.Exchange, alike: 1, same: same})
	}
	return out
}

// blurred is a reading without what changes under everybody's hands: how many
// other people's things a listing holds.
func blurred(reading verdict.Reading) verdict.Reading {
	reading.Others = min(reading.Others, 1)
	return reading
}

// wantedOf names the fields that the effects want at a place, sorted; nil when
// they want none in particular.
func wantedOf(record *verdict.Record, place int) []string {
	var fields []string
	for _, effect := range record.Effects {
		want, _ := effect.Want.(map[string]any)
		if slices.ContainsFunc(effect.Where, func(w verdict.Where) bool { return w.Place == place }) {
			fields = slices.AppendSeq(fields, maps.Keys(want))
		}
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// shown is what a reading gave, short enough for a line.
func shown(place verdict.Place, reading verdict.Reading, fields []string) string {
	switch {
	case place.Look == verdict.Expression:
		return strings.TrimSpace(fmt.Sprintf("is %s  %s", truth(reading.Truth), reading.Detail))
	case place.Look == verdict.Job && reading.Known == verdict.Value:
		return reading.Detail
	case reading.Known != verdict.Value:
		return strings.TrimSuffix(fmt.Sprintf("%s (%s)", reading.Known, reading.Why), " ()")
	case place.Look == verdict.Listing:
		return listing(reading, fields)
	case place.Look == verdict.Inbox:
		return received(place, reading)
	}
	return of(reading.Value, fields)
}

// received is what had come to an inbox by then.
func received(place verdict.Place, reading verdict.Reading) string {
	text, n, others := "", 0, 0
	for _, event := range place.Events {
		switch {
		case event.At > reading.SentAt:
		case event.Picked == verdict.True:
			n++
			text += fmt.Sprintf("; %s at %+.3f s, #%d", event.ID, event.At.Seconds(), event.Exchange)
		default:
			others++
		}
	}
	if others > 0 {
		text += fmt.Sprintf("; %d that do not count", others)
	}
	return cut(plural(n, "event")+text, 240)
}

// of is a thing by the fields that are wanted of it, whole where none are.
func of(value any, fields []string) string {
	thing, ok := value.(map[string]any)
	if !ok || len(fields) == 0 {
		return short(value)
	}
	var parts []string
	for _, field := range fields {
		shown := "absent"
		if v, there := thing[field]; there {
			shown = cut(expr.Format(v), 60)
		}
		parts = append(parts, field+"="+shown)
	}
	return cut(strings.Join(parts, " "), 240)
}

func truth(t verdict.Truth) string {
	switch t {
	case verdict.True:
		return "true"
	case verdict.Unknown:
		return "unknown"
	}
	return "false"
}

func listing(reading verdict.Reading, fields []string) string {
	text := fmt.Sprintf("%s of ours, %d others", plural(len(reading.Items), "item"), reading.Others)
	if !reading.Complete {
		text += ", incomplete"
	}
	for _, item := range reading.Items {
		text += "; " + item.Key
		if item.Value != nil {
			text += " " + of(item.Value, fields)
		}
	}
	return text
}

// short is a value in at most 160 characters.
func short(value any) string { return cut(expr.Format(value), 160) }
