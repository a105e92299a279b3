package runner

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/extensions/globals"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// ErrInterrupted says that a signal ended the run. What ran has cleaned up,
// unless a second signal cut that short.
var ErrInterrupted = errors.New("interrupted")

// ErrNothingToRun says that no cell is left to run.
var ErrNothingToRun = errors.New("nothing to run")

// RunOptions say what of the plan is run. The zero value runs everything.
type RunOptions struct {
	Folder      string   // of the suite, as the user wrote it: before the places in it
	LabelFilter string   // a query over account:, contract:, operation: and needs:
	Focus, Skip []string // regular expressions over folder, contract, case and account
}

// Run runs an engine's cells as Ginkgo specs without printing anything, and
// gives the results of the selected ones in the plan's order. It stops the
// engine before it returns.
//
// A [FilterError] and [ErrNothingToRun] are found before anything is sent; then
// there are no results. With results the error is [ErrInterrupted] (those that
// were cut short are among them); a lie is no error.
//
// While it runs, INT, TERM and HUP are its own: the first has all cells clean up, the
// second abandons that, and what is still there is left over. Then they have their default effect again. Ginkgo's
// tree belongs to the process: Run empties it, and two cannot run at a time.
func Run(e Engine, o RunOptions) ([]*engine.Result, error) {
	config, reporter := ginkgo.GinkgoConfiguration()
	config.LabelFilter, config.FocusStrings, config.SkipStrings = o.LabelFilter, o.Focus, o.Skip
	config.Timeout = 0 // an hour by default; a cell knows its own longest wait
	reporter.NoColor = true
	f, err := newFilter(o.Folder, nil, config)
	if err != nil {
		return nil, err
	}
	cells := selected(e.Cells(), o.Folder, f)
	if len(cells) == 0 {
		return nil, nothing(len(e.Cells()), o)
	}
	if _, err := os.Getwd(); err != nil {
		return nil, fmt.Errorf("find the folder to work in: %w", err) // Ginkgo asks, too, and exits with 1
	}

	own := ownSignals(e)
	s := suiteOf(o.Folder, cells, func() (Engine, func(), error) { return e, func() {}, nil })
	s.limit, s.stopped = own.limit, own.seen
	s.ahead.Do(func() { e.Start(cells...) })
	specs(s, own, config, reporter)
	own.release()

	results := s.collect(e)
	if own.seen() {
		err = ErrInterrupted
	} else {
		e.Stop(errEnded)
	}
	return results, err
}

// selected is the cells that the filter lets pass, in the plan's order.
func selected(plan []*engine.Cell, folder string, f *filter) []*engine.Cell {
	var cells []*engine.Cell
	for _, c := range plan {
		around := types.ConstructionNodeReport{
			ContainerHierarchyTexts:     []string{containerText(c)},
			ContainerHierarchyLocations: []types.CodeLocation{placeIn(folder, c.Contract.Pos)},
		}
		if f.admits(newLeaf(folder, c, around)) {
			cells = append(cells, c)
		}
	}
	return cells
}

// nothing says why there is nothing to run.
func nothing(planned int, o RunOptions) error {
	switch {
	case planned == 0:
		return fmt.Errorf("%w: no contract meets an account", ErrNothingToRun)
	case o.LabelFilter != "" && len(o.Focus)+len(o.Skip) == 0:
		return fmt.Errorf("%w: none of %d cells matches --label-filter %q", ErrNothingToRun, planned, o.LabelFilter)
	}
	return fmt.Errorf("%w: the filters leave none of %d cells", ErrNothingToRun, planned)
}

// specs has Ginkgo run the suite, silently.
func specs(s *suite, own *signals, config types.SuiteConfig, reporter types.ReporterConfig) {
	out := formatter.ColorableStdOut
	formatter.ColorableStdOut = io.Discard // the only way to silence it: its quietest level still prints
	defer func() { formatter.ColorableStdOut = out }()
	defer withoutPWD()()

	globals.Reset()
	// The first node that runs after Ginkgo has taken the signals.
	ginkgo.ReportBeforeSuite(func(ginkgo.Report) { own.take() })
	declare(s, nil)
	ginkgo.RunSpecs(deaf{}, s.folder, config, reporter)
}

// withoutPWD has Ginkgo ask the kernel where it works. With PWD, Go looks at two
// folders on disk for that; where one of them cannot be read, Ginkgo exits in the
// middle of everything, with the code that stands for a lie. The function that is
// returned puts PWD back.
func withoutPWD() func() {
	folder, set := os.LookupEnv("PWD")
	_ = os.Unsetenv("PWD") // fails for names that none has
	return func() {
		if set {
			_ = os.Setenv("PWD", folder)
		}
	}
}

// deaf is where Ginkgo reports a failed suite: to nobody, as the results say
// more.
type deaf struct{}

func (deaf) Fail() {}

// collect gives the results in the plan's order. Those that nobody waits for any
// more, after several signals, are left out.
func (s *suite) collect(e Engine) []*engine.Result {
	var results []*engine.Result
	for _, l := range s.leaves {
		r := s.results[l.key]
		if r == nil {
			r, _ = e.Await(s.limit, l.cell)
		}
		if r != nil {
			s.results[l.key] = r
			results = append(results, r)
		}
	}
	return results
}
