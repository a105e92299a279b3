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
// Planned, and so is what a 429 asks for.
func (e *Engine) Stalled(cell *Cell) time.Duration {
	act, read := e.client.Longest()
	listing, byKey := read, read
	if e.lists(cell) {
		listing += act // the last page may begin when the others have had their time
	}
	if !e.readsByKey() {
		byKey = listing
	}
	within := or(e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin)
	poll := func(one time.Duration) time.Duration { return within + 2*one } // one is out at the deadline, and one more is made
	given, effects := time.Duration(len(cell.Contract.Given)), time.Duration(len(cell.Contract.Effects))

	stalled := read + given*(act+2*poll(byKey)) // the account's facts, and what is made
	stalled += (effects + 1) * poll(listing)    // seen before the act
	stalled += act + 2*act + listing            // the act, and what the watch loses
	stalled += 3 * listing                      // sight, and a look elsewhere
	if cell.Contract.Accepted != nil {
		stalled += 2*act + read // what the job loses
	}
	removal := removalTries*(poll(byKey)+act) + poll(byKey)
	return (stalled + (given+1)*(removalTries*listing+removal)) * time.Duration(e.rounds(cell))
}

// readsByKey tells whether every thing can be read by its key.
func (e *Engine) readsByKey() bool {
	for _, r := range e.o.Suite.Provider.Resources {
		if r.Read == nil || readPager(r) != nil {
			return false
		}
	}
	return true
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
