package main

import (
	"errors"
	"path/filepath"
	"time"

	"github.com/polygraph-dev/polygraph/runner"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/journal"
)

// workDir is where runs are kept and keep their journals: the folder in which the
// command is run.
const workDir = "."

// keep opens the journal of a run. Without one nothing that writes may be sent.
func (s *stage) keep(run string, header journal.Header) (opened engine.Journal, err error) {
	if s.kept, err = journal.BeginOn(s.disk, workDir, run, header); err != nil {
		return nil, err
	}
	return s.kept, nil
}

// recall says which earlier runs have left something behind.
func (c *console) recall() {
	for _, each := range journal.Stale(workDir) {
		c.warn("run %s is over and may have left %s behind; `polygraph sweep` removes what is still there", each.Run, counted(len(each.State().Things())+each.Lost, "thing"))
	}
}

// ended says in the journal that the run came to its end. One that was interrupted
// may have been cut short in cleaning up, too.
func (s *stage) ended(err error) {
	if s.kept != nil && !errors.Is(err, runner.ErrInterrupted) {
		_ = s.kept.Note(journal.Done{At: time.Now()}) // Close says what became of the disk
	}
}

// endJournal closes the journal of a run, and says where it is when it stays.
func (c *console) endJournal(s *stage) {
	if s.kept == nil {
		return
	}
	left := len(s.kept.Things())
	if err := s.kept.Close(); err != nil {
		c.warn("%v", err)
	}
	if left > 0 {
		c.warn("%s may be left behind, which is in %s; `polygraph sweep` tries again to remove it", counted(left, "thing"), filepath.ToSlash(s.kept.Path()))
	}
}
