package runner

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// Specs declares a spec for every cell of the folder's contracts, at top level
// (`var _ = runner.Specs("testdata/reviews")`) or within a Describe. The
// arguments are our options, and decorators for every spec, such as
// ginkgo.Label. It returns true, so that it can stand at top level.
//
// A suite that does not load becomes one failing spec with the loader's
// message. Under [RunSpecs] the cells run side by side; under a plain
// ginkgo.RunSpecs they are right, and slow: one after another.
func Specs(folder string, args ...any) bool {
	ours, decorators := sortArgs(args)
	s := newSuite(folder, ours)
	declared.add(s)
	declare(s, decorators)
	return true
}

// A leaf is the spec of one cell, with all that filters ask about.
type leaf struct {
	cell   *engine.Cell
	key    specKey
	text   string // of it and all around it
	labels []string
	places []types.CodeLocation
}

// declare tells Ginkgo about a suite: a container for each contract, in it a
// spec for each cell. Ginkgo sorts what it gets, and fast if that is sorted
// already, as a plan is.
func declare(s *suite, decorators []any) {
	if s.mistake != nil {
		declareMistake(s, s.mistake, decorators)
		return
	}
	for rest := s.cells; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Contract == rest[0].Contract {
			n++
		}
		declareContract(s, rest[:n], decorators)
		rest = rest[n:]
	}
}

// declareMistake is a spec that fails, where a suite cannot be planned.
func declareMistake(s *suite, mistake error, decorators []any) {
	args := append([]any{types.CodeLocation{FileName: s.folder}, func() { ginkgo.Fail(report.Text(mistake.Error())) }}, decorators...)
	ginkgo.It("loads the contracts of "+s.folder, args...)
}

// declareContract declares the cells of one contract.
func declareContract(s *suite, cells []*engine.Cell, decorators []any) {
	body := func() {
		around := ginkgo.CurrentTreeConstructionNodeReport()
		if around.IsInOrderedContainer {
			s.mistake = fmt.Errorf("the contracts of %s stand in an Ordered container: after a lie Ginkgo would skip the cells behind it, though their acts were sent", s.folder)
			declareMistake(s, s.mistake, nil)
			return
		}
		for _, c := range cells {
			l := s.leafOf(c, around)
			ginkgo.It(leafText(c), placeIn(s.folder, c.Place()), ginkgo.Label(c.Labels()...),
				ginkgo.MustPassRepeatedly(1), // outranks --flake-attempts and containers: the result stands
				func(ctx ginkgo.SpecContext) { s.run(ctx, l) })
		}
	}
	// The priority puts our specs behind the user's other serial ones.
	args := append([]any{placeIn(s.folder, cells[0].Contract.Pos), ginkgo.Serial, ginkgo.SpecPriority(-1), body}, decorators...)
	ginkgo.Describe(containerText(cells[0]), args...)
}

func containerText(c *engine.Cell) string { return line(c.Contract.Title) }

// leafText completes the contract's title to what Cell.String says.
func leafText(c *engine.Cell) string {
	if name := c.CaseName(); name != "" {
		return line(fmt.Sprintf("(%s) on %s", name, c.Account.Name))
	}
	return line("on " + c.Account.Name)
}

// line is text of a suite or a provider, safe to print, on one line.
func line(text string) string {
	return strings.Join(strings.Fields(report.Text(text)), " ")
}

// leafOf notes the spec of a cell within what is around it. Ginkgo may build its
// tree more than once (a user's PreviewSpecs), so a cell's leaf is replaced.
func (s *suite) leafOf(c *engine.Cell, around types.ConstructionNodeReport) *leaf {
	l := newLeaf(s.folder, c, around)
	if i, ok := s.known[c]; ok {
		s.leaves[i] = l
		return l
	}
	s.known[c] = len(s.leaves)
	s.leaves = append(s.leaves, l)
	return l
}

func newLeaf(folder string, c *engine.Cell, around types.ConstructionNodeReport) *leaf {
	l := &leaf{cell: c}
	var texts []string
	for _, text := range append(slices.Clip(around.ContainerHierarchyTexts), leafText(c)) {
		if text != "" { // the tree's root has none
			texts = append(texts, text)
		}
	}
	l.text = strings.Join(texts, " ")
	l.key = specKey{l.text, placeIn(folder, c.Place())}
	l.labels = append(around.Labels(), c.Labels()...)
	l.labels = append(l.labels, "Serial") // Ginkgo counts the decorator as a label
	l.places = append(slices.Clip(around.ContainerHierarchyLocations), l.key.place)
	return l
}

// run is the body of a spec: it sees to it that the cells are on their way, and
// waits for its own.
func (s *suite) run(ctx ginkgo.SpecContext, l *leaf) {
	e, err := s.start()
	if err != nil {
		s.refuse(l, err)
		return
	}
	s.ahead.Do(func() { s.send(s.foreseen(l)...) })
	defer ctx.AttachProgressReporter(func() string { return e.Progress().String() })()

	cell := s.cell(l.cell)
	if cell == nil {
		ginkgo.Fail(fmt.Sprintf("%s: %s is not in the plan any more: the contracts changed during the run", l.key.place, l.cell))
		return
	}
	s.send(cell)
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.limit, cancel)()
	result, err := e.Await(limited, cell)
	if err != nil {
		s.overdue(ctx)
		return
	}
	s.keep(l.key, result)
	settle(l.key.place.String(), result, s.stopped())
}

// foreseen is the cells that Ginkgo will run, told by the first of our specs
// that runs. That it runs proves what cannot be asked for: BeforeSuite has
// passed, this is no dry run, and what all of them have in common (containers,
// hooks) is neither pending, unfocused nor filtered out.
func (s *suite) foreseen(first *leaf) []*engine.Cell {
	f := declared.filter()
	if f == nil || s.oneAtATime {
		return nil
	}
	f.learn(first)
	var cells []*engine.Cell
	for _, l := range s.leaves {
		if c := s.cell(l.cell); c != nil && f.admits(l) {
			cells = append(cells, c)
		}
	}
	return cells
}

// refuse fails the first spec of a suite that could not begin; the others
// would only repeat it.
func (s *suite) refuse(l *leaf, err error) {
	if s.told {
		ginkgo.Skip("the run did not begin; the first failure says why")
	}
	s.told = true
	ginkgo.Fail(report.Text(fmt.Sprintf("%s: the run did not begin: %v", l.key.place, err)))
}

// overdue is for a spec whose waiting was ended: by Ginkgo, which does it at the
// end of the suite only, as time-outs of ours cannot be declared. This is the
// moment to clean up, before AfterSuite takes the server away.
func (s *suite) overdue(ctx context.Context) {
	if s.limit.Err() != nil {
		ginkgo.Skip("interrupted twice, and not waited for")
	}
	s.stop(context.Cause(ctx))
}
