package runner

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// planOf is a plan of so many contracts, with a base and a case each, on so many
// accounts. Its places look like those of a loaded suite.
func planOf(titles, accounts int) []*engine.Cell {
	var cells []*engine.Cell
	for t := range titles {
		contract := &contracts.Contract{
			Pos:   contracts.Position{File: fmt.Sprintf("c%d.contract.yaml", t/4), Line: 1 + 10*(t%4), Column: 1},
			Title: fmt.Sprintf("Contract %d keeps its word", t),
			Act:   &contracts.Call{Operation: fmt.Sprintf("op%d", t%3)},
		}
		if t%2 == 1 {
			contract.Needs = []string{"reviews:write"}
		}
		second := &contracts.Case{Pos: contract.Pos, Name: "no title", Act: contract.Act}
		second.Pos.Line += 4
		for _, of := range []*contracts.Case{nil, second} {
			for a := range accounts {
				cells = append(cells, &engine.Cell{
					Number: len(cells) + 1, Contract: contract, Case: of,
					Account: &contracts.Account{Name: fmt.Sprintf("shop-%d", a)},
				})
			}
		}
	}
	return cells
}

// A scripted engine waits in place of a provider: the bridge is under test, not
// HTTP. Acts and clean-ups are told to a server, so that another process can
// count them.
type scripted struct {
	cells   []*engine.Cell
	wait    time.Duration // until a cell is judged
	longer  map[*engine.Cell]time.Duration
	cleanUp time.Duration
	verdict func(*engine.Cell) verdict.Verdict
	left    func(*engine.Cell) []engine.Leftover // nil: nothing
	tell    func(what string, c *engine.Cell)

	once    sync.Once
	ctx     context.Context
	cancel  context.CancelCauseFunc
	hard    context.Context
	abandon context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex
	cellsOf map[*engine.Cell]*awaited
}

type awaited struct {
	done   chan struct{}
	result *engine.Result
}

func (s *scripted) Cells() []*engine.Cell { return s.cells }

func (s *scripted) set() {
	s.once.Do(func() {
		s.ctx, s.cancel = context.WithCancelCause(context.Background())
		s.hard, s.abandon = context.WithCancel(context.Background())
		s.cellsOf = map[*engine.Cell]*awaited{}
	})
}

func (s *scripted) Start(cells ...*engine.Cell) {
	s.set()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range cells {
		if s.cellsOf[c] != nil {
			continue
		}
		a := &awaited{done: make(chan struct{})}
		s.cellsOf[c] = a
		s.running.Go(func() {
			defer close(a.done)
			a.result = s.carryOut(c)
		})
	}
}

func (s *scripted) carryOut(c *engine.Cell) *engine.Result {
	r := &engine.Result{Cell: c, Number: c.Number, Operation: c.Operation(), Place: fmt.Sprintf("%s:%d", c.Place().File, c.Place().Line), Started: time.Now()}
	r.Record = &verdict.Record{Cell: verdict.Cell{Contract: c.Contract.Title, Case: c.CaseName(), Account: c.Account.Name, Attempt: 1}}
	r.Verdict = verdict.Verdict{Class: verdict.Inconclusive, Kind: verdict.Interrupted}
	if s.ctx.Err() == nil {
		s.tell("act", c)
		select {
		case <-time.After(s.wait + s.longer[c]):
			r.Verdict = s.verdict(c)
		case <-s.ctx.Done():
		}
		select {
		case <-time.After(s.cleanUp):
			s.tell("clean-up", c)
		case <-s.hard.Done():
			r.Left = []engine.Leftover{{Account: c.Account.Name, Resource: "review", Key: "1", Why: "abandoned"}}
		}
	}
	if s.left != nil {
		r.Left = append(r.Left, s.left(c)...)
	}
	r.Ended = time.Now()
	return r
}

func (s *scripted) Await(ctx context.Context, c *engine.Cell) (*engine.Result, error) {
	s.Start(c)
	s.mu.Lock()
	a := s.cellsOf[c]
	s.mu.Unlock()
	select {
	case <-a.done:
		return a.result, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *scripted) Stop(cause error) {
	s.set()
	s.cancel(cause)
	s.running.Wait()
}

func (s *scripted) Abandon() {
	s.set()
	s.abandon()
}

func (s *scripted) Progress() engine.Progress { return engine.Progress{Cells: len(s.cells)} }

// truthful keeps every promise.
func truthful(*engine.Cell) verdict.Verdict { return verdict.Verdict{Class: verdict.Kept} }

// lostFor lies to one account.
func lostFor(account string) func(*engine.Cell) verdict.Verdict {
	return func(c *engine.Cell) verdict.Verdict {
		if c.Account.Name != account {
			return truthful(c)
		}
		return verdict.Verdict{Class: verdict.Lied, Kind: "lost-write", Findings: []verdict.Finding{{
			Class: verdict.Lied, Kind: "lost-write", Effect: 0, Place: 0,
			Said: "POST /reviews answered 201", Seen: "GET /reviews/1 as " + account + " is absent after 15 s (9 reads)",
			Reason: "the review is nowhere",
		}}}
	}
}

// tellTo reports to a counting server.
func tellTo(address string) func(string, *engine.Cell) {
	return func(what string, c *engine.Cell) {
		reply, err := http.Post(fmt.Sprintf("%s/%s/%d", address, what, c.Number), "", nil)
		if err == nil {
			_ = reply.Body.Close()
		}
	}
}

// newScripted is an engine within this process, that keeps all promises at once.
func newScripted(cells []*engine.Cell) *scripted {
	return &scripted{cells: cells, verdict: truthful, tell: func(string, *engine.Cell) {}}
}
