package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text makes text of a contract or a provider safe for a terminal and for the
// log of a build. What would move the cursor, change colours, reorder or hide
// text is written out (ESC as \u001b, bytes that are no UTF-8 as \x9b); line
// feeds and tabs stay. Lines that a build server would take for a command get a
// backslash: those that begin with ::, after any space (GitHub), and ##[, ##vso[,
// ##teamcity[ anywhere (Azure, TeamCity).
//
// A backslash is not escaped itself: what a report shows is for reading, and JSON
// in it should look like JSON. So Text of what is safe already is that very text,
// and it does no harm where two have thought of it.
func Text(s string) string {
	if plain(s) {
		return s
	}
	var out strings.Builder
	out.Grow(len(s) + 16)
	begins := true // nothing but space since the line began
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		rest := s[i:]
		i += size
		switch {
		case begins && strings.HasPrefix(rest, "::"):
			out.WriteString(`\:`)
		case isCommand(rest):
			out.WriteString(`#\`) // and not \#: what follows would still be a command
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, rest[0])
		case hides(r) && r > 0xFFFF:
			fmt.Fprintf(&out, `\U%08x`, r)
		case hides(r):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
		begins = r == '\n' || begins && unicode.IsSpace(r) && !hides(r)
	}
	return out.String()
}

// Line is Text on one line: line feeds and tabs are written out, too.
func Line(s string) string { return onOneLine.Replace(Text(s)) }

var onOneLine = strings.NewReplacer("\n", `\n`, "\t", `\t`)

// plain is the fast answer for most texts: printable ASCII that holds no command.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return !strings.Contains(s, "::") && !strings.Contains(s, "##")
}

// hides says whether a character acts instead of showing: controls (C0, DEL, C1),
// formats (bidi, invisible, tags), the two separators that terminals may take for
// a line end, and what is no character and has no place in XML. Joiners stay,
// because scripts and emoji are spelled with them; where a value is compared it
// is shown as quoted text, in which they do not.
func hides(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	switch r {
	case '\n', '\t', nonJoiner, joiner:
		return false
	}
	if r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF {
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// isCommand says whether a text begins like ##vso[, with a word of any script but
// of no more than longestCommand bytes.
func isCommand(text string) bool {
	rest, ok := strings.CutPrefix(text[:min(len(text), longestCommand)], "##")
	if !ok {
		return false
	}
	word := strings.IndexByte(rest, '[')
	return word >= 0 && strings.IndexFunc(rest[:word], func(r rune) bool { return !unicode.IsLetter(r) }) < 0
}

const longestCommand = 128
