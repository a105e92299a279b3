package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Cells lists a run's cells, one on a line with the name under which it can be shown.
func Cells(w io.Writer, run *engine.Finished, s Style) error {
	p := &page{w: w, style: s}
	p.line("%s", heading(run))
	p.line("")
	for _, r := range sorted(run) {
		name := fmt.Sprintf("%s/%d", run.ID, r.Number)
		p.line("%-9s %s  %s  (%s)", name, p.verdict(r), title(r), Line(r.Subject().Account))
	}
	p.line("")
	p.leftovers(run)
	p.line("%s", p.counts(run))
	return p.err
}

// verdict is a result's verdict and kind in a column of its own.
func (p *page) verdict(r *engine.Result) string {
	class := string(r.Verdict.Class)
	if r.Verdict.Class == verdict.Lied {
		class = strings.ToUpper(class)
	}
	return p.style.class(r.Verdict.Class, fmt.Sprintf("%-33s", strings.TrimSpace(class+" "+string(r.Verdict.Kind))))
}
