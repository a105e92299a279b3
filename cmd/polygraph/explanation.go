package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
)

// An explanation is the lines about one contract.
type explanation struct{ lines []string }

func (p *explanation) add(format string, args ...any) {
	p.lines = append(p.lines, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

// field adds "  act      POST /reviews"; no text, no line.
func (p *explanation) field(name, text string) {
	if text != "" {
		p.add("  %-7s %s", name, text)
	}
}

// more adds a line under a field.
func (p *explanation) more(name, text string) {
	if text != "" {
		p.add("          %-8s %s", name, text)
	}
}

// head says what is made, sent and expected.
func (p *explanation) head(c *contracts.Contract) {
	for _, g := range c.Given {
		text := g.Name + ", made by " + called(g.Call)
		if g.Implied {
			text += ", because the next thing names it"
		}
		p.field("given", text)
	}
	p.field("act", called(c.Act))
	if c.Base {
		p.field("wants", wanted(c.Status))
	} else {
		p.field("wants", "nothing by itself: only its cases are sent")
	}
	if c.Expect != nil {
		p.field("reply", c.Expect.Source())
	}
	if c.Trials > 1 {
		p.field("trials", fmt.Sprintf("%d, each with new things; the worst is the cell's verdict", c.Trials))
	}
	for _, known := range c.Known {
		p.field("known", knownAs(known))
	}
	if needs := strings.Join(c.Needs, ", "); needs != "" {
		if c.Without != "" {
			needs += "; without it: " + c.Without
		}
		p.field("needs", needs)
	}
}

// knownAs is one entry of `known` in words.
func knownAs(known *contracts.KnownLie) string {
	text := known.Lie
	if known.When != nil {
		text += ", when " + known.When.Source()
	}
	if !known.Until.IsZero() {
		text += ", until " + known.Until.Format(time.DateOnly)
	}
	if known.See != "" {
		text += ": " + known.See
	}
	return text
}

// effect says what one sentence stands for, in both directions, and where it is looked for.
func (p *explanation) effect(x engine.Explained) {
	p.field("effect", fmt.Sprintf("%s   (%s)", x.Sentence, x.At))
	for i, line := range x.Done {
		p.more(only(i == 0, "done"), line)
	}
	p.more("refused", x.Refused)
	for i, line := range x.Places {
		p.more(only(i == 0, "in"), line)
	}
}

// fields says once how fields are compared, for the sentences that compare any.
func (p *explanation) fields(c *contracts.Contract, x engine.Explanation) {
	var masks []string
	for _, effect := range x.Effects {
		switch effect.Verb {
		case contracts.Creates, contracts.Updates, contracts.Keeps:
			masks = append(masks, effect.Masks...)
		}
	}
	seen := map[string]bool{}
	for _, mask := range masks {
		if !seen[mask] {
			p.field(only(len(seen) == 0, "fields"), mask)
		}
		seen[mask] = true
	}
}

func (p *explanation) cases(c *contracts.Contract) {
	for i, each := range c.Cases {
		text := each.Name + ": "
		if each.Recast {
			text += "sent as " + strings.Join(each.Act.As, ", ") + ", "
		}
		text += "wants " + wanted(each.Status)
		if each.Expect != nil {
			text += ", and " + each.Expect.Source()
		}
		p.field(only(i == 0, "cases"), text)
	}
}

// again says what is sent a second time, and what must then be seen.
func (p *explanation) again(c *contracts.Contract) {
	for i, entry := range c.Again {
		text := entry.Name + ": " + changed(entry)
		if entry.After > 0 {
			text += ", after " + brief(entry.After)
		}
		p.field(only(i == 0, "again"), text+"; wants "+wantedAgain(entry))
	}
}

// changed is what a second act has anew.
func changed(entry *contracts.Again) string {
	var anew []string
	for _, part := range []struct {
		name string
		is   bool
	}{
		{"call", entry.Moved}, {"path", len(entry.Change.Path) > 0}, {"query", entry.Change.Query != nil},
		{"headers", entry.Change.Headers != nil}, {"body", entry.Change.Body != nil},
	} {
		if part.is {
			anew = append(anew, part.name)
		}
	}
	text := "the same request"
	if len(anew) > 0 {
		text = "with other " + strings.Join(anew, " and ")
	}
	if entry.Recast {
		text += " as " + strings.Join(entry.Act.As, ", ")
	}
	return text
}

// wantedAgain is what a second act must come to, in words.
func wantedAgain(entry *contracts.Again) string {
	var wants []string
	if entry.Same {
		wants = append(wants, "the same reply")
	}
	switch {
	case entry.StatusSet:
		wants = append(wants, wanted(entry.Status))
	case entry.Effect == contracts.Anew:
		wants = append(wants, wanted(contracts.Status{}))
	case !entry.Same:
		wants = append(wants, "2xx or 4xx")
	}
	if entry.Expect != nil {
		wants = append(wants, entry.Expect.Source())
	}
	text := "everything as the first act left it"
	if entry.Effect == contracts.Anew {
		text = "the effects once more"
	}
	return strings.Join(append(wants, text), ", and ")
}

// only is a text that is said once for several lines.
func only(say bool, text string) string {
	if say {
		return text
	}
	return ""
}

func called(c *contracts.Call) string {
	text := c.Method + " " + c.Template
	if c.Operation != "" {
		text += " (" + c.Operation + ")"
	}
	if len(c.As) > 0 {
		text += " as " + strings.Join(c.As, ", ")
	}
	return text
}

// wanted is an expected answer in words.
func wanted(s contracts.Status) string {
	var parts []string
	for _, code := range s.Codes {
		parts = append(parts, fmt.Sprint(code))
	}
	for _, class := range s.Classes {
		parts = append(parts, fmt.Sprintf("%dxx", class))
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, " or ")
	case s.Claim == contracts.Refused:
		return "a refusal that leaves no trace"
	}
	return "2xx, and that it is true"
}

func cellsOf(c *contracts.Contract) int {
	cells := len(c.Cases) + len(c.Again)
	if c.Base {
		cells++
	}
	return cells
}

// sent is a request in the order of sending: "act      POST /reviews as me, once, writes".
func sent(r engine.Planned) string {
	text := fmt.Sprintf("%-8s %s as %s, %s", r.Phase, r.Call, r.Eyes, frequency(r.AtMost))
	if r.Write {
		text += ", writes"
	}
	return text
}
