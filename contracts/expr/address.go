package expr

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Address is where a call goes, as written: a path with {parameters} and ${expressions}, maybe with a query, maybe with
// scheme and host. Whatever is filled in is encoded, so that no value can climb out of its segment, add one, or begin a
// query. It is immutable and safe for concurrent use.
type Address struct {
	source string
	parts  []addressPart
}

// addressPart is text that is sent as it is, or a hole.
type addressPart struct {
	text string
	hole *hole
}

// hole is a {…} or ${…} of an address.
type hole struct {
	written   string   // as in the source, for messages
	name      string   // a plain name, asked of the caller first; "" for an expression
	program   *Program // nil for a plain name that is no variable
	keepSlash bool     // {+x}
	prefix    bool     // ${…} at the very start: scheme, host and maybe path, taken as they are
	inHost    bool
}

// Source is the address as written.
func (a *Address) Source() string { return a.source }

// Params are the plain names in {…}, each once, in order.
func (a *Address) Params() []string {
	var names []string
	for _, part := range a.parts {
		if h := part.hole; h != nil && h.name != "" && !slices.Contains(names, h.name) {
			names = append(names, h.name)
		}
	}
	return names
}

// Refs are the paths that its expressions read, as Program.Refs. A plain name that is a variable too is among them.
func (a *Address) Refs() [][]string {
	var refs [][]string
	for _, part := range a.parts {
		if part.hole != nil && part.hole.program != nil {
			refs = mergeRefs(refs, part.hole.program.Refs())
		}
	}
	return refs
}

// Literal is the address itself if nothing is to be filled in.
func (a *Address) Literal() (string, bool) {
	var b strings.Builder
	for _, part := range a.parts {
		if part.hole != nil {
			return "", false
		}
		b.WriteString(part.text)
	}
	return b.String(), true
}

// Expand fills everything in and answers a path with an optional query, "/reviews/8841?full=1", or an absolute URL. Param
// is asked for plain names first, and answers Absent for those it does not bind; then the variable of that name is taken.
// Param may be nil. A value that is absent, unknown, null, empty, a list or a map is an error that names the place,
// because `DELETE /todos/` would empty a table; so is one that would make a segment . or .. .
func (a *Address) Expand(param func(name string) any, v Vars) (string, error) {
	address, err := a.expand(param, v)
	if err != nil {
		return "", fmt.Errorf("expand %s: %w", a.source, err)
	}
	return address, nil
}

func (a *Address) expand(param func(name string) any, v Vars) (string, error) {
	var prefix string
	var b strings.Builder
	for i, part := range a.parts {
		if part.hole == nil {
			b.WriteString(part.text)
			continue
		}
		text, err := part.hole.fill(param, v)
		if err == nil && part.hole.prefix {
			prefix, err = checkPrefix(text, i == len(a.parts)-1)
		} else if err == nil {
			text, err = part.hole.encode(text)
			b.WriteString(text)
		}
		if err != nil {
			return "", fmt.Errorf("%s %w", part.hole.written, err)
		}
	}
	rest := b.String()
	if err := checkPath(rest); err != nil {
		return "", err
	}
	if strings.HasPrefix(rest, "/") {
		prefix = strings.TrimSuffix(prefix, "/") // a site that is written with its last slash
	}
	return prefix + rest, nil
}

// fill is the text that stands for the hole, not yet encoded.
func (h *hole) fill(param func(string) any, v Vars) (string, error) {
	var value any = Absent
	if h.name != "" && param != nil {
		value = param(h.name)
	}
	if value == any(Absent) && h.program != nil {
		var err error
		if value, err = h.program.Eval(v); err != nil {
			return "", fmt.Errorf("has no value: %w", err)
		}
	}
	switch value := value.(type) {
	case nil, Absence, []any, map[string]any:
		return "", errors.New("is " + kindOf(value))
	case Unknown:
		return "", errors.New("is " + value.String())
	}
	text, err := asText(value)
	if err == nil && text == "" {
		err = errors.New("is empty text")
	}
	return text, err
}

// encode writes the value for its place. Everything but letters, digits and - . _ ~ is percent-encoded (RFC 3986,
// section 2.3), also where the RFC would allow it, so that no server can read more into it.
func (h *hole) encode(text string) (string, error) {
	if h.inHost {
		for i := range len(text) {
			if !isNameByte(text[i]) && text[i] != '-' && text[i] != '.' {
				return "", errors.New("is " + Format(text) + ", which is no part of a host")
			}
		}
		return text, nil
	}
	if !h.keepSlash {
		return encode(text), nil
	}
	segments := strings.Split(text, "/")
	for i, segment := range segments {
		segments[i] = encode(segment)
	}
	return strings.Join(segments, "/"), nil
}

func encode(text string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if isNameByte(c) || c == '-' || c == '.' || c == '~' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

// checkPath refuses an address in which a segment is . or .., also half written and half filled in, or spelled %2e: HTTP
// clients and servers resolve them, and the call would go elsewhere. A path that begins with // would name a host.
func checkPath(rest string) error {
	path, _, _ := strings.Cut(rest, "?")
	if strings.HasPrefix(path, "//") {
		return errors.New("the path begins with //, which names a host")
	}
	for _, segment := range strings.Split(path, "/") {
		if isDots(segment) {
			return errors.New("a segment is " + segment + ", which climbs")
		}
	}
	return nil
}

func isDots(segment string) bool {
	plain := strings.ReplaceAll(strings.ToLower(segment), "%2e", ".")
	return plain == "." || plain == ".."
}

// checkPrefix takes scheme, host and path as they are, if they are that; whole says that nothing follows, so that a link
// to the next page may bring its query. A fragment is never sent.
func checkPrefix(text string, whole bool) (string, error) {
	text, _, _ = strings.Cut(text, "#")
	u, err := url.Parse(text)
	if err != nil || strings.ContainsAny(text, " \\") {
		return "", errors.New("is " + Format(text) + ", which is no address")
	}
	absolute := (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
	path := u.Scheme == "" && u.Host == "" && strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//")
	if !absolute && !path {
		return "", errors.New("is " + Format(text) + "; an address begins with http://, https:// or /")
	}
	if !whole && strings.Contains(text, "?") {
		return "", errors.New("is " + Format(text) + ", with a query before the path")
	}
	return text, nil
}
