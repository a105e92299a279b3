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
				draw(c.err, e.Progress(), c.width(c.err))
			}
		}
	}()
	return func() {
		close(quit)
		<-gone
	}
}

func draw(w io.Writer, p engine.Progress, width int) {
	const cells = 24
	full := 0
	if p.Cells > 0 {
		full = cells * p.Done / p.Cells
	}
	line := fmt.Sprintf("%s%s %s", strings.Repeat("█", full), strings.Repeat("░", cells-full), p)
	fmt.Fprintf(w, "\r%s\x1b[K", text.Trim(line, width-1))
}
