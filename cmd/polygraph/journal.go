package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/polygraph-dev/polygraph/runner"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/journal"
)

// journalDir is where the journals of runs are, under the folder in which the
// command is run. A journal of which nothing is left is deleted.
const journalDir = historyDir + "/journal"

// keep opens the journal of a run. Without one nothing that writes may be sent.
func (s *stage) keep(run string, header journal.Header) (opened engine.Journal, err error) {
	s.kept, err = journal.Open(journalDir, run, header)
	if err != nil {
		return nil, fmt.Errorf("%w\nhint: a run that writes needs its journal, or nobody would know what a crash leaves behind; run it where .polygraph can be written, or with --read-only", err)
	}
	return s.kept, nil
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
		c.warn("%s may be left behind; `polygraph sweep` tries again to remove it", counted(left, "thing"))
	}
}
