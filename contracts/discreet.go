package contracts

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

// discreet gives the mistakes without the lines of polygraph.yaml in which a secret
// is written out: mistakes end up in the logs of builds. Targets is the file's root;
// nil where it could not be parsed, and then a line that looks like a credential is
// left out, too.
func (l *loader) discreet(targets *node) Mistakes {
	written := map[int]bool{}
	writtenOut(targets, false, written)
	for i, m := range l.mistakes {
		if m.File == targetsFile && (written[m.Line] || targets == nil && credentialLike.MatchString(m.Text)) {
			l.mistakes[i].Text = ""
		}
	}
	return l.mistakes
}

var credentialLike = regexp.MustCompile(`(?i)bearer|password|passwd|key|secret|token|credential`)

// shortestSecret is the length of a text from which on it may be a secret; guest is none.
const shortestSecret = 8

// writtenOut marks the lines of texts under `credentials` that are more than a
// reference.
func writtenOut(n *node, within bool, lines map[int]bool) {
	if n == nil {
		return
	}
	if within && n.scalar() && len(n.text) >= shortestSecret && (Reference{Text: n.text}).holdsLiteral() {
		for more := range 1 + strings.Count(n.text, "\n") + strings.Count(n.text, "\\n") {
			lines[n.pos.Line+more] = true
		}
	}
	for _, item := range n.items {
		writtenOut(item, within, lines)
	}
	for _, p := range n.pairs {
		writtenOut(p.value, within || p.key.text == "credentials", lines)
	}
}

// holdsLiteral tells whether a text is more than sources alone.
func (r Reference) holdsLiteral() bool {
	ps, err := pieces(r.Text)
	for _, p := range ps {
		if p.source == "" {
			return true
		}
	}
	return err != nil
}

// Format prints the sources, and *** for what is written out: on a target on this
// machine that may be the secret itself.
func (r Reference) Format(f fmt.State, _ rune) {
	ps, err := pieces(r.Text)
	if err != nil {
		ps = []piece{{}}
	}
	for _, p := range ps {
		text := "***"
		if p.source != "" {
			text = "${" + p.source + "." + p.text + "}"
		}
		_, _ = io.WriteString(f, text)
	}
}

// MarshalText is what Format prints.
func (r Reference) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%v", r), nil }
