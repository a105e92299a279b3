package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A Style is how a terminal is written to. The zero value suits a file.
type Style struct {
	Colour bool
	Width  int  // columns; 0: 80
	Whole  bool // every exchange of a cell, with whole bodies
	Curl   bool // every exchange also as a command
}

func (s Style) width() int {
	if s.Width <= 0 {
		return 80
	}
	return s.Width
}

// The colours, as ANSI codes. The package text of go-pretty would do, but it
// keeps on and off in a variable of the process.
const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	green  = "32"
	yellow = "33"
	purple = "35"
	cyan   = "36"
)

func (s Style) paint(code, text string) string {
	if !s.Colour || code == "" || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// class paints text in the colour of a verdict.
func (s Style) class(c verdict.Class, text string) string {
	return s.paint(map[verdict.Class]string{
		verdict.Lied:         red,
		verdict.Broken:       purple,
		verdict.Inconclusive: yellow,
		verdict.KnownLie:     cyan,
		verdict.Kept:         green,
	}[c], text)
}

// A page is where a report is being written. The first error of the writer
// stays, and what follows is dropped.
type page struct {
	w     io.Writer
	style Style
	err   error
	// known is the run that the page is about, once the diagnosis of a finding was asked for.
	known *diagnosis.Matrix
	rows  map[[2]string][]*engine.Result // by contract and case, once a neighbour was asked for
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// field writes "  said   POST /reviews answered 200"; an empty text writes nothing.
func (p *page) field(name, text string) {
	if text != "" {
		p.line("  %s %s", p.style.paint(dim, fmt.Sprintf("%-6s", name)), text)
	}
}

// span is a duration for people: 40 ms, 2.3 s, 4 min 5 s.
func span(d time.Duration) string {
	switch {
	case d < time.Millisecond && d > 0:
		return "under 1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%s s", trimZero(fmt.Sprintf("%.1f", d.Seconds())))
	}
	minutes := d / time.Minute
	return fmt.Sprintf("%d min %d s", minutes, int((d - minutes*time.Minute).Seconds()))
}

func trimZero(number string) string { return strings.TrimSuffix(number, ".0") }

// plural is "1 cell", "12 cells".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
