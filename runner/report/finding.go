package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// alike is how many cells of one kind in one contract are named beneath the
// one that is shown in full; of a thousand, the rest is a number.
const alike = 5

// Finding shows one result that is not kept, as it stands in the report of a
// run. The run supplies what nearby evidence says and the command that shows
// the evidence; nil leaves both out.
func Finding(w io.Writer, run *engine.Finished, r *engine.Result, s Style) error {
	p := &page{w: w, style: s}
	p.finding(run, r)
	return p.err
}

// Plain is Finding as text, without colour and without a run: what a failed
// spec says.
func Plain(r *engine.Result) string {
	var text strings.Builder
	_ = Finding(&text, nil, r, Style{}) // a strings.Builder takes everything
	return strings.TrimRight(text.String(), "\n")
}

// Findings shows what Terminal shows, without the matrix: nothing at all where
// everything was kept.
func Findings(w io.Writer, run *engine.Finished, s Style) error {
	p := &page{w: w, style: s}
	p.findings(run)
	p.leftovers(run)
	return p.err
}

// findings shows everything that is not kept, worst first, then in the plan's
// order. What is alike is shown once.
func (p *page) findings(run *engine.Finished) {
	groups := groupsOf(run)
	for _, group := range groups {
		p.finding(run, group[0])
		p.further(run, group[0], group[1:])
		p.line("")
	}
}

// groupsOf gathers the results of one contract, case and kind. What could not be
// told for one and the same reason is gathered across contracts: a server that
// is down is one thing to say, not one for every contract.
func groupsOf(run *engine.Finished) [][]*engine.Result {
	index := map[string]int{}
	var groups [][]*engine.Result
	for _, r := range sorted(run) {
		if r.Verdict.Class == verdict.Kept {
			continue
		}
		key := groupOf(r)
		at, ok := index[key]
		if !ok {
			at = len(groups)
			index[key] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], r)
	}
	slices.SortStableFunc(groups, func(a, b []*engine.Result) int {
		return rank(a[0].Verdict.Class) - rank(b[0].Verdict.Class)
	})
	return groups
}

func groupOf(r *engine.Result) string {
	v := r.Verdict
	if v.Class == verdict.Inconclusive && len(v.Findings) > 0 && v.Findings[0].Effect < 0 && v.Findings[0].Reason != "" {
		return fmt.Sprintf("%s %q %q", v.Kind, impersonal(v.Findings[0].Reason, r.Subject().Account), v.Findings[0].Hint)
	}
	c := r.Subject()
	return fmt.Sprintf("%q %q %s %s", c.Contract, c.Case, v.Class, v.Kind)
}

// impersonal is a reason without the name of the account that it was given for:
// what a thousand accounts meet through their own eyes is still one thing to say.
func impersonal(reason, account string) string {
	words := strings.Fields(reason)
	for i, word := range words {
		if strings.TrimRight(word, ":;,.") == account {
			words[i] = "ACCOUNT"
		}
	}
	return strings.Join(words, " ")
}

// further names cells that are like the one just shown: accounts on one line,
// other contracts each on a line of its own.
func (p *page) further(run *engine.Finished, first *engine.Result, rest []*engine.Result) {
	separator := ", "
	names := make([]string, 0, alike)
	for _, r := range rest[:min(len(rest), alike)] {
		name := Line(r.Subject().Account)
		if title(r) != title(first) {
			name, separator = title(r)+" on "+name, "\n         "
		}
		if run.ID != "" {
			name += fmt.Sprintf(" (%s/%d)", run.ID, r.Number)
		}
		names = append(names, name)
	}
	text := strings.Join(names, separator)
	if more := len(rest) - alike; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	p.field("alike", text)
}

func (p *page) finding(run *engine.Finished, r *engine.Result) {
	v := r.Verdict
	head := strings.ToUpper(string(v.Class))
	if v.Kind != "" {
		head += "  " + string(v.Kind)
	}
	p.line("%s  %s  (%s)", p.style.class(v.Class, head), p.style.paint(bold, title(r)), Line(r.Subject().Account))
	for i, f := range v.Findings {
		if i == 0 {
			p.first(r, f)
			p.beside(run, r)
		} else {
			p.field("also", other(f))
		}
	}
	p.trials(r)
	p.source(run, r)
}

// trials says how often a cell that was repeated came out like this.
func (p *page) trials(r *engine.Result) {
	if r.Verdict.Trials != nil {
		p.field("trials", Line(r.Verdict.Trials.String()))
	}
}

// first shows the finding that decided.
func (p *page) first(r *engine.Result, f verdict.Finding) {
	p.field("said", said(r, f))
	p.field("seen", seen(r, f))
	if f.Reason != "" && !strings.Contains(f.Seen, f.Reason) {
		p.field("reason", Line(f.Reason))
	}
	p.field("hint", Line(f.Hint))
}

// other is a finding that did not decide, on one line.
func other(f verdict.Finding) string {
	text := string(f.Class)
	if f.Kind != "" {
		text += " " + string(f.Kind)
	}
	if f.Seen != "" {
		return text + ": " + Line(f.Seen)
	}
	return text + ": " + Line(f.Reason)
}

// said is what the reply claimed, with the time of day.
func said(r *engine.Result, f verdict.Finding) string {
	if f.Said == "" {
		return ""
	}
	text := Line(f.Said)
	if r.Record != nil && r.Record.Act != nil {
		if at := wall(r, r.Record.Act.SaidAt); at != "" {
			text += " at " + at
		}
	}
	return text
}

// seen is what the world showed, and what it should have shown. The judge knows
// no time of day, so that of the last read is put in here.
func seen(r *engine.Result, f verdict.Finding) string {
	text := Line(f.Seen)
	if last := lastRead(r, f.Place); last != "" && text != "" {
		if head, ok := strings.CutSuffix(text, ")"); ok && (strings.HasSuffix(head, " reads") || strings.HasSuffix(head, " read")) {
			text = head + ", last " + last + ")"
		} else {
			text += ", last read " + last
		}
	}
	if f.Want == "" || strings.Contains(f.Seen, "want "+f.Want) {
		return text
	}
	if text != "" {
		text += "; "
	}
	return text + "want " + Line(f.Want)
}

// lastRead is the time of day of a place's last reading, "" when there is none.
func lastRead(r *engine.Result, place int) string {
	if r.Record == nil || place < 0 || place >= len(r.Record.Places) {
		return ""
	}
	readings := r.Record.Places[place].Readings
	if len(readings) == 0 {
		return ""
	}
	return wall(r, readings[len(readings)-1].GotAt)
}

// source says where the contract stands and how to see the evidence.
func (p *page) source(run *engine.Finished, r *engine.Result) {
	text := "contract " + Line(r.Place)
	if run != nil && run.ID != "" {
		text += fmt.Sprintf("   evidence polygraph show %s/%d", run.ID, r.Number)
	}
	p.line("  %s", text)
}
