package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Cell shows one cell as a time line: what was seen before, what was said, what
// was seen afterwards, and what the judge made of it, then the exchanges as
// they went over the line, without secrets: those that the time line names, or
// all of them, and whole, where the style says so.
func Cell(w io.Writer, run *Run, r *engine.Result, s Style) error {
	p := &page{w: w, style: s}
	p.line("%s/%d  %s  (%s)", run.ID, r.Number, p.style.paint(bold, title(r)), Line(CellOf(r).Account))
	p.line("")
	p.timeLine(r)
	p.judged(run, r)
	p.exchanges(r)
	return p.err
}

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

func (p *page) timeLine(r *engine.Result) {
	if r.Record == nil {
		p.line("nothing was sent")
		p.line("")
		return
	}
	for i, earlier := range r.Record.Earlier {
		p.line("%s", p.style.paint(dim, fmt.Sprintf("attempt %d", i+1)))
		p.attempt(r, earlier)
	}
	if len(r.Record.Earlier) > 0 {
		p.line("%s", p.style.paint(dim, fmt.Sprintf("attempt %d, which is judged", len(r.Record.Earlier)+1)))
	}
	p.attempt(r, r.Record)
}

// attempt shows one record. Its clock is its own, so the time of day is shown
// only for the attempt that the verdict is about.
func (p *page) attempt(r *engine.Result, record *verdict.Record) {
	before, after := moments(record)
	p.phase("seen before", r, record, before)
	if record.Act != nil {
		p.phase("said", r, record, []moment{{at: record.Act.SaidAt, what: Line(answer(record.Act)), exchange: record.Act.Exchange}})
	}
	p.phase("seen", r, record, after)
	if record.Halt != nil {
		p.line("%s  %s: %s", p.style.paint(bold, "stopped"), record.Halt.Kind, Line(record.Halt.Why))
		p.line("")
	}
}

func (p *page) phase(name string, r *engine.Result, record *verdict.Record, all []moment) {
	if len(all) == 0 {
		return
	}
	p.line("%s", p.style.paint(bold, name))
	for _, m := range all {
		text := m.what
		if m.exchange > 0 {
			text += fmt.Sprintf("   #%d", m.exchange)
		}
		if m.alike > 1 {
			text += p.style.paint(dim, fmt.Sprintf("   (%d alike, until %s, #%d)", m.alike, offset(record, m.until), m.last))
		}
		p.line("  %s  %s", p.style.paint(dim, clock(r, record, m.at)), text)
	}
	p.line("")
}

// clock is the time of day and the distance from the reply.
func clock(r *engine.Result, record *verdict.Record, at time.Duration) string {
	if record != r.Record {
		return fmt.Sprintf("%10s", offset(record, at))
	}
	return fmt.Sprintf("%s %10s", wall(r, at), offset(record, at))
}

// offset is a moment counted from the reply, "+0.212 s"; without a reply, from the record's start.
func offset(record *verdict.Record, at time.Duration) string {
	if record.Act != nil {
		at -= record.Act.SaidAt
	}
	return fmt.Sprintf("%+.3f s", at.Seconds())
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
	case reading.Known != verdict.Value:
		return strings.TrimSuffix(fmt.Sprintf("%s (%s)", reading.Known, reading.Why), " ()")
	case place.Look == verdict.Listing:
		return listing(reading, fields)
	}
	return of(reading.Value, fields)
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

// answer is what an act was answered: "POST /reviews/8841/publish as shop-oslo answered 200".
func answer(a *verdict.Act) string {
	text := a.Call
	if a.Eyes != "" {
		text += " as " + a.Eyes
	}
	switch {
	case a.Status != 0 && a.Failure != "":
		text += fmt.Sprintf(" answered %d, then: %s", a.Status, a.Failure)
	case a.Status != 0:
		text += fmt.Sprintf(" answered %d", a.Status)
	default:
		text += " was not answered: " + a.Failure
	}
	return text
}

// answered is the same for a Document: "POST /reviews answered 201".
func answered(r *engine.Result) string {
	if r.Record == nil || r.Record.Act == nil {
		return ""
	}
	act := *r.Record.Act
	act.Eyes = ""
	return answer(&act)
}

// judged shows the verdict with everything that led to it.
func (p *page) judged(run *Run, r *engine.Result) {
	p.line("%s", p.style.paint(bold, "judged"))
	v := r.Verdict
	if v.Claim != "" {
		p.field("claim", string(v.Claim))
	}
	for _, line := range v.Lines {
		p.field("effect", p.effect(r, line))
	}
	for _, sight := range v.Sight {
		p.field("sight", Line(sight))
	}
	for _, remark := range v.Remarks {
		p.field("remark", Line(remark))
	}
	p.line("")
	if v.Class == verdict.Kept {
		p.line("%s  %s  (%s)", p.style.class(v.Class, "KEPT"), title(r), Line(CellOf(r).Account))
		p.source(nil, r)
	} else {
		p.finding(run, r)
	}
	p.line("")
}

// effect is one effect's outcome, with its sentence where the judge's text has not got it.
func (p *page) effect(r *engine.Result, line verdict.Line) string {
	text := line.Text
	if text == "" {
		text = line.Outcome
	}
	if line.Effect >= 0 && line.Effect < len(r.Record.Effects) {
		if sentence := r.Record.Effects[line.Effect].Sentence; !strings.Contains(text, sentence) {
			text = sentence + ": " + text
		}
	}
	return Line(text)
}
