package runner

import (
	"github.com/onsi/ginkgo/v2"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// patch puts into Ginkgo's report what only the engine knows: when a cell
// really began and ended (its spec only waited for the rest of it), and that it
// is the contract's line that failed. In one process the report is Ginkgo's
// own, and so every later report and the closing summary have it; under
// ginkgo -p it is a copy.
func (t *tree) patch(r *ginkgo.Report) {
	for _, s := range t.all() {
		s.mu.Lock()
		patch(r, s.results)
		s.mu.Unlock()
	}
}

func patch(r *ginkgo.Report, results map[specKey]*engine.Result) {
	for i := range r.SpecReports {
		spec := &r.SpecReports[i]
		result := results[specKey{spec.FullText(), spec.LeafNodeLocation}]
		if result == nil {
			continue
		}
		spec.StartTime, spec.EndTime = result.Started, result.Ended
		spec.RunTime = result.Ended.Sub(result.Started)
		if !spec.Failure.IsZero() {
			spec.Failure.Location = spec.LeafNodeLocation
		}
	}
}
