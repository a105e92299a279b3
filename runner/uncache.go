package runner

import (
	"os"
	"path/filepath"
	"time"

	"github.com/polygraph-dev/polygraph/runner/journal"
)

// uncache keeps go test from answering "(cached)" the next time. It never
// caches a test that has read a file of its module that is younger than two
// seconds, so one is written and read; its time lies in the future because
// other tests of the binary may still take long. It goes to .polygraph, which
// git is told to ignore. A test binary outside go test just leaves the file.
func uncache() error {
	if err := journal.MakeHome("."); err != nil {
		return err
	}
	path := filepath.Join(journal.HomeName, "tested")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	later := time.Now().Add(24 * time.Hour)
	if err := os.Chtimes(path, later, later); err != nil {
		return err
	}
	_, err := os.ReadFile(path)
	return err
}
