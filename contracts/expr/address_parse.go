package expr

import (
	"regexp"
	"slices"
	"strings"
)

// plainName is what stands in {…} as a parameter's name; anything else there is an expression.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// ParseAddress reads the address of a call, without its method. In {…} stands the name of a parameter, as in OpenAPI, or
// an expression ({review.id}); {+x} keeps the slashes of its value; ${…} is an expression, and at the very start it may
// bring scheme and host. Names are the variables in scope. The error, if any, is an *Error with its offset in text.
func ParseAddress(text string, names []string) (*Address, error) {
	r := &addressReader{text: text, names: names}
	if err := r.read(); err != nil {
		return nil, err
	}
	a := &Address{source: text, parts: r.parts}
	if literal, ok := a.Literal(); ok {
		if err := checkPath(literal); err != nil {
			return nil, &Error{Message: err.Error()}
		}
	}
	return a, nil
}

// region is the part of an address that is being read.
type region int

const (
	inPath region = iota
	inHost
	inQuery
)

type addressReader struct {
	text   string
	names  []string
	at     int
	region region
	parts  []addressPart
	plain  strings.Builder
}

func (r *addressReader) read() error {
	if err := r.begin(); err != nil {
		return err
	}
	for r.at < len(r.text) {
		rest := r.text[r.at:]
		var err error
		switch {
		case strings.HasPrefix(rest, "$${"):
			err = r.mistake("a path holds no ${", "")
		case strings.HasPrefix(rest, "${"):
			err = r.expression()
		case rest[0] == '{':
			err = r.placeholder()
		default:
			err = r.character(rest[0])
		}
		if err != nil {
			return err
		}
	}
	r.flush()
	return nil
}

// begin takes the scheme, if there is one, and refuses addresses that would need something before them.
func (r *addressReader) begin() error {
	for _, scheme := range []string{"http://", "https://"} {
		if strings.HasPrefix(r.text, scheme) {
			r.at = len(scheme)
			r.region = inHost
			r.parts = append(r.parts, addressPart{text: scheme})
			return nil
		}
	}
	switch {
	case strings.HasPrefix(r.text, "//"):
		return r.mistake("a path that begins with // names a host", "write the scheme: https://…")
	case !strings.HasPrefix(r.text, "/") && !strings.HasPrefix(r.text, "${"):
		return r.mistake("an address begins with /, http://, https:// or ${…}", "")
	}
	return nil
}

func (r *addressReader) mistake(message, hint string) error {
	return &Error{Offset: r.at, Message: message, Hint: hint}
}

func (r *addressReader) flush() {
	if r.plain.Len() > 0 {
		r.parts = append(r.parts, addressPart{text: r.plain.String()})
		r.plain.Reset()
	}
}

func (r *addressReader) add(h *hole, end int) {
	r.flush()
	h.written = r.text[r.at:end]
	h.inHost = r.region == inHost
	r.parts = append(r.parts, addressPart{hole: h})
	r.at = end
}

// expression reads ${…}. After one at the start a path or a query must follow: a host that goes on, https://good${x}.org,
// would be decided by whoever fills in x.
func (r *addressReader) expression() error {
	program, end, err := parseHole(r.text, r.at, r.names)
	if err != nil {
		return err
	}
	first := r.at == 0
	if first && end < len(r.text) && r.text[end] != '/' && r.text[end] != '?' {
		r.at = end
		return r.mistake("after a ${…} at the start comes / or ?", "")
	}
	r.add(&hole{program: program, prefix: first}, end)
	return nil
}

// placeholder reads {…}.
func (r *addressReader) placeholder() error {
	end, found := closingBrace(r.text, r.at+1)
	if !found {
		return r.mistake("nothing closes this {", "")
	}
	from := r.at + 1
	inside, keepSlash := strings.CutPrefix(r.text[from:end], "+")
	from = end - len(inside)
	h := &hole{keepSlash: keepSlash}
	if name := strings.TrimSpace(inside); plainName.MatchString(name) {
		h.name = name
		if slices.Contains(r.names, name) {
			h.program = &Program{source: name, root: varNode(name), refs: [][]string{{name}}}
		}
	} else {
		program, err := compile(inside, r.names, Any)
		if err != nil {
			return err.shifted(from)
		}
		h.program = program
	}
	r.add(h, end+1)
	return nil
}

// character reads one byte of plain text. What a URL cannot hold is encoded, what it gives a meaning is checked.
func (r *addressReader) character(c byte) error {
	switch {
	case c == '#':
		return r.mistake("a fragment is never sent", "write %23 for a # in a name")
	case c == '}':
		return r.mistake("nothing opens this }", "")
	case c <= ' ' || c == 0x7f:
		return r.mistake("an address holds no spaces", "write %20")
	case c == '\\':
		return r.mistake("an address holds no backslash", "write %5C")
	case c == '%' && !isEncoded(r.text[r.at:]):
		return r.mistake("% wants two hexadecimal digits", "write %25 for a % in a name")
	case c == '?':
		r.region = inQuery
	case c == '/' && r.region == inHost:
		r.region = inPath
	}
	if c == '%' || r.region == inHost && (c == '[' || c == ']') || strings.IndexByte("/?:@!$&'()*+,;=", c) >= 0 {
		r.plain.WriteByte(c)
	} else {
		r.plain.WriteString(encode(string([]byte{c})))
	}
	r.at++
	return nil
}

func isEncoded(text string) bool {
	const hex = "0123456789abcdefABCDEF"
	return len(text) >= 3 && strings.IndexByte(hex, text[1]) >= 0 && strings.IndexByte(hex, text[2]) >= 0
}
