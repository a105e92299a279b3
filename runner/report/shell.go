package report

import (
	"fmt"
	"slices"
	"strings"
)

// A word is one argument of a command for a POSIX shell: texts and variables, one
// after another.
type word []piece

// A piece is a text as it is, or the value of a variable.
type piece struct {
	text     string
	variable string // without $; "" for a text
}

func literal(text string) word { return word{{text: text}} }

// String quotes the word. Whatever stands in its texts, the shell takes it for
// text: nothing is expanded, nothing runs. And it can be shown: what acts on a
// terminal, or on the log of a build, is written as an escape that the shell's
// printf undoes. A NUL cannot stand in an argument and is left out.
func (w word) String() string {
	w = w.joined()
	if text, ok := w.inDoubleQuotes(); ok {
		return text
	}
	var out strings.Builder
	for _, p := range w {
		switch {
		case p.variable != "":
			out.WriteString(`"$` + p.variable + `"`)
		case p.text == "":
		case isBare(p.text):
			out.WriteString(p.text)
		case Line(p.text) == p.text:
			out.WriteString(singleQuoted(p.text))
		default:
			text := strings.TrimRight(strings.ReplaceAll(p.text, "\x00", ""), "\n")
			out.WriteString(`"$(printf '` + escapedForPrintf(text) + `')"`)
			if ends := strings.Count(p.text[len(strings.TrimRight(p.text, "\n\x00")):], "\n"); ends > 0 { // $(…) takes them away
				out.WriteString("'" + strings.Repeat("\n", ends) + "'")
			}
		}
	}
	if out.Len() == 0 {
		return "''"
	}
	return out.String()
}

// joined has texts that follow each other as one.
func (w word) joined() word {
	var out word
	for _, p := range w {
		if last := len(out) - 1; p.variable == "" && last >= 0 && out[last].variable == "" {
			out[last].text += p.text
			continue
		}
		out = append(out, p)
	}
	return out
}

// inDoubleQuotes writes a word with variables as people do, "Bearer $TOKEN", where
// its texts hold nothing that means something there.
func (w word) inDoubleQuotes() (text string, ok bool) {
	for i, p := range w {
		switch {
		case p.variable == "" && (Line(p.text) != p.text || strings.ContainsAny(p.text, "$`\\\"!")):
			return "", false
		case p.variable == "":
			text += p.text
		case i+1 < len(w) && (w[i+1].text == "" || mayBeInName(w[i+1].text[0])):
			text, ok = text+"${"+p.variable+"}", true
		default:
			text, ok = text+"$"+p.variable, true
		}
	}
	return `"` + text + `"`, ok
}

func mayBeInName(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80
}

// isBare tells a text that needs no quotes wherever it stands in a word.
func isBare(text string) bool {
	return strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+,") == ""
}

func singleQuoted(text string) string { return `'` + strings.ReplaceAll(text, `'`, `'\''`) + `'` }

// escapedForPrintf writes a text for printf's first argument in single quotes:
// letters and harmless signs as they are, every other byte in octal, and a - at its
// beginning, which may be an option.
func escapedForPrintf(text string) string {
	var out strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n':
			out.WriteString(`\n`)
		case c < ' ' || c > '~' || c == '-' && i == 0 || strings.IndexByte(`\%'#:`, c) >= 0:
			fmt.Fprintf(&out, `\%03o`, c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// isLine tells a word that stands on one line as it is.
func (w word) isLine() bool {
	return !slices.ContainsFunc(w, func(p piece) bool { return Line(p.text) != p.text })
}

// printed is a command that prints the word's very bytes, NUL and all.
func (w word) printed() string {
	var format strings.Builder
	var arguments string
	for _, p := range w {
		if p.variable != "" {
			format.WriteString("%s")
			arguments += ` "$` + p.variable + `"`
			continue
		}
		format.WriteString(escapedForPrintf(p.text))
	}
	return "printf '" + format.String() + "'" + arguments
}
