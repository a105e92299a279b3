package wire

import (
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escapeKinds are the characters with which escapes begin, each of a kind of its own.
const escapeKinds = `%\&`

// escapeLayers is how often escapes may lie within escapes: a URL in a text in JSON in a text in JSON has three.
const escapeLayers = 3

// uncode undoes the escapes of URLs (%2F), of JSON and of quoted texts in programs (\", \u002f, \x2f) and of HTML
// (&amp;, &#47;), those of the kinds given, all at once and wherever they stand: what a text really is need not be known
// to find a secret in it. A + stays, though in a form it is a space. False says that there were none.
func uncode(text, kinds string) (plain string, changed bool) {
	at := strings.IndexAny(text, kinds)
	if at < 0 {
		return text, false
	}
	var out strings.Builder
	out.Grow(len(text))
	done := 0
	for at < len(text) {
		if n, meant := escapeAt(text[at:]); n > 0 {
			out.WriteString(text[done:at])
			out.WriteString(meant)
			at += n
			done = at
		} else {
			at++
		}
		next := strings.IndexAny(text[at:], kinds)
		if next < 0 {
			break
		}
		at += next
	}
	if done == 0 {
		return text, false
	}
	out.WriteString(text[done:])
	return out.String(), true
}

// unescaped is a text without any of its layers of escapes.
func unescaped(text string) string {
	for range escapeLayers {
		text, _ = uncode(text, escapeKinds)
	}
	return text
}

// escapeAt reads an escape at the beginning of a text: its length, 0 for none, and what it stands for.
func escapeAt(text string) (n int, meant string) {
	switch text[0] {
	case '%':
		return codeAt(text, 1, 2)
	case '&':
		return entityAt(text)
	}
	if len(text) < 2 {
		return 0, ""
	}
	switch c := text[1]; c {
	case '"', '\\', '/', '\'':
		return 2, text[1:2]
	case 'x':
		return codeAt(text, 2, 2)
	case 'u':
		return unicodeAt(text)
	case 'U':
		return codeAt(text, 2, 8)
	default:
		if known := strings.IndexByte("abfnrtv", c); known >= 0 {
			return 2, "\a\b\f\n\r\t\v"[known : known+1]
		}
	}
	return 0, ""
}

// codeAt reads so many hexadecimal digits: two are a byte, more a character.
func codeAt(text string, from, digits int) (n int, meant string) {
	if len(text) < from+digits {
		return 0, ""
	}
	code, err := strconv.ParseUint(text[from:from+digits], 16, 32)
	switch {
	case err != nil:
		return 0, ""
	case digits == 2:
		return from + digits, string([]byte{byte(code)})
	case code > utf8.MaxRune:
		return 0, ""
	}
	return from + digits, string(rune(code))
}

// unicodeAt reads \u0041, and two surrogates as the one character that they are.
func unicodeAt(text string) (n int, meant string) {
	n, meant = codeAt(text, 2, 4)
	if n == 0 || !utf16.IsSurrogate(unit(text)) || len(text) < n+2 || text[n:n+2] != `\u` {
		return n, meant
	}
	if m, _ := codeAt(text[n:], 2, 4); m > 0 {
		if both := utf16.DecodeRune(unit(text), unit(text[n:])); both != utf8.RuneError {
			return n + m, string(both)
		}
	}
	return n, meant
}

// unit is the code of a \u0041 that codeAt has accepted.
func unit(text string) rune {
	code, _ := strconv.ParseUint(text[2:6], 16, 16) // it is four hexadecimal digits
	return rune(code)
}

// longestEntity bounds the search for the end of an entity; &CounterClockwiseContourIntegral; is no part of a secret.
const longestEntity = 12

func entityAt(text string) (n int, meant string) {
	end := strings.IndexByte(text[:min(len(text), longestEntity)], ';')
	if end < 0 {
		return 0, ""
	}
	if meant = html.UnescapeString(text[:end+1]); meant == text[:end+1] || strings.HasSuffix(meant, ";") && meant != ";" {
		return 0, "" // not known, or only the beginning of it: &ampx; is read as &x;
	}
	return end + 1, meant
}

// escapedAt says where in a text stands what was found in it under so many layers of escapes.
func escapedAt(text, kinds string, layers int, found []span) []span {
	var above [][]step // of each layer
	for range layers {
		var steps []step
		text, steps = uncodeNoting(text, kinds)
		above = append(above, steps)
	}
	found = slices.Clone(found)
	for _, steps := range slices.Backward(above) {
		for i, s := range found {
			found[i] = span{before(steps, s.from), before(steps, s.to)}
		}
	}
	return found
}

// A step is a place from which on the distance to the text before is another one: an escape begins, or is over.
type step struct{ plain, escaped int }

// before gives the place in the text before of a place in the plain one.
func before(steps []step, plain int) int {
	i, exact := slices.BinarySearchFunc(steps, plain, func(s step, at int) int { return s.plain - at })
	switch {
	case exact:
		return steps[i].escaped
	case i == 0:
		return plain
	}
	return steps[i-1].escaped + plain - steps[i-1].plain
}

// uncodeNoting is uncode, with the steps. It is only for texts that hold a secret: steps may take more room than
// the text.
func uncodeNoting(text, kinds string) (plain string, steps []step) {
	var out []byte
	for at := 0; at < len(text); {
		n, meant := 0, ""
		if strings.IndexByte(kinds, text[at]) >= 0 {
			n, meant = escapeAt(text[at:])
		}
		if n == 0 {
			out = append(out, text[at])
			at++
			continue
		}
		if len(steps) == 0 || steps[len(steps)-1].plain < len(out) {
			steps = append(steps, step{len(out), at})
		}
		out = append(out, meant...)
		at += n
		steps = append(steps, step{len(out), at})
	}
	return string(out), steps
}
