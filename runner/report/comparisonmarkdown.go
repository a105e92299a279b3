package report

import (
	"io"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/comparison"
)

// ComparisonMarkdown writes a comparison as Markdown for a pull request or a job's summary: a
// table for each part, with at most so many lines that it stays within a comment's limit.
func ComparisonMarkdown(w io.Writer, c *comparison.Comparison) error {
	p := &page{w: w}
	p.line("### polygraph compare")
	p.line("")
	p.line("| | |")
	p.line("|---|---|")
	p.line("| **A** | %s |", inCell(side(c, &c.A)))
	p.line("| **B** | %s |", inCell(side(c, &c.B)))
	p.line("")
	p.line("%s", inCell(summed(c)))
	p.line("")
	notes := append(untold(c), c.Notes...)
	for _, note := range notes {
		p.line("- %s", inCell(note))
	}
	if len(notes) > 0 {
		p.line("")
	}
	for _, part := range partsOf(c) {
		p.markdown(part)
	}
	return p.err
}

func (p *page) markdown(part comparedPart) {
	if len(part.lines) == 0 && part.more == "" {
		return
	}
	p.line("#### %s", part.title)
	p.line("")
	p.line("| what | how | where |")
	p.line("|---|---|---|")
	for _, line := range part.lines[:min(len(part.lines), mostLines)] {
		what := inCell(line.what)
		if line.mark != "" {
			what = "**" + line.mark + "** " + what
		}
		p.line("| %s | %s | %s |", what, inCell(line.change), inCell(line.where))
	}
	p.line("")
	if n := len(part.lines) - mostLines; n > 0 {
		p.line("and %d more; `--json` has all", n)
		p.line("")
	}
	if part.more != "" {
		p.line("%s", inCell(part.more))
		p.line("")
	}
}

// inCell escapes a text for a cell of a table, shortened to what a reader takes in.
func inCell(text string) string {
	const most = 300
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return codeSpan(Line(text))
}

// codeSpan shows a text in Markdown as it is. Character references would do for Markdown, but GitHub looks for
// @names, references and addresses in what they have become, and leaves out code alone. In a table | ends
// the cell even there.
func codeSpan(text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + strings.ReplaceAll(text, "|", `\|`) + fence
}
