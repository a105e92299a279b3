package expr

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Template is text with expressions in it: "Solid ${unique}". It is immutable and safe for concurrent use.
type Template struct {
	source string
	parts  []templatePart
}

// templatePart is text, or an expression if program is set.
type templatePart struct {
	text    string
	program *Program
}

// ParseTemplate reads text in which ${ CEL } is an expression and $${ is a literal ${. Names are the variables in scope.
// The error, if any, is an *Error with its offset in text.
func ParseTemplate(text string, names []string) (*Template, error) {
	t := &Template{source: text}
	var literal strings.Builder
	for i := 0; i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], "$${"):
			literal.WriteString("${")
			i += len("$${")
		case strings.HasPrefix(text[i:], "${"):
			program, end, err := parseHole(text, i, names)
			if err != nil {
				return nil, err
			}
			t.add(literal.String(), program)
			literal.Reset()
			i = end
		default:
			literal.WriteByte(text[i])
			i++
		}
	}
	t.add(literal.String(), nil)
	return t, nil
}

// parseHole reads the ${…} at i; end is the place after it.
func parseHole(text string, i int, names []string) (program *Program, end int, mistake error) {
	from := i + len("${")
	to, found := closingBrace(text, from)
	if !found {
		return nil, 0, &Error{Offset: i, Message: "nothing closes this ${", Hint: "a literal ${ is written $${"}
	}
	program, err := compile(text[from:to], names, Any)
	if err != nil {
		return nil, 0, err.shifted(from)
	}
	return program, to + 1, nil
}

func (t *Template) add(text string, program *Program) {
	if text != "" {
		t.parts = append(t.parts, templatePart{text: text})
	}
	if program != nil {
		t.parts = append(t.parts, templatePart{program: program})
	}
}

// Source is the text as written.
func (t *Template) Source() string { return t.source }

// Literal is the text itself, with $${ undone, if no expression stands in it.
func (t *Template) Literal() (string, bool) {
	switch {
	case len(t.parts) == 0:
		return "", true
	case len(t.parts) == 1 && t.parts[0].program == nil:
		return t.parts[0].text, true
	}
	return "", false
}

// Refs are the paths that its expressions read, as Program.Refs.
func (t *Template) Refs() [][]string {
	var refs [][]string
	for _, part := range t.parts {
		if part.program != nil {
			refs = mergeRefs(refs, part.program.Refs())
		}
	}
	return refs
}

// Eval fills in the expressions. Text that is exactly one ${…} keeps the type of its answer, Absent and Unknown included.
// In longer text numbers are written canonically and null as "null", a list or a map is an error, and one absent or
// unknown answer makes the whole text Absent or Unknown.
func (t *Template) Eval(v Vars) (any, error) {
	return t.fill(func(p *Program) (any, error) { return p.Eval(v) })
}

// fill is Eval with a choice of how each expression is asked.
func (t *Template) fill(ask func(*Program) (any, error)) (any, error) {
	if len(t.parts) == 1 && t.parts[0].program != nil {
		return ask(t.parts[0].program)
	}
	var b strings.Builder
	var unknown any
	absent := false
	for _, part := range t.parts {
		if part.program == nil {
			b.WriteString(part.text)
			continue
		}
		answer, err := ask(part.program)
		if err != nil {
			return nil, err
		}
		switch answer.(type) {
		case Absence:
			absent = true
			continue
		case Unknown:
			unknown = answer
			continue
		}
		text, err := asText(answer)
		if err != nil {
			return nil, fmt.Errorf("write ${%s} into text: %w", part.program.source, err)
		}
		if b.WriteString(text); b.Len() > maxText {
			return nil, errors.New("the text is too long")
		}
	}
	switch {
	case absent:
		return Absent, nil
	case unknown != nil:
		return unknown, nil
	}
	return b.String(), nil
}

// mergeRefs adds the paths that are not known yet.
func mergeRefs(known, more [][]string) [][]string {
	for _, path := range more {
		if !slices.ContainsFunc(known, func(k []string) bool { return slices.Equal(k, path) }) {
			known = append(known, path)
		}
	}
	return known
}
