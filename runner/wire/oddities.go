package wire

import (
	"fmt"
	"strings"
)

// maxFacts bounds what one reply can make us write down: a body may hold a million duplicate keys.
const maxFacts = 20

// oddities gathers what was odd about an exchange without deciding anything. Its lines may quote the provider: they are
// masked, and only then clipped, when the exchange is captured.
type oddities struct{ lines []string }

func (f *oddities) add(format string, args ...any) {
	switch {
	case len(f.lines) < maxFacts:
		f.lines = append(f.lines, fmt.Sprintf(format, args...))
	case len(f.lines) == maxFacts:
		f.lines = append(f.lines, "and more of the kind")
	}
}

// clip keeps the first n bytes of a text, marking that there was more.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "…"
}
