package engine

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// trialsAtOnce is how many trials of a cell are under way together. Like cells they
// wait for effects and not for each other, where the account's limits let them; a
// thousand at once would only be a thousand to clean up after when a run is killed.
const trialsAtOnce = 16

// A Trial is one of several repetitions of a cell, each with things of its own.
type Trial struct {
	Record  *verdict.Record `json:"record"`
	Verdict verdict.Verdict `json:"verdict"`
	Started time.Time       `json:"started"`
	Ended   time.Time       `json:"ended"`
}

// Trial is the cell as its trial with this number alone would have it (1-based); nil
// where there is none.
func (r *Result) Trial(number int) *Result {
	if number < 1 || number > len(r.Trials) {
		return nil
	}
	one, trial := *r, r.Trials[number-1]
	one.Record, one.Verdict, one.Started, one.Ended = trial.Record, trial.Verdict, trial.Started, trial.Ended
	one.Trials = nil
	return &one
}

// trials is how often a cell is carried out.
func (c *Cell) trials() int { return max(c.Contract.Trials, 1) }

// carryTrials carries a cell out as often as its contract says, and gives the attempt that
// each trial ended with. A cell that is not repeated is its one trial.
func (e *Engine) carryTrials(ctx context.Context, cell *Cell) (*Result, []*attempt) {
	n := cell.trials()
	if n == 1 {
		result, last := e.carry(ctx, cell, 0)
		return result, []*attempt{last}
	}
	results, lasts := make([]*Result, n), make([]*attempt, n)
	slots := make(chan struct{}, e.together(cell))
	var all sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			defer func() {
				if cause := recover(); cause != nil {
					results[i] = e.failed(cell, cause)
				}
			}()
			results[i], lasts[i] = e.carry(ctx, cell, i+1)
		})
	}
	all.Wait()
	return gathered(results), lasts
}

// together is how many trials of a cell may be under way at once.
func (e *Engine) together(cell *Cell) int {
	if e.o.OneAtATime || needsAlone(cell) || unmarked(cell) {
		return 1
	}
	return min(cell.trials(), trialsAtOnce)
}

// rounds is how often a cell's own time passes until all its trials are over.
func (e *Engine) rounds(cell *Cell) int {
	at := e.together(cell)
	return (cell.trials() + at - 1) / at
}

// gathered makes one result of a cell's trials. What they sent and left behind is all
// in it; what was seen and judged is the worst one's.
func gathered(results []*Result) *Result {
	all := *results[0]
	all.Exchanges, all.Left, all.Kept = nil, nil, 0
	for _, r := range results {
		all.Trials = append(all.Trials, &Trial{Record: r.Record, Verdict: r.Verdict, Started: r.Started, Ended: r.Ended})
		all.Exchanges = append(all.Exchanges, r.Exchanges...)
		all.Left = append(all.Left, r.Left...)
		all.Kept += r.Kept
		if r.Started.Before(all.Started) {
			all.Started = r.Started
		}
		if r.Ended.After(all.Ended) {
			all.Ended = r.Ended
		}
	}
	slices.SortFunc(all.Exchanges, func(a, b *wire.Exchange) int { return cmp.Compare(a.Number, b.Number) })
	all.Exchanges = slices.CompactFunc(all.Exchanges, func(a, b *wire.Exchange) bool { return a.Number == b.Number })
	all.settleTrials()
	return &all
}

// settleTrials takes the worst trial for the cell, with what all of them tell.
func (r *Result) settleTrials() {
	verdicts := make([]verdict.Verdict, len(r.Trials))
	for i, trial := range r.Trials {
		verdicts[i] = trial.Verdict
	}
	worst, told := verdict.Repeated(verdicts)
	r.Record, r.Verdict = r.Trials[worst].Record, verdicts[worst]
	r.Verdict.Trials = &told
}

// unsighted are the trials that are inconclusive for want of other accounts' sight,
// by index; of a cell that is not repeated, 0 is the cell.
func (r *Result) unsighted() []int {
	if len(r.Trials) == 0 && blind(r.Verdict) {
		return []int{0}
	}
	var list []int
	for i, trial := range r.Trials {
		if blind(trial.Verdict) {
			list = append(list, i)
		}
	}
	return list
}

// resettle judges a trial again, now that its peers have looked.
func (r *Result) resettle(i int, last *attempt) {
	last.fillSight()
	v := last.judge()
	if len(r.Trials) == 0 {
		r.Verdict = v
		return
	}
	r.Trials[i].Verdict = v
}
