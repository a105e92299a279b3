package report

import (
	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
)

// Cause says in a line what sets a cell's account apart; "" where nothing is known to.
func Cause(run *engine.Finished, r *engine.Result) string { return diagnosis.Of(run, r).Text() }
