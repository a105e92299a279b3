package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/pflag"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/floor"
	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A benchPart is what a process that bench started is to do. Its flags are hidden:
// nobody but bench gives them.
type benchPart struct {
	name   string // sandbox, or one of benchSides that run as parts
	server string
}

// The sides of a bench. The whole command is `polygraph run`, and no part.
const (
	partSandbox   = "sandbox"
	sideFloor     = "floor"
	sidePolygraph = "polygraph"
	sideCommand   = "command"
)

var benchSides = []string{sideFloor, sidePolygraph, sideCommand}

func (p *benchPart) flags(flags *pflag.FlagSet) {
	flags.StringVar(&p.name, "part", "", "")
	flags.StringVar(&p.server, "server", "", "")
	for _, name := range []string{"part", "server"} {
		_ = flags.MarkHidden(name) // the flag has just been defined
	}
}

// A benchRun is what one side cost, once.
type benchRun struct {
	Wall     time.Duration `json:"wall"`
	CPU      time.Duration `json:"cpu"`      // 0: not measured
	Peak     int64         `json:"peak"`     // bytes; 0: not measured
	Requests int64         `json:"requests"` // 0: the sandbox knows
}

// A benchSeen is what the sandbox says at its end.
type benchSeen struct {
	Requests int64 `json:"requests"`
	Left     int   `json:"left"`
}

// benchPart does a part and prints what came of it, as JSON.
func (c *console) benchPart(ctx context.Context, o benchOrder) error {
	cells := o.cells[0]
	var done any
	var err error
	switch o.part.name {
	case partSandbox:
		done, err = c.benchSandbox(cells, o.settle)
	case sideFloor:
		done, err = benchFloor(ctx, o.part.server, cells)
	case sidePolygraph:
		done, err = c.benchPolygraph(ctx)
	default:
		err = fmt.Errorf("bench has no part %q", o.part.name)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(c.out).Encode(done)
}

// benchSandbox serves until its input ends. It answers truthfully, and what is written
// becomes visible after some time that differs by a tenth, up or down.
func (c *console) benchSandbox(cells int, settle time.Duration) (benchSeen, error) {
	h, err := open(reviewhub.Options{
		Accounts: benchAccounts(cells), Truthful: true,
		Delay: reviewhub.Range{Min: settle - settle/10, Max: settle + settle/10},
	}, 0)
	if err != nil {
		return benchSeen{}, err
	}
	defer h.stop()
	fmt.Fprintln(c.out, h.address)
	if _, err := io.Copy(io.Discard, c.in); err != nil {
		return benchSeen{}, err
	}
	seen := benchSeen{Left: len(h.hub.Leftovers())}
	for _, count := range h.hub.Requests() {
		seen.Requests += int64(count.N)
	}
	return seen, nil
}

func benchFloor(ctx context.Context, server string, cells int) (benchRun, error) {
	tokens := benchTokens(cells)
	meter := startMeter()
	tally, err := floor.Run(ctx, floor.Job{Server: server, Tokens: tokens})
	return meter.stop(tally.Requests), err
}

// benchPolygraph runs the suite in this folder as a run does, journal and all, but for
// Ginkgo, the report and the history, which `polygraph run` has besides. Loading the
// suite comes before the clock starts.
func (c *console) benchPolygraph(ctx context.Context) (benchRun, error) {
	defer c.paceHeap()()
	suite, err := contracts.Load(benchSuite, contracts.Options{Scope: contracts.Run, Env: c.env})
	if err != nil {
		return benchRun{}, err
	}
	meter := startMeter()
	s, err := c.stage(suite, choice{journaled: true}, "")
	if err != nil {
		return benchRun{}, err
	}
	defer s.close()
	err = allKept(ctx, s.engine)
	s.engine.Stop(nil)
	s.ended(nil)
	if s.kept != nil {
		err = errors.Join(err, s.kept.Close())
	}
	return meter.stop(s.engine.Progress().Requests), err
}

// allKept carries out every cell. A truthful provider that does not come out as kept is
// a defect, however short of CPU the machine was.
func allKept(ctx context.Context, e *engine.Engine) error {
	e.Start(e.Cells()...)
	for _, cell := range e.Cells() {
		r, err := e.Await(ctx, cell)
		if err != nil {
			return err
		}
		if r.Verdict.Class != verdict.Kept || len(r.Left) > 0 {
			return fmt.Errorf("a truthful cell is not kept, or left something:\n%s", report.Plain(r))
		}
	}
	return nil
}

// A meter measures this process from one moment to another; memory from its beginning.
type meter struct {
	at    time.Time
	spent floor.Cost
}

func startMeter() meter { return meter{time.Now(), floor.Spent()} }

func (m meter) stop(requests int64) benchRun {
	wall, spent := time.Since(m.at), floor.Spent()
	return benchRun{Wall: wall, CPU: spent.CPU - m.spent.CPU, Peak: spent.Peak, Requests: requests}
}
