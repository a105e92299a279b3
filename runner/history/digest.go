package history

import (
	"encoding/json"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

// Digests say whether two cells were answered alike without reading what was answered.
// Each is of a set: how often something came, and in which order, plays no part, so that
// one read more while waiting is no difference.
type digests struct {
	statuses int64 // call and status
	shape    int64 // of replies in 2xx: call, path of a field, and its JSON type
	headers  int64 // of replies in 2xx: call, and name of a header
}

// A set is the sum of its members, each once.
type set map[uint64]struct{}

func (s set) digest() int64 {
	var sum uint64
	for each := range s {
		sum += mixed(each)
	}
	return int64(sum)
}

func digestExchanges(exchanges []*wire.Exchange) digests {
	statuses, shape, headers := set{}, set{}, set{}
	last := map[string]string{} // call → the body that came last: most reads are the same again
	for _, x := range exchanges {
		call := hashed(start, x.Call)
		statuses[hashed(call, string(rune(x.Status)))] = struct{}{}
		if x.Status < 200 || x.Status > 299 || x.Received {
			continue
		}
		for _, field := range x.ReplyHeader {
			headers[hashed(call, field.Name)] = struct{}{}
		}
		if body, ok := last[x.Call]; ok && body == x.ReplyBody {
			continue
		}
		last[x.Call] = x.ReplyBody
		if json.Valid([]byte(x.ReplyBody)) {
			(&shaper{text: x.ReplyBody, found: shape}).value(call)
		}
	}
	return digests{statuses.digest(), shape.digest(), headers.digest()}
}

// A shaper walks through JSON that is valid, and takes down each path with its type. It
// makes nothing of the values: a run has millions of them.
type shaper struct {
	text  string
	at    int
	found set
}

// value reads one value under a path.
func (s *shaper) value(path uint64) {
	s.space()
	kind := s.text[s.at]
	switch kind {
	case '{':
		s.members(path)
	case '[':
		s.elements(path)
	case '"':
		s.quoted()
	default:
		for s.at < len(s.text) && !delimits(s.text[s.at]) {
			s.at++
		}
		if kind == 'f' {
			kind = 't' // both are booleans
		} else if kind == '-' || kind >= '0' && kind <= '9' {
			kind = '0'
		}
	}
	s.found[hashed(path, string(rune(kind)))] = struct{}{}
}

func (s *shaper) members(path uint64) {
	for s.at++; ; s.at++ {
		s.space()
		if s.text[s.at] == '}' {
			break
		}
		name := s.quoted()
		s.space()
		s.at++ // the colon
		s.value(hashed(path, name))
		s.space()
		if s.text[s.at] == '}' {
			break
		}
	}
	s.at++
}

func (s *shaper) elements(path uint64) {
	within := hashed(path, "[]")
	for s.at++; ; s.at++ {
		s.space()
		if s.text[s.at] == ']' {
			break
		}
		s.value(within)
		s.space()
		if s.text[s.at] == ']' {
			break
		}
	}
	s.at++
}

// quoted reads a text as it is written, with its quotes.
func (s *shaper) quoted() string {
	from := s.at
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
	return s.text[from:s.at]
}

func (s *shaper) space() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\n' || s.text[s.at] == '\t' || s.text[s.at] == '\r') {
		s.at++
	}
}

func delimits(c byte) bool {
	return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n' || c == '\t' || c == '\r'
}

// start is where a hash begins (FNV-1a, 64 bit).
const start uint64 = 0xcbf29ce484222325

// hashed goes on hashing with one more text, told apart from what stands before it.
func hashed(sum uint64, text string) uint64 {
	for i := range len(text) {
		sum = (sum ^ uint64(text[i])) * 0x100000001b3
	}
	return (sum ^ 0xff) * 0x100000001b3
}

// mixed spreads a hash over all bits, so that sums of different sets differ.
func mixed(sum uint64) uint64 {
	sum = (sum ^ sum>>30) * 0xbf58476d1ce4e5b9
	sum = (sum ^ sum>>27) * 0x94d049bb133111eb
	return sum ^ sum>>31
}
