// Package engine carries contracts out: it multiplies them by accounts into
// cells, makes what each needs, looks at the world, acts once, watches, asks the
// judge, and cleans up. It does not know Ginkgo and never prints.
//
//	e, err := engine.New(engine.Options{Suite: suite, Target: target})
//	if err != nil { … }                    // the user's mistake: nothing was sent
//	e.Start(e.Cells()...)                  // all together, under the limits
//	result, err := e.Await(ctx, e.Cells()[0])
//	e.Stop(nil)                            // running cells clean up first
//
// A cell goes through attempts (attempt.go), each with the same steps: prepare,
// give, look, act, watch, and then cleanUp. An attempt writes a verdict.Record;
// when to look again is decided by verdict.Next, what it all means by
// verdict.Judge. Reads of the same thing by the same eyes at the same time are one
// request (fetch.go); acts are never shared, repeated or redirected (runner/wire).
package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// cleanUpTime is how long a stopped run may go on cleaning up.
const cleanUpTime = 30 * time.Second

// errCutShort is why something is left that might have been removed.
var errCutShort = errors.New("cleaning up was cut short")

// An Engine is one run. It is safe for concurrent use.
type Engine struct {
	o          Options
	run        string
	started    time.Time
	server     string
	origin     string
	behind     string             // Server, or the address behind it: whose limits they are, and whose things
	hosts      map[string]bool    // origins that anything may be sent to
	parts      []string           // secrets that stand within credentials: the T of "token T"
	bystanders []*wire.Credential // of accounts that the run does not need
	client     *wire.Client
	journal    Journal // nil: none is kept
	eyes       map[string]*eyes
	nobody     *eyes
	allowance  *Allowance
	cells      []*Cell
	learners   []*contracts.Account // of OnlyFacts
	sharing    *sharing
	quiet      *quiet
	sightings  *sightings
	crowd      *crowd
	requests   atomic.Int64
	deleted    sync.Map // resource and key of what clean-up has deleted → true
	masks      sync.Map // *contracts.Effect → its []verdict.Mask
	hall       hall
	flipping   flipping

	soft     context.Context // ends when the run is stopped: cells come to an end
	stop     context.CancelCauseFunc
	hard     context.Context // ends when cleaning up has had its time
	abandon  context.CancelCauseFunc
	stopping sync.Once

	mu      sync.Mutex
	tickets map[*Cell]*ticket
	turn    chan struct{} // OneAtATime: held by the cell that runs
}

// A ticket is a cell that was started.
type ticket struct {
	cell   *Cell
	seen   chan struct{} // closed when its own looking is over: peers may use what it saw
	done   chan struct{}
	result *Result
}

// New plans a run. An error is the user's mistake, with its place where it has
// one; nothing has been sent then.
func New(o Options) (*Engine, error) {
	e := newEngine(o)
	if err := o.Webhooks.check(); err != nil {
		return nil, err
	}
	if err := e.place(); err != nil {
		return nil, err
	}
	if err := e.plan(); err != nil {
		return nil, err
	}
	if err := e.makeEyes(); err != nil {
		return nil, err
	}
	if err := e.unchanged(); err != nil {
		return nil, err
	}
	if err := e.mayFlip(); err != nil {
		return nil, err
	}
	if err := e.resolve(); err != nil {
		return nil, err
	}
	if err := e.openJournal(); err != nil {
		return nil, err
	}
	e.connect()
	return e, nil
}

func newEngine(o Options) *Engine {
	e := &Engine{
		o: o, run: o.Run, started: time.Now(), eyes: map[string]*eyes{},
		sharing: newSharing(), quiet: newQuiet(), sightings: newSightings(), tickets: map[*Cell]*ticket{}, turn: make(chan struct{}, 1),
		crowd: newCrowd(mostAtOnce),
	}
	if e.run == "" {
		e.run = drawUUID()[:6]
	}
	return e
}

// connect makes what requests go out through.
func (e *Engine) connect() {
	e.o.Wire.SecretFields = append(e.o.Wire.SecretFields, e.o.Suite.Provider.Secrets...)
	e.client = wire.New(e.o.Wire)
	for _, who := range e.eyes { // the journal masks them before the first request does
		e.client.Learn(who.credential)
	}
	for _, credential := range e.bystanders {
		e.client.Learn(credential)
	}
	e.client.Redactor().Add(e.parts...)
	e.soft, e.stop = context.WithCancelCause(context.Background())
	e.hard, e.abandon = context.WithCancelCause(context.Background())
}

// place finds the address that the run goes to.
func (e *Engine) place() error {
	e.server = e.o.Server
	if e.server == "" {
		e.server = e.o.Target.Server
	}
	if e.server == "" {
		return fmt.Errorf("%s: target %q has no server", e.o.Target.Pos, e.o.Target.Name)
	}
	origin, err := wire.Origin(e.server)
	if err != nil {
		return fmt.Errorf("%s: target %q: %w", e.o.Target.Pos, e.o.Target.Name, err)
	}
	e.origin = origin
	if e.behind = e.o.Behind; e.behind == "" {
		e.behind = e.server
	}
	e.learnHosts()
	for len(e.server) > 0 && e.server[len(e.server)-1] == '/' {
		e.server = e.server[:len(e.server)-1]
	}
	return nil
}

// resolve makes eyes of the accounts, all mistakes at once.
func (e *Engine) resolve() error {
	needed := e.neededAccounts()
	var mistakes []error
	for _, account := range e.o.Target.Accounts {
		if e.o.Paper {
			continue
		}
		credential, err := e.credential(account)
		if !needed[account.Name] {
			if err == nil { // what the provider may repeat is masked, whoever it belongs to
				e.bystanders = append(e.bystanders, credential)
			}
			continue
		}
		if err != nil {
			mistakes = append(mistakes, err)
		}
		e.eyes[account.Name].credential, e.eyes[account.Name].needed = credential, true
	}
	return errors.Join(append(mistakes, e.resolveWebhooks(needed)...)...)
}

// neededAccounts are those under test and those that stand for their roles: with
// --account, nobody else's credentials have to be there.
func (e *Engine) neededAccounts() map[string]bool {
	needed := map[string]bool{}
	if len(e.o.Accounts) == 0 {
		for _, account := range e.o.Target.Accounts {
			needed[account.Name] = true
		}
		return needed
	}
	if f := e.o.Flip; f != nil {
		for _, who := range []*eyes{e.eyes[f.Account], e.flipper()} {
			if who != nil {
				needed[who.name] = true
			}
		}
	}
	for _, cell := range e.cells {
		me := e.eyes[cell.Account.Name]
		for _, role := range append(rolesOf(cell.Contract, e.o.Suite.Provider), "me") {
			if who, err := e.role(role, me); err == nil {
				needed[who.name] = true
			}
		}
	}
	for _, name := range e.o.Witnesses {
		needed[name] = true
	}
	for _, account := range e.learners {
		needed[account.Name] = true
		if asker, err := e.factsAsker(e.eyes[account.Name]); err == nil {
			needed[asker.name] = true
		}
	}
	return needed
}

// rolesOf gives every role that a contract may look or act with.
func rolesOf(contract *contracts.Contract, provider *contracts.Provider) []string {
	var roles []string
	calls := append([]*contracts.Call{contract.Act}, contract.Cleanup...)
	for _, given := range contract.Given {
		calls = append(calls, given.Call)
	}
	for _, c := range contract.Cases {
		calls = append(calls, c.Act)
	}
	for _, a := range contract.Again {
		calls = append(calls, a.Act)
	}
	for _, r := range provider.Resources {
		calls = append(calls, r.Make, r.Read, r.List, r.Delete)
	}
	for _, probe := range provider.Probes {
		calls = append(calls, probe.Call)
		roles = append(roles, probe.As...)
	}
	for _, call := range calls {
		if call != nil {
			roles = append(roles, call.As...)
		}
	}
	for _, effect := range contract.Effects {
		roles = append(roles, effect.As...)
	}
	return roles
}

// Cells is the plan, by file, line, case and account.
func (e *Engine) Cells() []*Cell { return e.cells }

// Run is the run's id: hexadecimal, "7f3a21".
func (e *Engine) Run() string { return e.run }

// Started is when the run began.
func (e *Engine) Started() time.Time { return e.started }

// Target is where it runs.
func (e *Engine) Target() *contracts.Target { return e.o.Target }

// Start begins cells and returns at once. A cell that was started already is left
// alone: an act is never sent twice.
func (e *Engine) Start(cells ...*Cell) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var fresh []*ticket
	for _, cell := range cells {
		if e.tickets[cell] == nil {
			t := &ticket{cell: cell, seen: make(chan struct{}), done: make(chan struct{})}
			e.tickets[cell] = t
			fresh = append(fresh, t)
		}
	}
	if e.o.OneAtATime {
		go e.queue(fresh)
		return
	}
	for _, t := range fresh {
		go e.ride(t)
	}
}

// queue carries cells out one after the other. A blind one waits for those behind
// it, too, and so gives its turn back first.
func (e *Engine) queue(tickets []*ticket) {
	for _, t := range tickets {
		e.turn <- struct{}{}
		lasts := e.look(t)
		<-e.turn
		go e.settle(t, lasts)
	}
}

// ride carries one cell out, and waits for its peers where it is blind without them.
func (e *Engine) ride(t *ticket) { e.settle(t, e.look(t)) }

// look carries a cell out, up to what its own eyes can tell: the last attempt of each trial.
func (e *Engine) look(t *ticket) (lasts []*attempt) {
	defer close(t.seen)
	defer func() {
		if cause := recover(); cause != nil {
			t.result = e.failed(t.cell, cause)
		}
	}()
	if why := e.flipped(e.soft); why != "" {
		t.result = e.unfit(t.cell, why)
		return nil
	}
	t.result, lasts = e.carryTrials(e.soft, t.cell)
	return lasts
}

// settle gives a cell its verdict: a blind one's when its peers have looked.
func (e *Engine) settle(t *ticket, lasts []*attempt) {
	defer close(t.done)
	defer func() {
		if e.o.Ended != nil {
			e.o.Ended(t.result)
		}
	}()
	defer func() {
		if cause := recover(); cause != nil {
			t.result.Verdict = ownVerdict(cause)
		}
	}()
	unsighted := t.result.unsighted()
	if len(unsighted) == 0 {
		return
	}
	e.awaitPeers(t)
	for _, i := range unsighted {
		if i < len(lasts) && lasts[i] != nil {
			t.result.resettle(i, lasts[i])
		}
	}
	if len(t.result.Trials) > 0 {
		t.result.settleTrials()
	}
}

// awaitPeers waits until every other cell of the run has looked: any of them may
// show that such eyes can see.
func (e *Engine) awaitPeers(t *ticket) {
	e.mu.Lock()
	peers := make([]*ticket, 0, len(e.tickets))
	for _, other := range e.tickets {
		if other != t {
			peers = append(peers, other)
		}
	}
	e.mu.Unlock()
	for _, other := range peers {
		select {
		case <-other.seen:
		case <-e.soft.Done():
			return
		}
	}
}

// Await gives the cell's result, the same every time, and starts the cell if
// nobody has. The context's end ends the waiting, not the cell.
func (e *Engine) Await(ctx context.Context, cell *Cell) (*Result, error) {
	e.Start(cell)
	e.mu.Lock()
	t := e.tickets[cell]
	e.mu.Unlock()
	select {
	case <-t.done:
		return t.result, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Stop brings the run to an end: cells that run clean up and come out as
// interrupted. It returns when all have, at the latest after thirty seconds of
// cleaning up. A second Stop does nothing but wait.
func (e *Engine) Stop(cause error) {
	e.stop(cause)
	limit := time.AfterFunc(cleanUpTime, e.Abandon)
	defer limit.Stop()
	e.mu.Lock()
	tickets := make([]*ticket, 0, len(e.tickets))
	for _, t := range e.tickets {
		tickets = append(tickets, t)
	}
	e.mu.Unlock()
	for _, t := range tickets {
		<-t.done
	}
	e.stopping.Do(func() { e.putBack(e.hard); e.Abandon(); e.closeInbox(); e.client.Close() })
}

// Abandon ends cleaning up at once: what is still there is left over.
func (e *Engine) Abandon() { e.abandon(errCutShort) }

// passedOver tells whether an item of a listing may stand on no page of it, because
// something of ours that stood on an earlier one was deleted meanwhile, on whatever account.
func (e *Engine) passedOver(l *listing, last int, from, to time.Time) bool {
	listed := map[string]bool{}
	for _, item := range l.items[:last] {
		listed[item.key] = true
	}
	for _, who := range e.eyes {
		if who.passedOver(listed, from, to) {
			return true
		}
	}
	return e.nobody.passedOver(listed, from, to)
}
