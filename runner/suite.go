package runner

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
)

// errEnded is why cells are stopped that nobody waits for any more.
var errEnded = errors.New("the suite ended")

// A suite is a folder of contracts as specs: planned when it is declared, begun
// when the first of its specs runs.
type suite struct {
	folder     string
	cells      []*engine.Cell
	mistake    error                          // why it cannot run; its only spec says so
	begin      func() (Engine, func(), error) // resolves secrets and servers; the func stops what it started
	oneAtATime bool
	limit      context.Context // its end ends all waiting
	stopped    func() bool     // the run was told to stop before its end

	leaves []*leaf              // the specs, in the plan's order
	known  map[*engine.Cell]int // index in leaves
	ahead  sync.Once

	beginning sync.Once
	engine    Engine
	begun     map[square]*engine.Cell // the engine's own cells
	refusal   error                   // why it did not begin
	told      bool                    // a spec has failed with refusal
	ended     func()
	stopping  sync.Once

	mu      sync.Mutex
	started map[*engine.Cell]bool // the engine's own
	results map[specKey]*engine.Result
}

// suiteOf is a suite whose plan stands.
func suiteOf(folder string, cells []*engine.Cell, begin func() (Engine, func(), error)) *suite {
	return &suite{
		folder: folder, cells: cells, begin: begin,
		limit:   context.Background(),
		stopped: func() bool { return false }, // Ginkgo runs none of our specs after it has stopped
		known:   map[*engine.Cell]int{},
		started: map[*engine.Cell]bool{},
		results: map[specKey]*engine.Result{},
	}
}

// A square is a cell by what it is. The plan is made twice, before and after
// secrets and servers are resolved, and its cells are told apart by this.
type square struct {
	place    contracts.Position
	contract string
	name     string
	account  string
}

func squareOf(c *engine.Cell) square {
	return square{c.Place(), c.Contract.Title, c.CaseName(), c.Account.Name}
}

// A specKey finds a spec in Ginkgo's report.
type specKey struct {
	text  string
	place types.CodeLocation
}

// start begins the suite, once, and gives its engine.
func (s *suite) start() (Engine, error) {
	s.beginning.Do(func() {
		e, ended, err := s.begin()
		if err != nil {
			s.refusal = err
			return
		}
		s.mu.Lock()
		s.engine = e
		s.mu.Unlock()
		s.ended = ended
		s.begun = map[square]*engine.Cell{}
		for _, c := range e.Cells() {
			s.begun[squareOf(c)] = c
		}
	})
	return s.engine, s.refusal
}

// cell is the engine's cell for one of the plan, nil if it has none.
func (s *suite) cell(planned *engine.Cell) *engine.Cell { return s.begun[squareOf(planned)] }

// stop ends what runs, if anything was ever begun, and waits for clean-up.
func (s *suite) stop(cause error) {
	s.beginning.Do(func() { s.refusal = cause })
	if s.engine == nil {
		return
	}
	s.engine.Stop(cause)
	s.stopping.Do(s.ended)
}

// abandon ends cleaning up at once; what is still there is left over.
func (s *suite) abandon() {
	s.mu.Lock()
	e := s.engine
	s.mu.Unlock()
	if e != nil {
		e.Abandon()
	}
}

// send starts cells and remembers that it did.
func (s *suite) send(cells ...*engine.Cell) {
	s.mu.Lock()
	for _, c := range cells {
		s.started[c] = true
	}
	s.mu.Unlock()
	s.engine.Start(cells...)
}

// unseen is what became of cells that were started and whose specs Ginkgo then
// skipped, because an earlier one failed or somebody interrupted it. The suite
// must have stopped.
func (s *suite) unseen() []*engine.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	var results []*engine.Result
	for _, l := range s.leaves {
		c := s.cell(l.cell)
		if c == nil || !s.started[c] || s.results[l.key] != nil {
			continue
		}
		if r, err := s.engine.Await(s.limit, c); err == nil {
			results = append(results, r)
		}
	}
	return results
}

// keep remembers a result for the report.
func (s *suite) keep(key specKey, r *engine.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.results[key] = r
}

// placeIn is a place of a suite as Ginkgo's spec place. FileName and LineNumber,
// not a custom text: they make --focus-file work and put the contract's line
// into every report.
func placeIn(folder string, p contracts.Position) types.CodeLocation {
	return types.CodeLocation{FileName: filepath.Join(folder, filepath.FromSlash(p.File)), LineNumber: p.Line}
}
