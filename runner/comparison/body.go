package comparison

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A body is what the bodies of several replies have for fields: a tree of names, with the types
// that were seen at each and how often it was there. It reads JSON without making values of it:
// a run has millions of them.
type body struct {
	root  *spot
	spots int
}

// A spot is one place in the tree.
type spot struct {
	types    typeSet
	times    int // it was there
	objects  int // of those, it was an object
	members  map[string]*spot
	elements *spot
	many     *spot // the members whose names are data
}

// A typeSet is types of JSON, a bit each.
type typeSet uint8

const (
	aNull typeSet = 1 << iota
	aBoolean
	aNumber // whole or not: 4 and 4.5 are values of one field
	aString
	aList
	anObject
)

// Bounds of an outline. What is beyond them is not compared: who sends more has no shape.
const (
	mostFields = 500
	mostKeys   = 100 // of one object; more are a map, whose keys are data
	deepest    = 12
)

func newBody() *body { return &body{root: &spot{}} }

// add takes one body in: a JSON value, or one in each line (NDJSON). Any other text has no fields, and one that
// was cut short has none that can be trusted.
func (b *body) add(text string) {
	if strings.TrimLeft(text, " \t\r\n") == "" {
		return
	}
	if json.Valid([]byte(text)) {
		b.read(text)
		return
	}
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return
	}
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			return
		}
	}
	for _, line := range lines {
		b.read(line)
	}
}

func (b *body) read(text string) { (&reader{body: b, text: text}).value(b.root, 0) }

// A reader walks through JSON that is valid.
type reader struct {
	body *body
	text string
	at   int
}

// value reads one value into a spot; nil where it is beyond the bounds.
func (r *reader) value(s *spot, depth int) {
	r.space()
	var kind typeSet
	switch c := r.text[r.at]; c {
	case '{':
		kind = anObject
		r.members(s, depth)
	case '[':
		kind = aList
		r.elements(s, depth)
	case '"':
		kind = aString
		r.quoted()
	case 'n':
		kind = aNull
		r.literal()
	case 't', 'f':
		kind = aBoolean
		r.literal()
	default:
		kind = aNumber
		r.literal()
	}
	if s == nil {
		return
	}
	s.types |= kind
	s.times++
	if kind == anObject {
		s.objects++
	}
}

func (r *reader) members(s *spot, depth int) {
	for r.at++; ; r.at++ {
		if r.space(); r.text[r.at] == '}' {
			break
		}
		name := r.quoted()
		r.space()
		r.at++ // the colon
		r.value(r.body.member(s, name, depth), depth+1)
		if r.space(); r.text[r.at] == '}' {
			break
		}
	}
	r.at++
}

func (r *reader) elements(s *spot, depth int) {
	var within *spot
	for r.at++; ; r.at++ {
		if r.space(); r.text[r.at] == ']' {
			break
		}
		if within == nil && s != nil && depth < deepest {
			if s.elements == nil {
				s.elements = r.body.spot()
			}
			within = s.elements
		}
		r.value(within, depth+1)
		if r.space(); r.text[r.at] == ']' {
			break
		}
	}
	r.at++
}

// quoted reads a text as it is written, without its quotes.
func (r *reader) quoted() string {
	from := r.at + 1
	for r.at = from; r.text[r.at] != '"'; r.at++ {
		if r.text[r.at] == '\\' {
			r.at++
		}
	}
	r.at++
	return r.text[from : r.at-1]
}

func (r *reader) literal() {
	for r.at < len(r.text) && !strings.ContainsRune(",]} \n\t\r", rune(r.text[r.at])) {
		r.at++
	}
}

func (r *reader) space() {
	for r.at < len(r.text) && (r.text[r.at] == ' ' || r.text[r.at] == '\n' || r.text[r.at] == '\t' || r.text[r.at] == '\r') {
		r.at++
	}
}

// spot makes a new one; nil when there are enough.
func (b *body) spot() *spot {
	if b.spots >= mostFields {
		return nil
	}
	b.spots++
	return &spot{}
}

// member is the spot of a field; those whose names are data share one.
func (b *body) member(s *spot, name string, depth int) *spot {
	if s == nil || depth >= deepest {
		return nil
	}
	if found, ok := s.members[name]; ok {
		return found
	}
	if isData(name) || len(s.members) >= mostKeys {
		if s.many == nil {
			s.many = b.spot()
		}
		return s.many
	}
	found := b.spot()
	if found != nil {
		if s.members == nil {
			s.members = map[string]*spot{}
		}
		s.members[name] = found
	}
	return found
}

// isData says of a name that it is an identity.
func isData(name string) bool {
	if !strings.ContainsAny(name, "0123456789") {
		return false
	}
	return strings.Trim(name, "0123456789") == "" || once.FindString(name) == name
}

// fields are the types by path.
func (b *body) fields() map[string]string {
	out := map[string]string{}
	if b.root.times > 0 {
		b.root.write(out, "", false)
	}
	return out
}

func (s *spot) write(out map[string]string, path string, sometimes bool) {
	out[path] = s.types.text(sometimes)
	if s.elements != nil {
		s.elements.write(out, path+"[]", false)
	}
	rest := s.many
	for name, member := range s.members {
		if len(s.members) >= mostKeys { // a map: which of its names came first is chance
			rest = rest.with(member)
			continue
		}
		member.write(out, below(path, written(name)), member.times < s.objects)
	}
	if rest != nil {
		rest.write(out, below(path, "*"), false)
	}
}

// with is a new spot that has been at both; nil is a spot that was never there.
func (s *spot) with(o *spot) *spot {
	if s == nil {
		return o
	}
	if o == nil {
		return s
	}
	both := &spot{
		types: s.types | o.types, times: s.times + o.times, objects: s.objects + o.objects,
		elements: s.elements.with(o.elements), many: s.many.with(o.many), members: maps.Clone(s.members),
	}
	for name, member := range o.members {
		if both.members == nil {
			both.members = map[string]*spot{}
		}
		both.members[name] = both.members[name].with(member)
	}
	return both
}

func below(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// written is a name in a path: quoted where it has what paths are made of.
func written(name string) string {
	if strings.Contains(name, `\`) {
		var plain string
		if json.Unmarshal([]byte(`"`+name+`"`), &plain) == nil {
			name = plain
		}
	}
	if name == "" || name == "*" || strings.ContainsAny(name, `.[]"`) {
		return strconv.Quote(strings.ReplaceAll(name, `"`, "'"))
	}
	return name
}

func (t typeSet) text(sometimes bool) string {
	var names []string
	if sometimes {
		names = append(names, absent)
	}
	for i, name := range [...]string{"null", "boolean", "number", "string", "list", "object"} {
		if t&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "|")
}

// absent is the type of a field that is not there.
const absent = "absent"

// parent is the path of the object that a field is in; false for an element, a member of a map, or the body itself.
func parent(path string) (string, bool) {
	if path == "" || strings.HasSuffix(path, "[]") || path == "*" || strings.HasSuffix(path, ".*") {
		return "", false
	}
	quoted := false
	for i := len(path) - 1; i >= 0; i-- {
		switch path[i] {
		case '"':
			quoted = !quoted
		case '.':
			if !quoted {
				return path[:i], true
			}
		}
	}
	return "", true
}
