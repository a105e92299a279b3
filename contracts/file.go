package contracts

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// Bounds of what is read: contracts may come from a stranger's pull request.
const (
	maxFile  = 1 << 20 // bytes
	maxDepth = 64
	maxNodes = 200_000
)

// A file is one YAML file of a suite.
type file struct {
	name  string
	lines []string
}

// open reads a file and gives the root of every document that holds something.
func (l *loader) open(name string) (*file, []*node) {
	f := &file{name: name}
	content, err := l.content(name, maxFile)
	if err != nil {
		l.add(Mistake{Position: Position{File: name}, Message: err.Error()})
		return f, nil
	}
	f.lines = strings.Split(strings.ReplaceAll(string(content), "\r\n", "\n"), "\n")
	f.lines[0] = strings.TrimPrefix(f.lines[0], "\ufeff")
	if !l.clean(f) {
		return f, nil
	}
	return f, l.documents(f, content)
}

// content reads a file of the suite, bounded.
func (l *loader) content(name string, most int64) ([]byte, error) {
	in, err := l.files.Open(name)
	if err != nil {
		return nil, plainReason(err)
	}
	defer in.Close()
	if st, err := in.Stat(); err == nil && st.IsDir() {
		return nil, errors.New("is a folder, not a file")
	}
	content, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, plainReason(err)
	}
	if int64(len(content)) > most {
		return nil, fmt.Errorf("is larger than %d KiB", most>>10)
	}
	return content, nil
}

// plainReason leaves out what the operating system adds to a reason: the
// mistake names the file already.
func plainReason(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("may not be read: permission denied")
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("cannot be read: %w", err)
}

// clean refuses bytes that are not text before the parser sees them: it gives
// no place for them. Line ends that only YAML knows are refused, too: behind one
// a key would be out of a reviewer's sight.
func (l *loader) clean(f *file) bool {
	for i, line := range f.lines {
		column := 0
		for j := 0; j < len(line); {
			r, size := utf8.DecodeRuneInString(line[j:])
			column++
			bad, hint := "", "save the file as UTF-8"
			switch {
			case r == utf8.RuneError && size == 1:
				bad = fmt.Sprintf("the byte 0x%02x is not UTF-8", line[j])
			case r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029:
				hint = "end lines with a line feed; inside double quotes write \\u2028 and the like"
				bad = fmt.Sprintf("U+%04X ends a line for YAML, and for few editors", r)
			case r < ' ' && r != '\t' || r == 0x7f:
				hint = "inside double quotes write \\u0007 and the like"
				bad = fmt.Sprintf("the control character U+%04X cannot stand in a file", r)
			}
			if bad != "" {
				l.add(Mistake{
					Position: Position{f.name, i + 1, column}, Message: bad, Text: line, Width: 1, Hint: hint,
				})
				return false
			}
			j += size
		}
	}
	return true
}

// documents parses the file and reads every document that holds something.
func (l *loader) documents(f *file, content []byte) []*node {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var roots []*node
	r := reader{loader: l, file: f}
	for {
		var doc yaml.Node
		err := decoder.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return roots
		}
		if err != nil {
			l.add(syntaxMistake(f, err))
			l.torn = true
			return roots
		}
		if len(doc.Content) == 0 || emptyDocument(doc.Content[0]) {
			continue
		}
		if root := r.read(doc.Content[0], 1); root != nil {
			roots = append(roots, root)
		}
	}
}

func emptyDocument(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Value == "" && n.Anchor == ""
}

// flowHint is what an unquoted text inside {…} or […] needs to hear.
const flowHint = "inside {…} and […] quote every text that holds {, }, [, ], a comma or \": \", as in {title: \"Solid ${unique}\"}"

// syntaxMistake says in our words what the parser says in its own.
func syntaxMistake(f *file, err error) Mistake {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		return Mistake{Position: Position{File: f.name}, Message: "is not YAML: " + err.Error()}
	}
	m := Mistake{Position: Position{f.name, e.Mark.Line, e.Mark.Column}, Width: 1}
	if m.Line < 1 || m.Line > len(f.lines) {
		m.Line, m.Column = len(f.lines), 1
	}
	m.Message, m.Hint = "this is not YAML: "+e.Message, ""
	from := Position{Line: e.ContextMark.Line, Column: e.ContextMark.Column}
	switch {
	case strings.Contains(e.Message, "depth"):
		m.Message, m.Hint = fmt.Sprintf("nested more than %d levels deep", maxDepth), ""
	case strings.Contains(e.Message, "expected ',' or"), strings.Contains(e.ContextMsg, "flow"):
		m.Message, m.Hint = fmt.Sprintf("the %s that starts at %d:%d is broken here", bracket(e.ContextMsg), from.Line, from.Column), flowHint
	case strings.Contains(e.ContextMsg, "quoted scalar"):
		m.Line, m.Column = from.Line, from.Column
		m.Message, m.Hint = "this quote is never closed", "end the text with the same quote"
	case strings.Contains(e.Message, "mapping values are not allowed"):
		m.Message, m.Hint = "a second \": \" in one line", "quote a text that holds \": \", or check the indentation"
	case strings.Contains(e.Message, "cannot start any token"):
		m.Message, m.Hint = startOfText(f, m.Position)
	case strings.Contains(e.Message, "unknown anchor"):
		m.Message, m.Hint = "aliases are not read", "write the value out, or quote a text that starts with *"
	case strings.Contains(e.Message, "expected key"), strings.Contains(e.Message, "could not find expected ':'"):
		m.Message, m.Hint = "this is no key: a key needs \": \" after it", "check the indentation, and quote what follows a closing bracket; "+flowHint
	}
	if m.Line < 1 || m.Line > len(f.lines) {
		m.Line = len(f.lines)
	}
	m.Text = f.lines[m.Line-1]
	m.Column = max(1, min(m.Column, len([]rune(m.Text))+1))
	return m
}

func bracket(context string) string {
	if strings.Contains(context, "sequence") {
		return "[…]"
	}
	return "{…}"
}

func startOfText(f *file, p Position) (message, hint string) {
	rest := []rune(f.lines[p.Line-1])
	if p.Column < 1 || p.Column > len(rest) {
		return "this is not YAML", ""
	}
	if c := rest[p.Column-1]; c != '\t' {
		return fmt.Sprintf("a text cannot start with %c", c), "quote it"
	}
	return "a tab cannot indent", "use spaces"
}
