package report

import (
	"strings"
)

// A filling says which parts of a request are not texts but the values of variables:
// what is new each time, such as a marker, an identity that a provider gives, or a
// secret. The first that fits wins.
type filling []blank

// A blank is one text that is a variable.
type blank struct {
	text     string
	variable func() string // its name, asked for where it stands
	whole    bool          // it stands only where it is a whole: a segment of a path, a value
}

// Whether a blank stands wherever its text does.
const (
	anywhere = false
	asWhole  = true
)

// A part is where in a request a text stands.
type part int

const (
	inAddress part = iota
	inHeader
	inBody
)

// word takes a text apart into texts and variables.
func (f filling) word(text string, where part) word {
	var out word
	for text != "" {
		at, found := f.next(text, where)
		if found == nil {
			break
		}
		if at > 0 {
			out = append(out, piece{text: text[:at]})
		}
		out = append(out, piece{variable: found.variable()})
		text = text[at+len(found.text):]
		if text == "" {
			return out
		}
	}
	return append(out, piece{text: text})
}

// next finds the first blank in a text; of those at one place the first of the filling.
func (f filling) next(text string, where part) (at int, found *blank) {
	for i := range f {
		if hit := f[i].in(text, where); hit >= 0 && (found == nil || hit < at) {
			at, found = hit, &f[i]
		}
	}
	return at, found
}

// in is the place of a blank in a text, -1 for none.
func (b *blank) in(text string, where part) int {
	for from := 0; b.text != ""; {
		at := strings.Index(text[from:], b.text)
		if at < 0 {
			return -1
		}
		at += from
		end := at + len(b.text)
		if !b.whole || borders(text, at, end, where) {
			return at
		}
		from = at + 1
	}
	return -1
}

// borders tells whether a text stands by itself, as a segment of a path, a value of
// a query or a scalar of JSON: the 7 of /v7/reviews/7 is not that of v7.
func borders(text string, at, end int, where part) bool {
	signs := `/?&=;,#`
	switch where {
	case inHeader:
		signs = `/?&=;, "<>`
	case inBody:
		signs = "\"/=&,:[]{} \t\r\n<>"
	}
	begins := at > 0 && strings.IndexByte(signs, text[at-1]) >= 0 || at == 0 && where != inAddress
	ends := end == len(text) || strings.IndexByte(signs, text[end]) >= 0
	return begins && ends
}
