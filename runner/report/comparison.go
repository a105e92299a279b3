package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/comparison"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// mostLines is how many lines a part of a comparison has on a terminal and in Markdown. The JSON
// has all.
const mostLines = 40

// Comparison shows to a person what is different in B, the gravest first.
func Comparison(w io.Writer, c *comparison.Comparison, s Style) error {
	p := &page{w: w, style: s}
	p.line("%s  %s", p.style.paint(bold, "A"), side(c, &c.A))
	p.line("%s  %s", p.style.paint(bold, "B"), side(c, &c.B))
	p.line("")
	for _, note := range c.Notes {
		p.line("%s  %s", p.style.paint(yellow, "note"), Line(note))
	}
	if len(c.Notes) > 0 {
		p.line("")
	}
	for _, part := range partsOf(c) {
		p.part(part)
	}
	p.line("%s", Line(summed(c)))
	for _, text := range untold(c) {
		p.line("%s", p.style.paint(dim, text))
	}
	return p.err
}

// side is "shop-rome  run 7f3a  ./suite on sandbox  2026-11-23 13:07:39".
func side(c *comparison.Comparison, s *comparison.Side) string {
	text := "run " + Line(s.Run) + "  " + Line(s.Suite) + " on " + Line(s.Target)
	if c.Form == comparison.Accounts {
		text = Line(s.Name) + "  " + text
	}
	if !s.Started.IsZero() {
		text += "  " + s.Started.Format("2006-01-02 15:04:05")
	}
	return text
}

// A part is one table of a comparison, for all its forms of text.
type comparedPart struct {
	title string
	lines []comparedLine
	more  string // said below
}

// A comparedLine is one difference: what it is of, how it changed, and where to see it. The texts are
// the provider's and the contracts', and not escaped yet.
type comparedLine struct {
	mark, what, change, where string
	class                     verdict.Class // for the colour
}

func (p *page) part(part comparedPart) {
	if len(part.lines) == 0 && part.more == "" {
		return
	}
	p.line("%s", p.style.paint(bold, part.title))
	for _, line := range part.lines[:min(len(part.lines), mostLines)] {
		head := Line(line.what)
		if line.mark != "" {
			head = p.style.class(line.class, line.mark) + "  " + head
		}
		p.line("  %s", head)
		text := Line(line.change)
		if line.where != "" {
			text += p.style.paint(dim, "   "+Line(line.where))
		}
		p.line("    %s", text)
	}
	if n := len(part.lines) - mostLines; n > 0 {
		p.line("  %s", p.style.paint(dim, fmt.Sprintf("and %d more; --json has all", n)))
	}
	if part.more != "" {
		p.line("  %s", p.style.paint(dim, Line(part.more)))
	}
	p.line("")
}

func partsOf(c *comparison.Comparison) []comparedPart {
	return []comparedPart{verdictPart(c), factPart(c), latencyPart(c, slowerTitle, c.Latency.Slower), latencyPart(c, "became faster", c.Latency.Faster), shapePart(c)}
}

// verdictPart puts the accounts together whose verdict changed alike in one cell.
func verdictPart(c *comparison.Comparison) comparedPart {
	part := comparedPart{title: "verdicts"}
	type group struct{ contract, variant, way string }
	at, names, counts := map[group]int{}, map[group][]string{}, map[group]int{}
	var order []group
	for i := range c.Verdicts {
		v := &c.Verdicts[i]
		way := called(v.From, v.FromKind) + " → " + called(v.To, v.ToKind)
		if v.Fixed {
			way += ", which is fixed"
		}
		g := group{v.Contract, v.Case, way}
		if _, ok := at[g]; !ok {
			at[g] = len(part.lines)
			order = append(order, g)
			part.lines = append(part.lines, comparedLine{
				mark: string(v.Way), class: v.To, what: v.Contract, change: way,
				where: fmt.Sprintf("%s/%d, before %s/%d", c.B.Run, v.CellB, c.A.Run, v.CellA),
			})
			if v.Case != "" {
				part.lines[at[g]].what += ": " + v.Case
			}
		}
		names[g], counts[g] = append(names[g], v.Account), v.Cells
	}
	for _, g := range order {
		line := &part.lines[at[g]]
		switch {
		case counts[g] > 0:
			line.what += "  (" + plural(counts[g], "account") + ")"
		case c.Form != comparison.Accounts:
			line.what += "  (" + few(names[g]) + ")"
		}
	}
	return part
}

// called is "lied lost-write".
func called(class verdict.Class, kind verdict.Kind) string {
	if kind == "" {
		return string(class)
	}
	return string(class) + " " + string(kind)
}

// few names the first of many.
func few(names []string) string {
	const most = 4
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func factPart(c *comparison.Comparison) comparedPart {
	part := comparedPart{title: "accounts"}
	for _, f := range c.Facts {
		var said []string
		if len(f.Gone) > 0 {
			said = append(said, "no longer "+few(f.Gone))
			if c.Form == comparison.Accounts {
				said[0] = c.A.Name + " has " + few(f.Gone)
			}
		}
		if len(f.New) > 0 {
			word := "new: "
			if c.Form == comparison.Accounts {
				word = c.B.Name + " has "
			}
			said = append(said, word+few(f.New))
		}
		line := comparedLine{what: "account." + f.Name, change: strings.Join(said, "; ")}
		if c.Form != comparison.Accounts {
			line.what += "  (" + f.Account + ")"
		}
		part.lines = append(part.lines, line)
	}
	return part
}

func latencyPart(c *comparison.Comparison, title string, changes []comparison.TimeChange) comparedPart {
	part := comparedPart{title: title}
	for _, t := range changes {
		name := t.Call
		if name == "" {
			name = "all endpoints together"
		}
		what := "until its effect is seen"
		if t.What == comparison.Reply {
			what = "until it replies"
		}
		part.lines = append(part.lines, comparedLine{
			what: name + ", " + what,
			change: fmt.Sprintf("%s → %s (median of %s; %s times; %s)", inMilliseconds(t.A), inMilliseconds(t.B), plural(t.Cells, "cell"),
				fmt.Sprintf("%.2g", t.Ratio), chance(t.P)),
			where: fmt.Sprintf("the slowest is %s/%d", c.B.Run, t.CellB),
		})
	}
	if title == slowerTitle && len(changes) > 0 {
		part.more = swung(c)
	}
	return part
}

const slowerTitle = "became slower"

// swung says what a slower time may mean.
func swung(c *comparison.Comparison) string {
	switch {
	case c.Latency.Whole:
		return "nearly every endpoint replies slower: it is the network, this computer, or all of the provider"
	case c.Form == comparison.Accounts:
		return ""
	case c.Latency.Earlier == 0:
		return "no run before A shows how much these times swing by themselves"
	}
	return "more than these times swing by themselves between A and " + plural(c.Latency.Earlier, "run") + " before it"
}

func inMilliseconds(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}

func shapePart(c *comparison.Comparison) comparedPart {
	part := comparedPart{title: "replies"}
	for _, s := range c.Shapes {
		line := comparedLine{what: few(s.Calls), change: shaped(s), where: fmt.Sprintf("%d of %s", s.Cells, plural(s.Of, "cell"))}
		if c.Form != comparison.Accounts && s.Cells < s.Of {
			line.where += " (" + few(s.Accounts) + ")"
		}
		line.where += fmt.Sprintf("; %s/%d, before %s/%d", c.B.Run, s.CellB, c.A.Run, s.CellA)
		part.lines = append(part.lines, line)
	}
	return part
}

// shaped is "field slug is gone (was string)".
func shaped(s comparison.ShapeChange) string {
	const absent = "absent"
	name := map[comparison.Trait]string{comparison.FieldOf: "field ", comparison.HeaderOf: "header ", comparison.FactOf: "snapshot "}[s.Trait] + s.Name
	if s.Trait == comparison.FieldOf && s.Name == "" {
		name = "the body"
	}
	quote := func(value string) string {
		if s.Trait == comparison.HeaderOf {
			return fmt.Sprintf("%q", value)
		}
		return strings.ReplaceAll(value, "|", " or ")
	}
	was := func(value string) string {
		if value == "" {
			return ""
		}
		return " (" + quote(value) + ")"
	}
	switch {
	case s.Trait == comparison.StatusOf:
		return "answered " + quote(s.From) + ", now " + quote(s.To)
	case s.From == absent:
		return name + " is new" + was(s.To)
	case s.To == absent:
		return name + " is gone" + was(s.From)
	case s.Trait == comparison.FieldOf:
		return name + " was " + quote(s.From) + ", is " + quote(s.To)
	}
	return name + " was " + quote(s.From) + ", is " + quote(s.To)
}

// summed is "240 cells in both: 2 worse, 1 better".
func summed(c *comparison.Comparison) string {
	var parts []string
	add := func(n int, one, more string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, map[bool]string{true: one, false: more}[n == 1]))
		}
	}
	add(c.Worse(), "worse", "worse")
	add(c.Unsure(), "not sure any more", "not sure any more")
	add(c.Better(), "better", "better")
	add(len(c.Verdicts)-c.Worse()-c.Unsure()-c.Better(), "otherwise judged", "otherwise judged")
	add(len(c.Facts), "fact of an account", "facts of accounts")
	add(len(c.Latency.Slower), "slower", "slower")
	add(len(c.Latency.Faster), "faster", "faster")
	add(len(c.Shapes), "change of a reply", "changes of replies")
	if len(parts) == 0 {
		parts = append(parts, "no difference")
	}
	return fmt.Sprintf("%s in both: %s", plural(c.Cells, "cell"), strings.Join(parts, ", "))
}

// untold says what was left out, and what could not be told.
func untold(c *comparison.Comparison) []string {
	var out []string
	if c.Noise > 0 {
		out = append(out, fmt.Sprintf("%s of replies left out as noise, which is as great within A or B alone", plural(c.Noise, "difference")))
	}
	if c.Latency.Noise > 0 {
		out = append(out, fmt.Sprintf("%s left out as noise: other endpoints, or the runs before A, swing as much by themselves", plural(c.Latency.Noise, "slower or faster time")))
	}
	if c.Latency.TooFew > 0 {
		out = append(out, fmt.Sprintf("too few cells to say of %s whether it became slower", plural(c.Latency.TooFew, "endpoint")))
	}
	return out
}

// chance is "p = 0.003", or that it is smaller than is worth a figure.
func chance(p float64) string {
	if p < 0.0001 {
		return "p < 0.0001"
	}
	return fmt.Sprintf("p = %.1g", p)
}
