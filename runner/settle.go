package runner

import (
	"fmt"
	"strings"

	"github.com/onsi/ginkgo/v2"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// settle makes of a verdict what Ginkgo calls it, and ends the spec unless it
// passes. Place stands before the message, because Ginkgo insists that this Go
// line is where it happened. Only a run that was stopped may skip: a cell that
// came out as interrupted of itself was not judged, and must not look green.
func settle(place string, r *engine.Result, stopped bool) {
	place = report.Line(place)                   // a stranger names the files of contracts
	visible := ginkgo.ReportEntryVisibilityNever // the failure says it already
	if passes(r.Verdict.Class) {
		visible = ginkgo.ReportEntryVisibilityFailureOrVerbose
	}
	ginkgo.AddReportEntry("polygraph", entry{r}, visible)
	switch {
	case len(r.Left) > 0:
		ginkgo.Fail(place + ": " + report.Plain(r) + leftText(r.Left))
	case stopped && r.Verdict.Class == verdict.Inconclusive && r.Verdict.Kind == verdict.Interrupted:
		ginkgo.Skip("interrupted before it could be judged, and cleaned up")
	case !passes(r.Verdict.Class):
		ginkgo.Fail(place + ": " + report.Plain(r))
	}
}

// passes says whether a verdict lets its spec pass.
func passes(class verdict.Class) bool {
	return class == verdict.Kept || class == verdict.KnownLie
}

// leftText names what could not be removed.
func leftText(left []engine.Leftover) string {
	var text strings.Builder
	for _, l := range left {
		name := l.Key
		if name == "" {
			name = "marked " + l.Marker
		}
		fmt.Fprintf(&text, "\n  left   %s %s of %s: %s", line(l.Resource), line(name), line(l.Account), line(l.Why))
	}
	return text.String()
}

// An entry is a result as it stands in Ginkgo's own reports: what was judged,
// without the exchanges.
type entry struct{ result *engine.Result }

// String is what ginkgo -v shows of a spec that passed.
func (e entry) String() string { return report.Plain(e.result) }

// MarshalJSON gives the keys of `polygraph run --json`.
func (e entry) MarshalJSON() ([]byte, error) {
	v := e.result.Verdict
	out := struct {
		Operation string   `json:"operation"`
		Verdict   string   `json:"verdict"`
		Kind      string   `json:"kind,omitempty"`
		Reason    string   `json:"reason,omitempty"`
		Said      string   `json:"said,omitempty"`
		Seen      string   `json:"seen,omitempty"`
		Place     string   `json:"place"`
		Remarks   []string `json:"remarks,omitempty"`
	}{Operation: e.result.Operation, Verdict: string(v.Class), Kind: string(v.Kind), Place: e.result.Place, Remarks: v.Remarks}
	if len(v.Findings) > 0 {
		out.Reason, out.Said, out.Seen = v.Findings[0].Reason, v.Findings[0].Said, v.Findings[0].Seen
	}
	return report.JSONText(out)
}
