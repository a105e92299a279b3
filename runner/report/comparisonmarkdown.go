package report

import (
	"bufio"
	"errors"
	"io"

	"github.com/polygraph-dev/polygraph/runner/comparison"
)

// ComparisonMarkdown writes a comparison as Markdown for a pull request or a job's summary: a
// table for each part, as far as a comment has room for it.
func ComparisonMarkdown(w io.Writer, c *comparison.Comparison) error {
	const last = "\n**Not all of it has room here**: `--json` has all.\n"
	leaf := &leaflet{w: bufio.NewWriter(w), left: CommentLimit - len(last)}
	p := &page{w: linewise{leaf}}
	p.line("## Polygraph: what is different")
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
	if leaf.full {
		leaf.write(last)
	}
	return errors.Join(leaf.err, leaf.w.Flush())
}

// A linewise writer puts each line that a page writes onto a leaflet: whole, or not at all.
type linewise struct{ leaf *leaflet }

func (l linewise) Write(line []byte) (int, error) {
	l.leaf.put(string(line))
	return len(line), l.leaf.err
}

func (p *page) markdown(part comparedPart) {
	if len(part.lines) == 0 && part.more == "" {
		return
	}
	p.line("### %s", part.title)
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
