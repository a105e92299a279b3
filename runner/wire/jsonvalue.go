package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// errTrailing: the text holds a whole JSON value and then something else.
var errTrailing = errors.New("text after the JSON value")

// maxValues bounds what a body becomes in memory: 8 MiB of "{},{},…" would be 200 MiB of values. A text, a number and a
// name count one, an object four.
const maxValues = 200_000

// bounds are what a body may still hold.
type bounds struct{ depth, values int }

func (b *bounds) take(values int) error {
	if b.values -= values; b.values < 0 {
		return fmt.Errorf("more than %d values", maxValues)
	}
	return nil
}

// parser reads JSON by RFC 8259. encoding/json would keep the last of duplicate keys without a word, accept text after
// the value and replace bytes that are no UTF-8; all three are things that a provider must be held to. Texts without
// escapes and numbers are parts of the text itself, not copies.
type parser struct {
	text   string
	at     int // bytes
	bounds *bounds
	path   []string // names of the objects that are open, for facts
	fields []field  // of the objects that are open
	odd    *oddities
}

type field struct {
	name  string
	value any
}

// parseJSON reads one value: nil, bool, string, json.Number, []any or map[string]any. With errTrailing the value is
// there, too.
func parseJSON(text string, within *bounds, odd *oddities) (any, error) {
	if !utf8.ValidString(text) {
		odd.add("invalid UTF-8 in the JSON text, read as U+FFFD")
		text = string([]rune(text))
	}
	if rest, found := strings.CutPrefix(text, "\ufeff"); found {
		odd.add("byte order mark before the JSON text")
		text = rest
	}
	if len(text) > mostUncounted {
		ahead := *within
		if err := ahead.take(leastValues(text)); err != nil {
			return nil, err
		}
	}
	p := &parser{text: text, bounds: within, odd: odd}
	value, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.text) {
		return value, fmt.Errorf("%w, from byte %d", errTrailing, p.at)
	}
	return value, nil
}

// mostUncounted is up to how many bytes a text is read at once. Of a longer one the values are
// counted first: what holds too many is refused before it has cost the memory for as many as are allowed.
const mostUncounted = 1 << 20

// leastValues is how many values a JSON text has at least: one more than commas that stand in no text.
func leastValues(text string) int {
	values := 1
	for at := 0; at < len(text); at++ {
		switch text[at] {
		case ',':
			values++
		case '"':
			for at++; at < len(text) && text[at] != '"'; at++ {
				if text[at] == '\\' {
					at++
				}
			}
		}
	}
	return values
}

func (p *parser) value(depth int) (any, error) {
	if depth > p.bounds.depth {
		return nil, fmt.Errorf("nested deeper than %d", p.bounds.depth)
	}
	if err := p.bounds.take(1); err != nil {
		return nil, err
	}
	p.space()
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.list(depth)
	case c == '"':
		return p.string()
	case c == '-' || isDigit(c):
		return p.number()
	default:
		return p.word()
	}
}

func (p *parser) object(depth int) (any, error) {
	p.at++
	if err := p.bounds.take(3); err != nil {
		return nil, err
	}
	if p.space(); p.take('}') {
		return map[string]any{}, nil
	}
	first := len(p.fields) // those before it belong to the objects around this one
	var object map[string]any
	for {
		p.space()
		if p.peek() != '"' {
			return nil, p.unexpected("a name")
		}
		name, err := p.string()
		if err != nil {
			return nil, err
		}
		if p.space(); !p.take(':') {
			return nil, p.unexpected("a colon")
		}
		if err := p.bounds.take(1); err != nil {
			return nil, err
		}
		p.path = append(p.path, name)
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		p.path = p.path[:len(p.path)-1]
		if object != nil {
			p.put(object, field{name, value})
		} else if p.fields = append(p.fields, field{name, value}); len(p.fields)-first == mostGathered {
			object = p.gather(first, 2*mostGathered)
		}
		if p.space(); p.take('}') {
			if object == nil {
				object = p.gather(first, len(p.fields)-first)
			}
			return object, nil
		}
		if !p.take(',') {
			return nil, p.unexpected("a comma or }")
		}
	}
}

// mostGathered is how many fields are held back until their number is known: a map
// that grows is made several times over. A provider may send a million of them.
const mostGathered = 32

// gather makes an object of the fields from the first on.
func (p *parser) gather(first, size int) map[string]any {
	object := make(map[string]any, size)
	for _, f := range p.fields[first:] {
		p.put(object, f)
	}
	clear(p.fields[first:])
	p.fields = p.fields[:first]
	return object
}

func (p *parser) put(object map[string]any, f field) {
	if _, twice := object[f.name]; twice {
		p.odd.add("duplicate key %s, the last one counts", strings.Join(append(p.path, f.name), "."))
	}
	object[f.name] = f.value
}

func (p *parser) list(depth int) (any, error) {
	p.at++
	list := []any{}
	if p.space(); p.take(']') {
		return list, nil
	}
	for {
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
		if p.space(); p.take(']') {
			return list, nil
		}
		if !p.take(',') {
			return nil, p.unexpected("a comma or ]")
		}
	}
}

func (p *parser) string() (string, error) {
	start := p.at
	escaped := false
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			if !escaped {
				return p.text[start+1 : p.at-1], nil
			}
			return unescape(p.text[start:p.at], start)
		case c == '\\':
			escaped = true
			p.at++
		case c < ' ':
			return "", fmt.Errorf("control character in a text at byte %d", p.at)
		}
	}
	return "", fmt.Errorf("text without an end, from byte %d", start)
}

func unescape(quoted string, at int) (text string, err error) {
	if err := json.Unmarshal([]byte(quoted), &text); err != nil {
		return "", fmt.Errorf("invalid escape in the text at byte %d", at)
	}
	return text, nil
}

func (p *parser) number() (any, error) {
	start := p.at
	p.take('-')
	if !p.take('0') && !p.digits() {
		return nil, p.unexpected("a digit")
	}
	if p.take('.') && !p.digits() {
		return nil, p.unexpected("a digit")
	}
	if p.take('e') || p.take('E') {
		if !p.take('+') {
			p.take('-')
		}
		if !p.digits() {
			return nil, p.unexpected("a digit")
		}
	}
	return json.Number(p.text[start:p.at]), nil
}

func (p *parser) word() (any, error) {
	for _, known := range []struct {
		text  string
		value any
	}{{"true", true}, {"false", false}, {"null", nil}} {
		if strings.HasPrefix(p.text[p.at:], known.text) {
			p.at += len(known.text)
			return known.value, nil
		}
	}
	return nil, p.unexpected("a value")
}

func (p *parser) digits() bool {
	start := p.at
	for isDigit(p.peek()) {
		p.at++
	}
	return p.at > start
}

func (p *parser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *parser) take(c byte) bool {
	if p.peek() != c || p.at >= len(p.text) {
		return false
	}
	p.at++
	return true
}

// peek gives the next byte, 0 at the end; 0 is no part of any JSON token.
func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) unexpected(wanted string) error {
	if p.at >= len(p.text) {
		return fmt.Errorf("the text ends where %s belongs", wanted)
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.at:])
	return fmt.Errorf("%q at byte %d where %s belongs", r, p.at, wanted)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
