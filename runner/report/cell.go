package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Cell shows one cell as a time line: what was seen before, what was said, what
// was seen afterwards, and what the judge made of it, then the exchanges as
// they went over the line, without secrets: those that the time line names, or
// all of them, and whole, where the style says so.
func Cell(w io.Writer, run *engine.Finished, r *engine.Result, s Style) error {
	p := &page{w: w, style: s}
	p.line("%s/%d  %s  (%s)%s", run.ID, r.Number, p.style.paint(bold, title(r)), Line(r.Subject().Account), whichTrial(r))
	p.line("")
	if why := unfinished(run); why != "" {
		p.line("%s", why)
		p.line("")
	}
	p.timeLine(r)
	p.judged(run, r)
	p.exchanges(r)
	return p.err
}

// whichTrial says which trial is shown, of a cell that was repeated: the worst.
func whichTrial(r *engine.Result) string {
	if r.Record == nil || r.Record.Cell.Trial == 0 {
		return ""
	}
	text := fmt.Sprintf("  trial %d", r.Record.Cell.Trial)
	if n := len(r.Trials); n > 0 {
		text += fmt.Sprintf(" of %d", n)
	}
	return text
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
			text += p.style.paint(dim, "   ("+m.repeats(record)+")")
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
func (p *page) judged(run *engine.Finished, r *engine.Result) {
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
		p.line("%s  %s  (%s)", p.style.class(v.Class, "KEPT"), title(r), Line(r.Subject().Account))
		p.trials(r)
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
