package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// often is how often the bar is drawn.
const often = 100 * time.Millisecond

// bar shows on a terminal how far a run is, until the function that it returns
// is called, which also takes the bar away.
func (c *console) bar(e *engine.Engine) (stop func()) {
	return c.drawn(func() (done, of int, text string) {
		p := e.Progress()
		return p.Done, p.Cells, p.String()
	})
}

// drawn shows a bar of how much is done, with a text beside it.
func (c *console) drawn(far func() (done, of int, text string)) (stop func()) {
	quit, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		ticker := time.NewTicker(often)
		defer ticker.Stop()
		for {
			select {
			case <-quit:
				fmt.Fprint(c.err, "\r\x1b[K")
				return
			case <-ticker.C:
				done, of, text := far()
				draw(c.err, blocks(done, of)+" "+text, c.width(c.err))
			}
		}
	}()
	return func() {
		close(quit)
		<-gone
	}
}

func blocks(done, of int) string {
	const cells = 24
	full := 0
	if of > 0 {
		full = cells * done / of
	}
	return strings.Repeat("█", full) + strings.Repeat("░", cells-full)
}

func draw(w io.Writer, line string, width int) {
	fmt.Fprintf(w, "\r%s\x1b[K", text.Trim(line, width-1))
}
