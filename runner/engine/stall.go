package engine

import (
	"fmt"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A provider that takes a request and never answers holds up whoever waits for it.
// Reads are waited for by everything that follows, so what they may cost in vain is
// bounded here. Giving up a place can only make a cell inconclusive: what is not
// known accuses nobody.

// longestListing is how long the pages of a listing may take together.
func (e *Engine) longestListing() time.Duration {
	act, _ := e.client.Longest()
	return mostWholes * act
}

// givenUp tells whether the reads of a place have failed for longer than two acts
// may take. Only the time on the line counts, not that spent waiting for a limit.
func (w *watching) givenUp(at int) bool {
	act, _ := w.e.client.Longest()
	return w.lost[at] >= 2*act
}

// hopeless says why nothing of what is due will be read any more; "" while something
// may be.
func (w *watching) hopeless(dues []verdict.Due) string {
	for _, due := range dues {
		if w.flying[due.Place] || !w.givenUp(due.Place) {
			return ""
		}
	}
	at := dues[0].Place
	return fmt.Sprintf("%s gave no answer that can be read for %s", w.record.Places[at].Call, w.lost[at].Round(time.Millisecond))
}

// Stalled is how much longer than planned a cell may take, at the longest, where the
// provider leaves requests without an answer. Second attempts are left out, as in
// Planned.
func (e *Engine) Stalled(cell *Cell) time.Duration {
	act, read := e.client.Longest()
	within := or(e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin)
	if e.lists(cell) {
		read += e.longestListing() // the last page may begin when the others have had their time
	}
	poll := within + 2*read // one is out at the deadline, and one more is made
	stalled := read         // the account's own
	stalled += time.Duration(len(cell.Contract.Given)) * (act + 2*poll)
	stalled += time.Duration(1+len(cell.Contract.Effects)) * poll // seen before the act
	stalled += act + 2*act + read                                 // the act, and what the watch loses
	stalled += 3 * read                                           // sight, and a look elsewhere
	things := time.Duration(1 + len(cell.Contract.Given))
	return stalled + things*(removalTries*(read+poll+act)+poll) // clean-up
}

// lists tells whether a cell may read lists.
func (e *Engine) lists(cell *Cell) bool {
	for _, r := range e.o.Suite.Provider.Resources {
		if r.List != nil {
			return true
		}
	}
	return cell.Act().Items != nil
}
