package expr

import (
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
)

// parseError is the first thing that CEL's parser could not read, in our words.
func parseError(source string, issues *cel.Issues) *Error {
	e := celError(source, issues)
	if word, ok := strings.CutPrefix(e.Message, "reserved identifier: "); ok {
		e.Message = "the word " + word + " is reserved"
		e.Hint = "as a field it is written x['" + word + "']"
	}
	return e
}

// checkError is what CEL's type checker found.
func checkError(source string, issues *cel.Issues) *Error {
	e := celError(source, issues)
	if _, rest, ok := strings.Cut(e.Message, "found no matching overload for "); ok {
		e.Message = "no such use of " + strings.ReplaceAll(rest, "dyn", "any")
	}
	return e
}

func celError(source string, issues *cel.Issues) *Error {
	errs := issues.Errors()
	if len(errs) == 0 {
		return &Error{Message: issues.Err().Error()}
	}
	first := errs[0]
	message := strings.TrimPrefix(first.Message, "Syntax error: ")
	e := &Error{Message: shorten(strings.TrimSpace(message))}
	if first.Location != nil {
		e.Offset = offsetAt(source, first.Location.Line(), first.Location.Column())
	}
	return e
}

// offsetAt is the place of a 1-based line and a 0-based column in characters, in bytes.
func offsetAt(source string, line, column int) int {
	offset := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(source[offset:], '\n')
		if i < 0 {
			break
		}
		offset += i + 1
	}
	for ; column > 0 && offset < len(source); column-- {
		_, n := utf8.DecodeRuneInString(source[offset:])
		offset += n
	}
	return offset
}

// suggest is a hint with the known name that is nearest to a misspelt one, if any is near; else the names that there are.
func suggest(name string, known []string) string {
	best, distance := "", 1+(len(name)+1)/3
	for _, candidate := range known {
		if d := editDistance(name, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return ""
}

// editDistance counts the letters to insert, remove or replace.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
