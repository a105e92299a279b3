package report

import (
	"io"

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
	p.line("%s", inText(summed(c)))
	p.line("")
	notes := append(untold(c), c.Notes...)
	for _, note := range notes {
		p.line("- %s", inText(note))
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
		p.line("%s", inText(part.more))
		p.line("")
	}
}
