package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// mostPlan bounds a plan's file.
const mostPlan = 256 << 20

// ReadPlan reads a plan that was written. An error says what is wrong with the file.
func ReadPlan(path string) (*Plan, error) {
	const again = "\nhint: polygraph plan SUITE --out FILE writes one"
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, mostPlan))
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	var p Plan
	if err := json.Unmarshal(text, &p); err != nil || p.Version == 0 {
		return nil, fmt.Errorf("%s is no plan%s", path, again)
	}
	if p.Version != planVersion {
		return nil, fmt.Errorf("%s is a plan of version %d, and this reads %d%s", path, p.Version, planVersion, again)
	}
	return &p, nil
}

// mostShown is how many differences are shown.
const mostShown = 10

// A PlanChanged says that a run would send something else than its plan says.
type PlanChanged struct {
	Differences []string // each begins with + or -, by place
	Chosen      string   // what other choice the plan was made for; "" for the same
}

func (c *PlanChanged) Error() string {
	var b strings.Builder
	count := "1 difference"
	if n := len(c.Differences); n != 1 {
		count = fmt.Sprintf("%d differences", n)
	}
	fmt.Fprintf(&b, "the plan has changed since it was written, and nothing is sent: %s", count)
	for _, line := range c.Differences[:min(mostShown, len(c.Differences))] {
		b.WriteString("\n  " + line)
	}
	if more := len(c.Differences) - mostShown; more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	if c.Chosen != "" {
		b.WriteString("\nhint: it was written for " + c.Chosen + "; give the same here, or look at polygraph plan again and write it anew with --out")
	} else {
		b.WriteString("\nhint: look at polygraph plan again, and write it anew with --out")
	}
	return b.String()
}

// unchanged compares what would be sent now with what was planned.
func (e *Engine) unchanged() error {
	if e.o.Plan == nil {
		return nil
	}
	now := e.WholePlan()
	differences := e.o.Plan.differences(now)
	if len(differences) == 0 {
		return nil
	}
	changed := &PlanChanged{Differences: differences}
	if before, after := e.o.Plan.Choice.String(), now.Choice.String(); before != after {
		changed.Chosen = before
	}
	return changed
}

// String is the choice as flags.
func (c Choice) String() string {
	var parts []string
	for _, account := range c.Accounts {
		parts = append(parts, "--account "+account)
	}
	for _, contract := range c.Contracts {
		parts = append(parts, fmt.Sprintf("--contract %q", contract))
	}
	if c.ReadOnly {
		parts = append(parts, "--read-only")
	}
	return cmp.Or(strings.Join(parts, " "), "everything")
}

// A planLine is one thing that a plan says; cells say it of accounts.
type planLine struct {
	place, text string
	accounts    map[string]bool // nil: it is no cell's
	order       int             // among those of its cell
}

// lines takes a plan apart.
func (p *Plan) lines() map[string]planLine {
	all := map[string]planLine{}
	add := func(l planLine) {
		known, has := all[l.text]
		if !has {
			all[l.text] = l
			return
		}
		for account := range l.accounts {
			known.accounts[account] = true
		}
	}
	add(planLine{place: "provider.yaml", text: "provider " + p.Provider})
	add(planLine{place: "polygraph.yaml", text: "target " + p.Target})
	for _, setting := range p.Settings {
		add(planLine{place: "target " + p.Target, text: setting})
	}
	for _, account := range p.Accounts {
		add(planLine{place: "target " + p.Target, text: "account " + account})
	}
	for _, cell := range p.Cells {
		name := cell.Contract
		if cell.Case != "" {
			name += ": " + cell.Case
		}
		for i, text := range cell.lines() {
			accounts := map[string]bool{}
			for _, account := range cell.Accounts {
				accounts[account] = true
			}
			add(planLine{place: cell.Place, text: fmt.Sprintf("%q %s", name, text), accounts: accounts, order: i})
		}
	}
	return all
}

// lines says what a cell sends, the place in the order included.
func (c *PlannedCell) lines() []string {
	if len(c.Requests) == 0 {
		return []string{"cannot be planned"}
	}
	lines := []string{"takes at most " + c.Longest}
	count := map[string]int{}
	for _, r := range c.Requests {
		count[r.Phase]++
		text := fmt.Sprintf("%s %d: %s as %s", r.Phase, count[r.Phase], r.Call, r.Eyes)
		if r.Write {
			text += ", writes"
		}
		switch {
		case r.AtMost == 1:
			text += ", once"
		case r.AtMost > 0:
			text += fmt.Sprintf(", at most %d times", r.AtMost)
		}
		if r.Sends != "" {
			text += ", " + r.Sends
		}
		lines = append(lines, text)
	}
	return lines
}

// differences says what other has and p has not, and the other way round, by place.
func (p *Plan) differences(other *Plan) []string {
	type difference struct {
		planLine
		sign string
	}
	var found []difference
	compare := func(from, to map[string]planLine, sign string) {
		for key, line := range from {
			there, has := to[key]
			lost := map[string]bool{}
			for account := range line.accounts {
				if !there.accounts[account] {
					lost[account] = true
				}
			}
			if has && len(lost) == 0 {
				continue
			}
			line.accounts = lost
			found = append(found, difference{line, sign})
		}
	}
	before, after := p.lines(), other.lines()
	compare(before, after, "-")
	compare(after, before, "+")
	slices.SortFunc(found, func(a, b difference) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.order, b.order), cmp.Compare(b.sign, a.sign), cmp.Compare(a.text, b.text))
	})
	lines := make([]string, len(found))
	for i, d := range found {
		lines[i] = fmt.Sprintf("%s %s: %s%s", d.sign, d.place, d.text, onAccounts(d.accounts))
	}
	return lines
}

// onAccounts names some of them.
func onAccounts(accounts map[string]bool) string {
	if len(accounts) == 0 {
		return ""
	}
	names := make([]string, 0, len(accounts))
	for name := range accounts {
		names = append(names, name)
	}
	slices.Sort(names)
	const most = 3
	if len(names) > most {
		return fmt.Sprintf(" (on %s and %d more)", strings.Join(names[:most], ", "), len(names)-most)
	}
	return " (on " + strings.Join(names, ", ") + ")"
}
