package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A statement says of one lie, or of whatever else was not kept, who meets it, by what
// call, what is wrong and why: what a person wants to know before anything else.
type statement struct {
	Cell     int // the first of them
	Class    verdict.Class
	Kind     verdict.Kind
	Before   string // "" or "on "
	Who      string // "shop-oslo", "shop-oslo and 3 others"
	Verb     string // "is lied to by"
	By       string // the operation
	What     string // "said to be done, and nothing came of it"
	Contract string
	Seen     string
	Further  int    // other contracts that say the same
	Why      string // what sets them apart; "" where nobody can know
	Sure     bool   // that is the cause
	Proof    string // what came of changing it; "" where nobody has
}

// statementsOf gives one statement for all that is alike, worst first; of what is equally
// bad, first that of which the cause is known.
func statementsOf(run *engine.Finished, known *diagnosis.Matrix) []statement {
	var out []statement
	at := map[string]int{}
	for _, group := range groupsOf(run) {
		s := statementOf(group, known)
		key := fmt.Sprintf("%s %s %q %q", s.Verb, s.Kind, group[0].Operation, accountsOf(group))
		i, told := at[key]
		switch {
		case !told || s.Class == verdict.Inconclusive:
			at[key] = len(out)
			out = append(out, s)
		case s.Sure && !out[i].Sure:
			s.Further = out[i].Further + 1
			out[i] = s
		default:
			out[i].Further++
		}
	}
	slices.SortStableFunc(out, func(a, b statement) int {
		return cmp.Or(rank(a.Class)-rank(b.Class), unsure(a)-unsure(b))
	})
	return out
}

func unsure(s statement) int {
	if s.Sure {
		return 0
	}
	return 1
}

// statementOf is the statement of cells that are alike.
func statementOf(group []*engine.Result, known *diagnosis.Matrix) statement {
	r, accounts := group[0], accountsOf(group)
	s := statement{
		Cell: r.Number, Class: r.Verdict.Class, Kind: r.Verdict.Kind, Who: brief(r.Subject().Account, 60),
		Verb: verbOf(r.Verdict, len(accounts) == 1), By: brief(r.Operation, 80), What: meaning(r.Verdict.Kind), Contract: brief(title(r), 160),
	}
	if len(accounts) > 1 {
		s.Who += " and " + plural(len(accounts)-1, "other")
	}
	if s.Class == verdict.Inconclusive {
		s.Before = "on "
	}
	if f := firstFinding(r); f != nil {
		told := clipped(*f)
		if s.Seen = brief(seen(inUTC(r), told), 240); s.Seen == "" {
			s.Seen = brief(told.Reason, 240)
		}
	}
	if r.Verdict.Trials != nil {
		s.Seen += " (" + brief(r.Verdict.Trials.String(), 120) + ")"
	}
	if found := known.Of(r); found != nil {
		s.Why, s.Sure = brief(found.Text(), 400), found.Sure
	}
	if r.Proof != nil {
		s.Proof, s.Sure = brief(r.Proof.Text(), 400), r.Proof.Outcome == engine.Proved
	}
	return s
}

// foremost parts the statements that stand open from those that are folded: what is as bad
// as the worst, and no more than fit on the first screen.
func foremost(all []statement) (open, folded []statement) {
	const most = 4
	n := 0
	for n < len(all) && n < most && all[n].Class == all[0].Class {
		n++
	}
	return all[:n], all[n:]
}

// accountsOf are the accounts of cells, each once, in alphabetical order.
func accountsOf(group []*engine.Result) []string {
	var names []string
	for _, r := range group {
		names = append(names, r.Subject().Account)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func verbOf(v verdict.Verdict, one bool) string {
	verbs := map[verdict.Class][2]string{
		verdict.Lied:         {"is lied to by", "are lied to by"},
		verdict.Broken:       {"meets a broken promise of", "meet a broken promise of"},
		verdict.Inconclusive: {"nothing can be told of", "nothing can be told of"},
		verdict.KnownLie:     {"meets a documented lie of", "meet a documented lie of"},
	}
	pair := verbs[v.Class]
	if v.Fixed {
		pair = [2]string{"no longer meets the documented lie of", "no longer meet the documented lie of"}
	}
	if one {
		return pair[0]
	}
	return pair[1]
}

// meaning is the line of the table of kinds.
func meaning(kind verdict.Kind) string {
	for _, row := range verdict.Kinds() {
		if row.Kind == kind {
			return row.Meaning
		}
	}
	return string(kind)
}

// topLine is the answer in one line: "1 of 120 cells is a lie", or that there is none.
func topLine(run *engine.Finished) string {
	c := engine.Count(run.Results)
	cells := fmt.Sprintf("%s on %s", plural(c.Cells, "cell"), plural(c.Accounts, "account"))
	switch {
	case c.Cells == 0:
		return "Nothing was run"
	case c.Lied > 0:
		return liars(run) + " lied to"
	case c.Broken > 0:
		return fmt.Sprintf("Nobody is lied to; %s not kept", isAre(c.Broken, "cell"))
	case c.Inconclusive > 0:
		return fmt.Sprintf("No lie was seen; of %s nothing could be told", plural(c.Inconclusive, "cell"))
	}
	return "Nobody is lied to: " + cells
}

// liars counts the accounts that are lied to.
func liars(run *engine.Finished) string {
	all, told := map[string]bool{}, map[string]bool{}
	for _, r := range run.Results {
		all[r.Subject().Account] = true
		if r.Verdict.Class == verdict.Lied {
			told[r.Subject().Account] = true
		}
	}
	if len(told) == 1 {
		return fmt.Sprintf("1 of %s is", plural(len(all), "account"))
	}
	return fmt.Sprintf("%d of %s are", len(told), plural(len(all), "account"))
}

func isAre(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return plural(n, noun) + " are"
}

// countsOf are the verdicts that there are, worst first.
func countsOf(run *engine.Finished) []classCount {
	c := engine.Count(run.Results)
	var out []classCount
	for _, each := range []classCount{
		{verdict.Lied, c.Lied}, {verdict.Broken, c.Broken}, {verdict.Inconclusive, c.Inconclusive},
		{verdict.KnownLie, c.Known}, {verdict.Kept, c.Kept},
	} {
		if each.Count > 0 {
			out = append(out, each)
		}
	}
	return out
}

// cost is "120 cells on 12 accounts, 4.1 s, 1312 requests".
func cost(run *engine.Finished) string {
	c := engine.Count(run.Results)
	parts := []string{fmt.Sprintf("%s on %s", plural(c.Cells, "cell"), plural(c.Accounts, "account"))}
	if !run.Ended.IsZero() {
		parts = append(parts, span(run.Ended.Sub(run.Started)))
	}
	if run.Requests > 0 {
		parts = append(parts, plural(int(run.Requests), "request"))
	}
	return strings.Join(parts, ", ")
}

// warnings are what a reader must know besides the verdicts.
func warnings(run *engine.Finished) []string {
	var out []string
	if run.Interrupted {
		out = append(out, "The run was interrupted: cells may be missing.")
	}
	switch {
	case run.Killed:
		out = append(out, "The run was killed before its end: only the cells until then are here.")
	case run.Running:
		out = append(out, "The run has not ended: only the cells until now are here.")
	}
	if !run.Pruned.IsZero() {
		out = append(out, "The evidence of this run is no longer kept.")
	}
	switch left := engine.Count(run.Results).Left; {
	case left == 1:
		out = append(out, "1 thing of ours is left behind; polygraph sweep removes it if it can be removed.")
	case left > 1:
		out = append(out, fmt.Sprintf("%d things of ours are left behind; polygraph sweep removes what can be removed.", left))
	}
	return out
}
