package runner

import (
	"context"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// An Engine carries cells out. It is what the bridge needs of [engine.Engine].
type Engine interface {
	// Cells is the plan, in its order.
	Cells() []*engine.Cell
	// Start begins cells and returns at once; a cell begins once.
	Start(cells ...*engine.Cell)
	// Await gives the cell's result, the same one every time, and starts the
	// cell if nobody has. The end of ctx ends the waiting, not the cell.
	Await(ctx context.Context, c *engine.Cell) (*engine.Result, error)
	// Stop ends what runs: such cells clean up and come out as interrupted. It
	// returns when they have, or when its own patience is over.
	Stop(cause error)
	// Abandon ends cleaning up at once; what is still there is left over.
	Abandon()
	// Progress is how far the run is.
	Progress() engine.Progress
}
