package report

import (
	"maps"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A change is what one place showed before the act and at the end, beside what was
// wanted of it: the fields that were wanted, that moved, or that the verdict is about.
type change struct {
	Place string      `json:"place"`
	Rows  []changeRow `json:"rows"`
	More  int         `json:"more,omitempty"` // rows that are left out
}

type changeRow struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	Want   string `json:"want,omitempty"`
	After  string `json:"after"`
	// Mark is missed (not as wanted), moved (changed, and nobody asked for it) or met.
	Mark string `json:"mark,omitempty"`
}

// changeOf is the difference at the place that decided; nil where a cell has none.
func changeOf(r *engine.Result, m measure) *change {
	if r.Record == nil || len(r.Verdict.Findings) == 0 {
		return nil
	}
	f := r.Verdict.Findings[0]
	if f.Place < 0 || f.Place >= len(r.Record.Places) {
		return nil
	}
	place := r.Record.Places[f.Place]
	earlier := slices.Concat(place.Rested, place.Before)
	if len(place.Readings) == 0 || place.Look == verdict.Expression || place.Look == verdict.Job || place.Look == verdict.Inbox {
		return nil
	}
	var before verdict.Reading
	if len(earlier) > 0 {
		before = earlier[len(earlier)-1]
	} else {
		before = verdict.Reading{Known: verdict.Unsure, Why: "not read"}
	}
	after := place.Readings[len(place.Readings)-1]
	var effect verdict.Effect
	if f.Effect >= 0 && f.Effect < len(r.Record.Effects) {
		effect = r.Record.Effects[f.Effect]
	}
	c := &change{Place: brief(place.Probe+" as "+place.Eyes, 120)}
	c.Rows = slices.DeleteFunc(rowsOf(place, before, after, effect.Want, f.Fields), func(row changeRow) bool {
		return row.Mark == "moved" && !slices.Contains(f.Fields, row.Field) && (before.Known != verdict.Value || restless(place, effect, row.Field))
	})
	if most := 4 * m.moments; len(c.Rows) > most {
		c.Rows, c.More = c.Rows[:most], len(c.Rows)-most
	}
	for i := range c.Rows {
		row := &c.Rows[i]
		row.Field, row.Before, row.Want, row.After = brief(row.Field, 80), brief(row.Before, 160), brief(row.Want, 160), brief(row.After, 160)
	}
	if len(c.Rows) == 0 {
		return nil
	}
	return c
}

// rowsOf compares two readings field by field, or as a whole where one of them is no thing with fields.
func rowsOf(place verdict.Place, before, after verdict.Reading, want any, blamed []string) []changeRow {
	wanted := leaves(want)
	was, is := leavesOf(before), leavesOf(after)
	if was == nil && is == nil || place.Look == verdict.Listing {
		fields := slices.Sorted(maps.Keys(wanted))
		row := changeRow{Field: place.Thing, Before: shown(place, before, fields), After: shown(place, after, fields)}
		return []changeRow{row}
	}
	fields := map[string]bool{}
	for _, each := range []map[string]string{was, is, wanted} {
		for field := range each {
			fields[field] = true
		}
	}
	var out []changeRow
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		row := changeRow{Field: field, Before: orAbsent(was, before, field), Want: wanted[field], After: orAbsent(is, after, field)}
		_, asked := wanted[field]
		switch {
		case asked && row.After != row.Want && (len(blamed) == 0 || slices.Contains(blamed, field)):
			row.Mark = "missed"
		case asked:
			row.Mark = "met"
		case row.Before != row.After || slices.Contains(blamed, field):
			row.Mark = "moved"
		default:
			continue
		}
		out = append(out, row)
	}
	slices.SortStableFunc(out, func(a, b changeRow) int { return grave(a.Mark) - grave(b.Mark) })
	return out
}

// restless says whether a field is left out of the comparison: it moves by itself, or the
// suite says that it does not count.
func restless(place verdict.Place, effect verdict.Effect, field string) bool {
	under := func(path []string) bool {
		name := strings.Join(path, ".")
		return name == "" || field == name || strings.HasPrefix(field, name+".")
	}
	return slices.ContainsFunc(place.Noise, under) || slices.ContainsFunc(effect.Masks, func(mask verdict.Mask) bool {
		return mask.Mask == contracts.Ignore && under(mask.Path)
	})
}

func grave(mark string) int { return slices.Index([]string{"missed", "moved", "met"}, mark) }

// orAbsent is a field's text; of a reading that is no value, what it is instead.
func orAbsent(fields map[string]string, reading verdict.Reading, field string) string {
	if text, ok := fields[field]; ok {
		return text
	}
	if reading.Known == verdict.Unsure {
		return "unknown"
	}
	return "absent"
}

func leavesOf(reading verdict.Reading) map[string]string {
	if reading.Known != verdict.Value {
		return nil
	}
	return leaves(reading.Value)
}

// leaves are a thing's values by their paths; nil for what has no fields.
func leaves(value any) map[string]string {
	thing, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	out := map[string]string{}
	var walk func(prefix string, thing map[string]any)
	walk = func(prefix string, thing map[string]any) {
		for name, value := range thing {
			if inner, ok := value.(map[string]any); ok && len(inner) > 0 {
				walk(prefix+name+".", inner)
				continue
			}
			out[prefix+name] = expr.Format(value)
		}
	}
	walk("", thing)
	return out
}
