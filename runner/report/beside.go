package report

import (
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A neighbourhood is the same case of the same contract on the other accounts.
type neighbourhood struct {
	truthful []*engine.Result // kept
	alike    []*engine.Result // the same class and kind as the cell itself
	rest     int
}

func around(run *engine.Finished, r *engine.Result) neighbourhood {
	var p page
	return p.around(run, r)
}

// around gathers the run's cells by row once for all findings of a page: a run may have ten
// thousand of both.
func (p *page) around(run *engine.Finished, r *engine.Result) neighbourhood {
	if p.rows == nil {
		p.rows = map[[2]string][]*engine.Result{}
		for _, each := range sorted(run) {
			c := each.Subject()
			at := [2]string{c.Contract, c.Case}
			p.rows[at] = append(p.rows[at], each)
		}
	}
	own := r.Subject()
	var n neighbourhood
	for _, each := range p.rows[[2]string{own.Contract, own.Case}] {
		switch {
		case each.Subject().Account == own.Account:
		case each.Verdict.Class == verdict.Kept:
			n.truthful = append(n.truthful, each)
		case each.Verdict.Class == r.Verdict.Class && each.Verdict.Kind == r.Verdict.Kind:
			n.alike = append(n.alike, each)
		default:
			n.rest++
		}
	}
	return n
}

// beside says what the other accounts showed, and what sets this one apart.
// Only lies and broken contracts have neighbours: what could not be told on one
// account is not explained by another.
func (p *page) beside(run *engine.Finished, r *engine.Result) {
	if run == nil || rank(r.Verdict.Class) > rank(verdict.Broken) {
		return
	}
	p.field("beside", p.around(run, r).text(r))
	if cause := p.diagnosed(run).Of(r).Text(); cause != "" {
		p.line("  %s", Line(cause))
	}
	if r.Proof != nil {
		p.line("  %s", Line(r.Proof.Text()))
	}
}

// diagnosed is the run as the diagnosis compares it: worked out once for all findings of
// a page.
func (p *page) diagnosed(run *engine.Finished) *diagnosis.Matrix {
	if p.known == nil {
		p.known = diagnosis.Over(run)
	}
	return p.known
}

// text is "11 other accounts showed it after 212–340 ms".
func (n neighbourhood) text(r *engine.Result) string {
	if len(n.truthful) == 0 {
		if len(n.alike) > 0 {
			return "no account kept it: " + plural(len(n.alike), "other account") + " came out the same"
		}
		return ""
	}
	text := plural(len(n.truthful), "other account") + " kept it"
	if low, high, ok := n.firstSeen(r); ok {
		text = plural(len(n.truthful), "other account") + " showed it after " + between(low, high)
	}
	if len(n.alike) > 0 {
		text += ", " + plural(len(n.alike), "other account") + " did not"
	}
	return text
}

// firstSeen is how long the effect that decided took on the truthful accounts.
func (n neighbourhood) firstSeen(r *engine.Result) (low, high time.Duration, ok bool) {
	if len(r.Verdict.Findings) == 0 || r.Verdict.Findings[0].Effect < 0 {
		return 0, 0, false
	}
	for _, each := range n.truthful {
		first := firstOf(each, r.Verdict.Findings[0].Effect)
		if first <= 0 {
			continue
		}
		if !ok || first < low {
			low = first
		}
		high, ok = max(high, first), true
	}
	return low, high, ok
}

func firstOf(r *engine.Result, effect int) time.Duration {
	for _, line := range r.Verdict.Lines {
		if line.Effect == effect {
			return line.First
		}
	}
	return 0
}

// between is "212–340 ms", or one time where both read the same. What is under a
// millisecond is one: "after under 1 ms" is no English.
func between(low, high time.Duration) string {
	a, b := span(max(low, time.Millisecond)), span(max(high, time.Millisecond))
	if a == b {
		return a
	}
	lowNumber, lowUnit, _ := strings.Cut(a, " ")
	_, highUnit, _ := strings.Cut(b, " ")
	if lowUnit == highUnit && !strings.Contains(a, "min") {
		return lowNumber + "–" + b
	}
	return a + " to " + b
}
