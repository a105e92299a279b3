package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
	var n neighbourhood
	own := r.Subject()
	for _, each := range sorted(run) {
		c := each.Subject()
		if c.Contract != own.Contract || c.Case != own.Case || c.Account == own.Account {
			continue
		}
		switch {
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
	n := around(run, r)
	p.field("beside", n.text(r))
	if apart := n.apart(r); apart != "" {
		p.line("  %s", apart)
	}
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

// apart names the scopes that all truthful accounts have and none of those that
// came out like this one, or the other way round. Facts that one account's
// lack of knowledge leaves open separate nothing.
func (n neighbourhood) apart(r *engine.Result) string {
	if len(n.truthful) == 0 {
		return ""
	}
	same := append([]*engine.Result{r}, n.alike...)
	if !factsKnown(same) || !factsKnown(n.truthful) {
		return ""
	}
	var parts []string
	if lacks := difference(n.truthful, same); len(lacks) > 0 {
		parts = append(parts, fmt.Sprintf("lacks %s (%s)", quoted(lacks), ofTruthful(len(n.truthful), "has it", "have it")))
	}
	if has := difference(same, n.truthful); len(has) > 0 {
		parts = append(parts, fmt.Sprintf("has %s (%s)", quoted(has), ofTruthful(len(n.truthful), "lacks it", "lack it")))
	}
	if len(parts) == 0 {
		return ""
	}
	where := "differs only here"
	if len(n.alike) > 0 {
		where = fmt.Sprintf("differs only on these %d accounts", len(same))
	}
	return where + ": account.can " + strings.Join(parts, ", and ")
}

func ofTruthful(n int, one, all string) string {
	if n == 1 {
		return "the one truthful account " + one
	}
	return fmt.Sprintf("%d of %d truthful accounts %s", n, n, all)
}

func factsKnown(results []*engine.Result) bool {
	return !slices.ContainsFunc(results, func(r *engine.Result) bool { return !r.Subject().CanKnown })
}

// difference is what all of one side have and none of the other, sorted.
func difference(have, lack []*engine.Result) []string {
	var out []string
	for _, scope := range have[0].Subject().Can {
		has := func(r *engine.Result) bool { return slices.Contains(r.Subject().Can, scope) }
		lacks := func(r *engine.Result) bool { return !has(r) }
		if !slices.ContainsFunc(have, lacks) && !slices.ContainsFunc(lack, has) {
			out = append(out, scope)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = fmt.Sprintf("%q", Line(name))
	}
	return strings.Join(out, ", ")
}
