package expr

import "strings"

// closingBrace finds the } that closes a { whose inside begins at from. It reads as CEL does: braces in string literals,
// of all of CEL's spellings, and in comments do not count, and those of nested maps pair up.
func closingBrace(text string, from int) (at int, found bool) {
	depth := 0
	for i := from; i < len(text); {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i, true
			}
			depth--
		case '\'', '"':
			i = stringEnd(text, from, i)
			continue
		case '/':
			if strings.HasPrefix(text[i:], "//") {
				i = lineEnd(text, i)
				continue
			}
		}
		i++
	}
	return 0, false
}

// stringEnd is the place after the string literal that opens at i; the end of the text if it is not closed.
func stringEnd(text string, from, i int) int {
	quote := text[i : i+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(text[i:], triple) {
		quote = triple
	}
	raw := isRaw(text[from:i])
	for i += len(quote); i < len(text); i++ {
		if text[i] == '\\' && !raw {
			i++
		} else if strings.HasPrefix(text[i:], quote) {
			return i + len(quote)
		}
	}
	return len(text)
}

// isRaw says whether what stands before a quote makes the literal raw: r”, br”, and so on, not the end of a name.
func isRaw(before string) bool {
	rest := strings.TrimRight(before, "rRbB")
	prefix := before[len(rest):]
	return len(prefix) <= 2 && strings.ContainsAny(prefix, "rR") && !endsInName(rest)
}

func endsInName(text string) bool {
	return text != "" && isNameByte(text[len(text)-1])
}

func isNameByte(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

func lineEnd(text string, i int) int {
	if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
		return i + end
	}
	return len(text)
}
