package main

import (
	"context"

	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/history"
)

// mostPast is of how many cells the past is looked up: what is true of these is true of
// the next hundred.
const mostPast = 20

// lookBack gives a run the earlier runs in which cells were kept that nobody keeps in this
// one, for its diagnosis: an account that is alone has only its own past to be compared with.
// A history that cannot be read costs no more than that.
func lookBack(ctx context.Context, store *history.Store, run *engine.Finished) {
	if store == nil {
		return
	}
	known := map[string]*engine.Finished{}
	alone := diagnosis.Over(run).Alone()
	for _, r := range alone[:min(len(alone), mostPast)] {
		c := r.Subject()
		past, kept, err := store.LastKept(context.WithoutCancel(ctx), run.Target, c.Contract, c.Case, c.Account, run.Started)
		if err != nil {
			continue
		}
		if same := known[past.ID]; same != nil {
			same.Results = append(same.Results, kept)
			continue
		}
		known[past.ID] = past
		run.Earlier = append(run.Earlier, past)
	}
}
