package runner

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/journal"
)

// A keeper opens and closes the journal of a suite's run, in .polygraph/journal of
// the folder that the process was started in: under go test and ginkgo that is the
// package's.
type keeper struct {
	work   string    // absolute: a spec may change the folder
	out    io.Writer // where what is left is said
	opened *journal.Journal
}

func keeperHere(out io.Writer) (*keeper, error) {
	work, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the folder for the journal: %w", err)
	}
	return &keeper{work: work, out: out}, nil
}

// open is for engine.Options, and says what earlier runs have left behind. A run that
// only reads has no journal.
func (k *keeper) open(run string, header journal.Header) (engine.Journal, error) {
	for _, each := range journal.Stale(k.work) {
		fmt.Fprintf(k.out, "run %s is over and may have left %d things behind: polygraph sweep %s removes what is still there\n", each.Run, len(each.State().Things())+each.Lost, filepath.ToSlash(k.work))
	}
	opened, err := journal.Begin(k.work, run, header)
	if err != nil {
		return nil, err
	}
	k.opened = opened
	return opened, nil
}

// close closes the journal when nothing of the run goes on any more, and says what
// it still holds. It does not say that the run came to its end (journal.Done): that
// is known to be so only where nothing is left, and then the file is deleted.
func (k *keeper) close() {
	if k.opened == nil {
		return
	}
	left := len(k.opened.Things())
	if err := k.opened.Close(); err != nil {
		fmt.Fprintln(k.out, err)
	}
	if left > 0 {
		fmt.Fprintf(k.out, "%d things of run %s may be left behind: polygraph sweep %s tries again to remove them\n", left, k.opened.Run(), filepath.ToSlash(k.work))
	}
}
