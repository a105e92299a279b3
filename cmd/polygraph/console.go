package main

import (
	"fmt"
	"io"
	"strconv"

	"golang.org/x/term"

	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// A console is everything outside of the process that a command may touch.
type console struct {
	in   io.Reader
	out  io.Writer // results
	err  io.Writer // progress, and what is wrong
	env  func(string) (string, bool)
	disk journal.Disk // of the journals
	kept string       // --history: where runs are kept; "" where it was not given
}

// style is how results are written: in colour and to the width of a terminal,
// plainly to anything else.
func (c *console) style() report.Style {
	return report.Style{Colour: c.coloured(c.out), Width: c.width(c.out)}
}

// coloured says whether a stream takes colours; see no-color.org.
func (c *console) coloured(w io.Writer) bool {
	if _, no := c.value("NO_COLOR"); no {
		return false
	}
	return c.erases(w)
}

// erases says whether a stream is a terminal that can take a line back.
func (c *console) erases(w io.Writer) bool {
	kind, _ := c.env("TERM")
	return kind != "dumb" && isTerminal(w)
}

// value is an environment variable that is there and not empty.
func (c *console) value(name string) (string, bool) {
	text, ok := c.env(name)
	return text, ok && text != ""
}

// width is the stream's terminal's, or COLUMNS, or what a page of text takes.
func (c *console) width(w io.Writer) int {
	if file := fileOf(w); file != nil {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			return width
		}
	}
	if text, ok := c.value("COLUMNS"); ok {
		if width, err := strconv.Atoi(text); err == nil && width >= 20 {
			return width
		}
	}
	return 100
}

func isTerminal(w io.Writer) bool {
	file := fileOf(w)
	return file != nil && term.IsTerminal(int(file.Fd()))
}

// warn says on standard error what is amiss and does not end the command.
func (c *console) warn(format string, args ...any) {
	fmt.Fprintln(c.err, report.Text(fmt.Sprintf("polygraph: "+format, args...)))
}
