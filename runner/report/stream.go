package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// Results are a run's cells, one after another and in the plan's order, from wherever
// they are kept: of a run of ten thousand cells, the exchanges are never all in memory.
// After an error nothing more comes.
type Results = iter.Seq2[*engine.Result, error]

// ResultsOf are the results that a run holds.
func ResultsOf(run *engine.Finished) Results {
	return func(yield func(*engine.Result, error) bool) {
		for _, r := range sorted(run) {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// A stream writes one JSON document piece by piece, indented and as safe to see as
// what JSONText writes. After the first error nothing more is written.
type stream struct {
	w     *bufio.Writer
	err   error
	depth int
	empty bool // nothing stands in the innermost object or list so far
}

// jsonStream writes one object, whose members are what members writes.
func jsonStream(w io.Writer, members func(s *stream)) error {
	s := &stream{w: bufio.NewWriter(w)}
	s.within("{", "}", members)
	s.text("\n")
	if s.err != nil {
		return s.err
	}
	return s.w.Flush()
}

func (s *stream) text(text string) {
	if s.err == nil {
		_, s.err = s.w.WriteString(text)
	}
}

// within writes an object or a list around what inner writes.
func (s *stream) within(begin, end string, inner func(s *stream)) {
	s.text(begin)
	s.depth++
	s.empty = true
	inner(s)
	s.depth--
	if !s.empty {
		s.text("\n" + strings.Repeat("  ", s.depth))
	}
	s.empty = false
	s.text(end)
}

// next begins a line for one more member or element.
func (s *stream) next() {
	if !s.empty {
		s.text(",")
	}
	s.empty = false
	s.text("\n" + strings.Repeat("  ", s.depth))
}

// member writes a member with a value that is small enough to be made at once.
func (s *stream) member(name string, value any) {
	s.name(name)
	s.value(value)
}

// object writes a member that is an object, piece by piece.
func (s *stream) object(name string, members func(s *stream)) {
	s.name(name)
	s.within("{", "}", members)
}

// list writes a member that is a list, of what elements writes with element.
func (s *stream) list(name string, elements func(s *stream)) {
	s.name(name)
	s.within("[", "]", elements)
}

func (s *stream) element(value any) {
	s.next()
	s.value(value)
}

// name begins a member. Names are ours and need no escape.
func (s *stream) name(name string) {
	s.next()
	s.text(`"` + name + `": `)
}

func (s *stream) value(value any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent(strings.Repeat("  ", s.depth), "  ")
	if err := encoder.Encode(value); err != nil && s.err == nil {
		s.err = err
	}
	if s.err == nil {
		_, s.err = s.w.Write(bytes.TrimSuffix(quiet(text.Bytes()), []byte("\n")))
	}
}
