package engine

import (
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// knownLies are the documented lies whose `when` holds here. It may ask the reply,
// so it is asked once that is there. What cannot be told excuses nothing, and is
// remarked: the lie that it would have covered is shown as one.
func (a *attempt) knownLies(vars expr.Vars) []verdict.Known {
	var holds []verdict.Known
	for _, entry := range a.cell.Contract.Known {
		if entry.When != nil {
			switch truth, err := entry.When.Truth(vars); truthOf(truth, err) {
			case verdict.False:
				continue
			case verdict.Unknown:
				a.record.Remarks = append(a.record.Remarks, "whether "+entry.Lie+" is known here cannot be told: `"+entry.When.Source()+"`")
				continue
			}
		}
		known := verdict.Known{Lie: verdict.Kind(entry.Lie), See: entry.See, Over: entry.Over(a.e.started)}
		if !entry.Until.IsZero() {
			known.Until = entry.Until.Format(time.DateOnly)
		}
		holds = append(holds, known)
	}
	return holds
}
