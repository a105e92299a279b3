package engine

import (
	"fmt"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Progress is how far a run is.
type Progress struct {
	Cells, Done                             int
	Kept, Lied, Broken, Inconclusive, Known int
	Requests                                int64
}

// Progress counts what is done so far, of the cells that were started.
func (e *Engine) Progress() Progress {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := Progress{Cells: len(e.tickets), Requests: e.requests.Load()}
	for _, t := range e.tickets {
		select {
		case <-t.done:
			p.count(t.result.Verdict.Class)
		default:
		}
	}
	return p
}

func (p *Progress) count(class verdict.Class) {
	p.Done++
	switch class {
	case verdict.Kept:
		p.Kept++
	case verdict.Lied:
		p.Lied++
	case verdict.Broken:
		p.Broken++
	case verdict.Inconclusive:
		p.Inconclusive++
	case verdict.KnownLie:
		p.Known++
	}
}

// String is "212 of 300 cells, 1 lied, 0 broken, 2 inconclusive, 3412 requests".
func (p Progress) String() string {
	return fmt.Sprintf("%d of %d cells, %d lied, %d broken, %d inconclusive, %d requests", p.Done, p.Cells, p.Lied, p.Broken, p.Inconclusive, p.Requests)
}
