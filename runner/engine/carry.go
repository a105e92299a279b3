package engine

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// mostConfirmations bounds the attempts that the judge may ask for: one alone on its account,
// and where cells of other accounts were in its way, one alone on the target. Those that a
// 429 asks for are counted by throttleTries.
const mostConfirmations = 2

// carry takes a cell from its first attempt to its verdict, and cleans up after
// each. It returns when nothing of the cell runs any more; a verdict that needs
// the other accounts' sight is given by ride. The trial is 0 where there is only one.
func (e *Engine) carry(ctx context.Context, cell *Cell, trial int) (result *Result, last *attempt) {
	result = &Result{Cell: cell, Number: cell.Number, Operation: cell.Operation(), Place: cell.line(), Started: time.Now()}
	exchanges := map[int64]*wire.Exchange{}
	var earlier []*verdict.Record
	alone, quiet, rest, confirmed := needsAlone(cell), false, time.Duration(0), 0
	for number := 1; ; number++ {
		a := e.attempt(ctx, cell, &carried{trial: trial, number: number, alone: alone, quiet: quiet, rest: rest, earlier: earlier, result: result})
		for n, x := range a.exchanges {
			exchanges[n] = x
		}
		last = a
		result.Record, result.Verdict = a.record, a.settled()
		if ctx.Err() != nil {
			break
		}
		if wait, again := e.throttled(a, number, result.Started); again {
			earlier = append(earlier, stripped(a.record))
			if budget.Pause(ctx, wait) == nil {
				continue
			}
			break
		}
		again := result.Verdict.Again
		if quiet = confirmed > 0; again == nil || confirmed == mostConfirmations || quiet && !(again.Everywhere && e.quiet.affords()) {
			break
		}
		confirmed++
		alone, rest = true, again.Rest
		earlier = append(earlier, stripped(a.record))
	}
	result.Exchanges, result.Ended = sortedExchanges(exchanges), time.Now()
	return result, last
}

// carried is what an attempt takes over from those before it.
type carried struct {
	trial   int
	number  int
	alone   bool
	quiet   bool // on every account
	rest    time.Duration
	earlier []*verdict.Record
	result  *Result
}

// attempt holds the accounts that it touches, runs, looks for sight, and cleans up.
func (e *Engine) attempt(ctx context.Context, cell *Cell, c *carried) *attempt {
	a := e.newAttempt(cell, c.number)
	a.record.Cell.Trial, a.record.Cell.Alone, a.record.Cell.Quiet, a.record.Earlier = c.trial, c.alone, c.quiet, c.earlier
	hold := e.hold
	if c.quiet {
		hold = e.holdAll
	}
	release, err := hold(ctx, cell, c.alone)
	if err != nil {
		a.stopped(ctx, err)
		return a
	}
	defer release()
	a.epoch = time.Now()
	func() {
		defer a.survive()
		a.run(ctx, c.rest)
		a.finish(ctx)
		a.repeat(ctx, c.rest)
	}()
	for _, clean := range []func(context.Context) ([]Leftover, int){a.cleanUpAgain, a.cleanUp} {
		left, kept := a.cleanUpSafely(e.hard, clean)
		c.result.Left = append(c.result.Left, left...)
		c.result.Kept += kept
	}
	a.closePost()
	e.allowance.BringHome(a.purse)
	if a.second != nil {
		return a.second
	}
	return a
}

// survive turns a panic into a record that says so; the clean-up still runs.
func (a *attempt) survive() {
	if cause := recover(); cause != nil {
		a.record.Halt = nil
		a.halt("interrupted", ownFailure(cause).Error(), hintOwn)
	}
}

const hintOwn = "this is a defect of polygraph: please report it"

// ownFailure is a panic as an error.
func ownFailure(cause any) error { return fmt.Errorf("polygraph itself failed: %v", cause) }

// failed is the result of a cell that polygraph itself could not bring to its end: the
// others must still clean up.
func (e *Engine) failed(cell *Cell, cause any) *Result {
	a := e.newAttempt(cell, 1)
	a.halt("interrupted", ownFailure(cause).Error(), hintOwn)
	return &Result{
		Cell: cell, Number: cell.Number, Operation: cell.Operation(), Place: cell.line(), Started: a.epoch, Ended: time.Now(),
		Record: a.record, Verdict: ownVerdict(cause),
	}
}

func ownVerdict(cause any) verdict.Verdict {
	return verdict.Verdict{Class: verdict.Inconclusive, Kind: verdict.Interrupted, Findings: []verdict.Finding{{
		Class: verdict.Inconclusive, Kind: verdict.Interrupted, Effect: -1, Place: -1, Reason: ownFailure(cause).Error(), Hint: hintOwn,
	}}}
}

func (a *attempt) cleanUpSafely(ctx context.Context, clean func(context.Context) ([]Leftover, int)) (left []Leftover, kept int) {
	defer func() {
		if cause := recover(); cause != nil {
			left = append(left, Leftover{Account: a.me.name, Marker: a.unique, Why: fmt.Sprintf("polygraph itself failed while cleaning up: %v", cause)})
		}
	}()
	return clean(ctx)
}

// finish adds to the record what the run has seen besides the attempt's own readings.
func (a *attempt) finish(ctx context.Context) {
	for _, d := range a.me.between(a.epoch, time.Now()) {
		if d.by != a.record && (a.first == nil || d.by != a.first.record) {
			a.record.Beside = append(a.record.Beside, verdict.Beside{What: d.what, SentAt: a.at(d.sent), SaidAt: a.at(d.said), Gone: d.gone})
		}
	}
	a.markHidden()
	a.fillSight()
	v := a.judge()
	if v.Class == verdict.Kept {
		a.verdict = &v
		return
	}
	a.record.Abroad = a.abroad()
	if blind(v) && ctx.Err() == nil && a.sightRead(ctx) {
		a.fillSight()
	}
	if lost(v, a.record) && ctx.Err() == nil {
		a.lookElsewhere(ctx)
	}
}

// settled is the verdict on the attempt when all of it is over. Nothing is added to
// the record of one that was kept.
func (a *attempt) settled() verdict.Verdict {
	if a.verdict != nil {
		return *a.verdict
	}
	return a.judge()
}

// judge gives the verdict on the record as it is. What other accounts saw is looked
// up only where the judge asks for it: on a thousand accounts it is most of a record.
func (a *attempt) judge() verdict.Verdict {
	v := verdict.Judge(a.record)
	if !v.Lent {
		return v
	}
	a.fillPeers()
	return verdict.Judge(a.record)
}

// blind tells whether a verdict would be another if these eyes were known to see.
func blind(v verdict.Verdict) bool {
	for _, finding := range v.Findings {
		if finding.Kind == "blind-probe" {
			return true
		}
	}
	return false
}

// throttled tells whether the act is to be tried later, and how much later: a new
// attempt with a new marker, never the same request again.
func (e *Engine) throttled(a *attempt, number int, since time.Time) (time.Duration, bool) {
	if a.record.Act == nil || !verdict.Retry(a.record) || number >= throttleTries {
		return 0, false
	}
	wait := time.Second
	if a.record.Act.RetryIn != nil {
		wait = *a.record.Act.RetryIn
	}
	if time.Since(since)+wait > throttleBudget {
		return 0, false
	}
	return wait, true
}

// stripped is a record as it stands among the earlier ones of the next.
func stripped(r *verdict.Record) *verdict.Record {
	copied := *r
	copied.Earlier = nil
	return &copied
}

func sortedExchanges(exchanges map[int64]*wire.Exchange) []*wire.Exchange {
	list := make([]*wire.Exchange, 0, len(exchanges))
	for _, x := range exchanges {
		list = append(list, x)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Number < list[j].Number })
	return list
}

// hold takes the cell's part of every account that it writes with, in one order
// so that no two cells wait for each other; all of its own where it must be alone.
func (e *Engine) hold(ctx context.Context, cell *Cell, alone bool) (func(), error) {
	me := e.eyes[cell.Account.Name]
	weights := map[*eyes]int64{me: 1}
	for _, role := range writers(cell) {
		if who, err := e.role(role, me); err == nil {
			weights[who] = 1
		}
	}
	if alone {
		weights[me] = everything
	}
	order := make([]*eyes, 0, len(weights))
	for who := range weights {
		order = append(order, who)
	}
	sort.Slice(order, func(i, j int) bool { return order[i].name < order[j].name })
	for i, who := range order {
		if err := who.limit.cells.Acquire(ctx, weights[who]); err != nil {
			for _, held := range order[:i] {
				held.limit.cells.Release(weights[held])
			}
			return nil, err
		}
	}
	release := func() {
		for _, who := range order {
			who.limit.cells.Release(weights[who])
		}
	}
	if !unmarked(cell) || alone {
		return release, nil
	}
	if err := me.limit.unmarked.Acquire(ctx, 1); err != nil {
		release()
		return nil, err
	}
	return func() { me.limit.unmarked.Release(1); release() }, nil
}

// writers are the roles with which a cell changes something.
func writers(cell *Cell) []string {
	roles := append([]string{}, cell.Act().As...)
	if cell.Again != nil {
		roles = append(roles, cell.Again.Act.As...)
	}
	for _, given := range cell.Contract.Given {
		roles = append(roles, given.Call.As...)
	}
	return roles
}

// needsAlone tells whether a cell cannot share its account from the start: an
// expression that compares a probe with what it was before is moved by every other
// cell of ours, and so is a thing that is there for all of them.
func needsAlone(cell *Cell) bool {
	if overhears(cell) {
		return true
	}
	if slices.ContainsFunc(cell.Contract.Given, func(g *contracts.Given) bool { return g.Removed }) {
		return true // its identity may be handed out again, to another cell's thing, and the act would be done to that
	}
	for _, effect := range cell.Contract.Effects {
		if isFound(cell.Contract, effect) {
			return true // every cell of the account finds the same
		}
		for _, ref := range append(refsOf(effect.Expect), refsOf(effect.Fails)...) {
			if len(ref) > 1 && ref[0] == "before" && !isThing(cell.Contract, ref[1]) {
				return true
			}
		}
	}
	return false
}

// unmarked tells whether a cell may make something that carries no marker: what
// appears in the list could be anybody's, so two of them never run side by side.
func unmarked(cell *Cell) bool {
	for _, effect := range cell.Contract.Effects {
		if effect.Verb == contracts.Creates {
			return !marks(cell.Act())
		}
	}
	if each := cell.Contract.Each; each != nil && each.Effect.Verb == contracts.Creates {
		return !marks(cell.Act())
	}
	return false
}

func isThing(contract *contracts.Contract, name string) bool {
	for _, given := range contract.Given {
		if given.Name == name {
			return true
		}
	}
	return false
}

// marks tells whether a call's body or path carries something that is drawn for it.
func marks(call *contracts.Call) bool {
	if call.Body != nil && drawn(call.Body.Refs()) {
		return true
	}
	for _, data := range call.Path {
		if drawn(data.Refs()) {
			return true
		}
	}
	return false
}

func drawn(refs [][]string) bool {
	for _, ref := range refs {
		if ref[0] == "unique" || ref[0] == "uuid" {
			return true
		}
	}
	return false
}
