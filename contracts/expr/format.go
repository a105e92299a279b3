package expr

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// formatLimit is how much of a value a message shows, in bytes.
const formatLimit = 200

// Format writes a value for a message: text quoted, numbers as written, null, absent, unknown with its reason, lists and
// maps as compact JSON with sorted keys. What is longer than 200 bytes is cut and ends in "…".
func Format(v any) string {
	var b strings.Builder
	writeValue(&b, v)
	return shorten(b.String())
}

// writeValue stops once the limit is passed, so that a large body costs no more than a small one.
func writeValue(b *strings.Builder, v any) {
	if b.Len() > formatLimit {
		return
	}
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case string:
		b.WriteString(strconv.Quote(cut(v, formatLimit)))
	case Absence:
		b.WriteString("absent")
	case Unknown:
		b.WriteString(v.String())
	case []any:
		writeList(b, v)
	case map[string]any:
		writeMap(b, v)
	default:
		if n, ok := numberOf(v); ok {
			b.WriteString(n.text)
			return
		}
		b.WriteString(kindOf(v))
	}
}

func writeList(b *strings.Builder, list []any) {
	b.WriteByte('[')
	for i, item := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		if writeValue(b, item); b.Len() > formatLimit {
			return
		}
	}
	b.WriteByte(']')
}

func writeMap(b *strings.Builder, m map[string]any) {
	b.WriteByte('{')
	for i, key := range sortedKeys(m) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(cut(key, formatLimit)) + ":")
		if writeValue(b, m[key]); b.Len() > formatLimit {
			return
		}
	}
	b.WriteByte('}')
}

func shorten(text string) string {
	if len(text) <= formatLimit {
		return text
	}
	return cut(text, formatLimit-len("…")) + "…"
}

// cut keeps at most n bytes and no half character; what it cuts still exceeds the limit once it is quoted.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
