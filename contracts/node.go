package contracts

import (
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// A shape is what a node is, after JSON typing.
type shape string

const (
	missing shape = "nothing" // a key without a value; already reported
	null    shape = "null"
	boolean shape = "true or false"
	number  shape = "a number"
	text    shape = "text"
	list    shape = "a list"
	mapping shape = "a map"
)

// A node is a value of a file: JSON-typed, and with its place.
type node struct {
	shape shape
	text  string // of null, boolean, number and text: as it reads
	style yaml.Style
	pos   Position
	width int // characters on its first line
	file  *file
	items []*node
	pairs []pair
}

// A pair is a key of a map with its value.
type pair struct {
	key, value *node
}

// scalar tells whether the node is neither a map nor a list.
func (n *node) scalar() bool {
	return n.shape != list && n.shape != mapping && n.shape != missing
}

// get gives the value of a key, or nil. A value that is missing was reported
// and is nil, too.
func (n *node) get(key string) *node {
	for _, p := range n.pairs {
		if p.key.text == key && p.value.shape != missing {
			return p.value
		}
	}
	return nil
}

// key gives the node of the key itself, or the map's own.
func (n *node) key(key string) *node {
	for _, p := range n.pairs {
		if p.key.text == key {
			return p.key
		}
	}
	return n
}

// plain is the node as JSON has it, numbers being json.Number by way of number.
func (n *node) plain() any {
	switch n.shape {
	case boolean:
		return n.text == "true"
	case number:
		return jsonNumber(n.text)
	case text:
		return n.text
	case list:
		out := make([]any, 0, len(n.items))
		for _, item := range n.items {
			out = append(out, item.plain())
		}
		return out
	case mapping:
		out := make(map[string]any, len(n.pairs))
		for _, p := range n.pairs {
			out[p.key.text] = p.value.plain()
		}
		return out
	}
	return nil
}

// at gives the place of a byte offset in the text of the node. Quotes, escapes,
// folding and block indentation make the text differ from the file, so both are
// walked side by side; where they part, the place of the node is given.
func (n *node) at(offset int) Position {
	if offset > maxWalk {
		return n.pos
	}
	w := walker{lines: n.file.lines, line: n.pos.Line - 1, column: n.pos.Column - 1}
	switch n.style &^ yaml.FlowStyle {
	case yaml.DoubleQuotedStyle:
		w.column++
		w.escapes = true
	case yaml.SingleQuotedStyle:
		w.column++
		w.doubled = true
	case yaml.LiteralStyle, yaml.FoldedStyle:
		if !w.enterBlock() {
			return n.pos
		}
	}
	for i, r := range n.text {
		if i >= offset {
			break
		}
		if !w.past(r) {
			return n.pos
		}
	}
	w.settle()
	return Position{File: n.pos.File, Line: w.line + 1, Column: w.column + 1}
}

// maxWalk is how far into a text a place is looked for.
const maxWalk = 10_000

// A walker stands on a character of a file, both 0-based.
type walker struct {
	lines        []string
	line, column int
	indent       int // of a block scalar
	escapes      bool
	doubled      bool
}

func (w *walker) rest() string {
	if w.line >= len(w.lines) {
		return ""
	}
	l := w.lines[w.line]
	return l[len(firstRunes(l, w.column)):]
}

// enterBlock steps from the | or > to the first character of the block.
func (w *walker) enterBlock() bool {
	for w.line++; w.line < len(w.lines); w.line++ {
		l := w.lines[w.line]
		if t := strings.TrimLeft(l, " "); t != "" {
			w.indent = len(l) - len(t)
			w.column = w.indent
			return true
		}
	}
	return false
}

// settle steps over a line end, so that the place is a character.
func (w *walker) settle() {
	for strings.TrimSpace(w.rest()) == "" && w.line+1 < len(w.lines) {
		w.nextLine()
	}
}

func (w *walker) nextLine() {
	w.line++
	w.column = 0
	if w.line >= len(w.lines) {
		return
	}
	l := w.lines[w.line]
	blank := len(l) - len(strings.TrimLeft(l, " \t"))
	if w.indent > 0 {
		blank = min(blank, w.indent)
	}
	w.column = blank
}

// past steps over one character of the node's text.
func (w *walker) past(r rune) bool {
	if w.line >= len(w.lines) {
		return false
	}
	rest := w.rest()
	switch {
	case (r == '\n' || r == ' ') && strings.TrimSpace(rest) == "":
		w.nextLine()
		return true
	case w.doubled && r == '\'' && strings.HasPrefix(rest, "''"):
		w.column += 2
		return true
	case w.escapes && strings.HasPrefix(rest, `\`):
		w.column += escapeLength(rest)
		return true
	}
	w.settle() // a fold is one line end more than the text shows
	got, _ := utf8.DecodeRuneInString(w.rest())
	w.column++
	return got == r
}

// escapeLength is the length of an escape of a double-quoted text.
func escapeLength(s string) int {
	if len(s) < 2 {
		return 1
	}
	switch s[1] {
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}
