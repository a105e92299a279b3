package contracts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Mistake is one thing wrong with a suite: where, what, and how to put it
// right.
type Mistake struct {
	Position
	Message string // lower case, no full stop
	Text    string // the line of the file; "" when there is none
	Width   int    // characters under the caret, at least 1 when Text is there
	Hint    string // "" when there is nothing to add
}

// Error is the mistake without its line: file:line:column: message.
func (m Mistake) Error() string {
	return m.Position.String() + ": " + m.Message
}

// Mistakes are all mistakes of a suite, by file, line and column, each once.
// It is the only error type of Load.
type Mistakes []Mistake

// maxPrinted bounds what Error prints: a file in the wrong format can make a
// mistake of every line.
const maxPrinted = 200

// Error prints every mistake with its line, a caret and a hint.
func (ms Mistakes) Error() string {
	var b strings.Builder
	for i, m := range ms {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == maxPrinted {
			fmt.Fprintf(&b, "and %d more", len(ms)-i)
			break
		}
		m.print(&b)
	}
	return b.String()
}

func (m Mistake) print(b *strings.Builder) {
	b.WriteString(m.Error())
	if m.Text != "" && m.Column > 0 {
		text, column := clip(m.Text, m.Column)
		before, width := caret(text, column, m.Width)
		fmt.Fprintf(b, "\n%6d | %s\n       | %s%s", m.Line, printable(text), before, strings.Repeat("^", width))
	}
	if m.Hint != "" {
		b.WriteString("\nhint: " + m.Hint)
	}
}

// maxLine is how much of a long line is shown, in characters.
const maxLine = 160

// clip cuts a long line so that the column stays in sight, and gives the column
// in what is left.
func clip(text string, column int) (string, int) {
	runes := []rune(text)
	if len(runes) <= maxLine {
		return text, column
	}
	from := max(0, min(column-1-maxLine/2, len(runes)-maxLine))
	cut := slices.Clone(runes[from:min(from+maxLine, len(runes))])
	if from > 0 {
		cut[0] = '…'
	}
	if from+maxLine < len(runes) {
		cut[len(cut)-1] = '…'
	}
	return string(cut), column - from
}

// caret gives the space before the caret, in which tabs stay tabs so that the
// caret stands under its character, and the width that fits the line.
func caret(text string, column, width int) (string, int) {
	before := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, firstRunes(text, column-1))
	left := utf8.RuneCountInString(text) - (column - 1)
	return before, max(1, min(width, left))
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// printable keeps a stranger's file from speaking to the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, s)
}

// sorted gives the mistakes in the order of the files, each once.
func (ms Mistakes) sorted() Mistakes {
	slices.SortStableFunc(ms, func(a, b Mistake) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.CompactFunc(ms, func(a, b Mistake) bool {
		return a.Position == b.Position && a.Message == b.Message
	})
}
