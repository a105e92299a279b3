package contracts

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// name is what may stand as a variable in an expression.
var name = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// text gives the text of a node; numbers and booleans are no text.
func (l *loader) text(n *node, what string) string {
	if n == nil {
		return ""
	}
	if n.shape != text {
		hint := ""
		if n.shape == number || n.shape == boolean {
			hint = fmt.Sprintf("quote it: %q", n.text)
		}
		l.mistake(n, hint, "%s must be text, not %s", what, n.shape)
		return ""
	}
	if strings.TrimSpace(n.text) == "" {
		l.mistake(n, "", "%s is empty", what)
	}
	return n.text
}

// words gives the nodes of a text or a list of texts.
func (l *loader) words(n *node, what string) []*node {
	if n == nil {
		return nil
	}
	items := []*node{n}
	if n.shape == list {
		items = n.items
	}
	var out []*node
	seen := map[string]bool{}
	for _, item := range items {
		if l.text(item, what) == "" {
			continue
		}
		if seen[item.text] {
			l.mistake(item, "", "%s is named twice in %s", quote(item.text), what)
			continue
		}
		seen[item.text] = true
		out = append(out, item)
	}
	return out
}

func texts(nodes []*node) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, n.text)
	}
	return out
}

// fieldPath splits a path as it stands in fields, also and secrets.
func (l *loader) fieldPath(n *node) []string {
	path := strings.Split(n.text, ".")
	if slices.Contains(path, "") {
		l.mistake(n, "write it as metadata.name", "%s is no path of a field", quote(n.text))
		return nil
	}
	return path
}

var durationText = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?(ms|s|m|h)([0-9]+(\.[0-9]+)?(ms|s|m|h))*$`)

// maxDuration bounds every time of a suite.
const maxDuration = 7 * 24 * time.Hour

// duration gives a time of the language (200ms, 5s, 2m, 1h), or nil.
func (l *loader) duration(n *node, what string) *time.Duration {
	if n == nil {
		return nil
	}
	const hint = "write a number with its unit: 200ms, 5s, 2m or 1h"
	if n.shape == number {
		l.mistake(n, hint, "%s has no unit", what)
		return nil
	}
	if n.shape != text || !durationText.MatchString(n.text) {
		l.mistake(n, hint, "%s is no duration", what)
		return nil
	}
	d, err := time.ParseDuration(n.text)
	if err != nil || d > maxDuration {
		l.mistake(n, hint, "%s is longer than 7 days", what)
		return nil
	}
	return &d
}

// waits reads within, stays and patience of a block.
func (l *loader) waits(n *node) Waits {
	w := Waits{
		Within:   l.duration(n.get("within"), "within"),
		Stays:    l.duration(n.get("stays"), "stays"),
		Patience: l.duration(n.get("patience"), "patience"),
	}
	if w.Within != nil && *w.Within == 0 {
		l.mistake(n.get("within"), "", "within must be longer than 0")
		w.Within = nil
	}
	return w
}

// impatient reports a patience that ends before the deadline.
func (l *loader) impatient(n *node, patience, within *time.Duration, why string) {
	if p := n.get("patience"); p != nil && patience != nil && within != nil && *patience < *within {
		l.mistake(p, "patience counts from the reply on, as within does, and must be at least as long",
			"patience %s is shorter than within %s%s", *patience, *within, why)
	}
}

// whole gives a whole number from least to most; 0 where none is written, or a wrong one.
func (l *loader) whole(n *node, what string, least, most int) int {
	if n == nil {
		return 0
	}
	v := 0
	if n.shape == number {
		if _, err := fmt.Sscanf(n.text, "%d", &v); err == nil && fmt.Sprint(v) == n.text && v >= least && v <= most {
			return v
		}
	}
	l.mistake(n, "", "%s must be a whole number from %d to %d", what, least, most)
	return 0
}

// oneOf gives a text out of a fixed few.
func (l *loader) oneOf(n *node, what string, words ...string) string {
	if n == nil {
		return ""
	}
	if n.shape != text || !slices.Contains(words, n.text) {
		l.mistake(n, didYouMean(n.text, words)+what+" is "+either(words), "%s is no %s", shown(n), what)
		return ""
	}
	return n.text
}

func either(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// shown is a node as it stands in a message.
func shown(n *node) string {
	if n.shape == text {
		return quote(n.text)
	}
	if n.scalar() {
		return n.text
	}
	return string(n.shape)
}

// variables of LANGUAGE section 8, and the words that cannot name a thing.
var reserved = []string{
	"read", "list", "key", "before", "after", "request", "response", "account", "target", "item", "job", "event",
	"answer", "index", "unique", "uuid", "now", "reads",
}

// standing says of the variables that only some blocks know what they are, and where
// they stand: elsewhere they are no misspelling of another name.
var standing = map[string]string{
	"job":    "what accepted.poll last gave: it stands in done, failed and id of accepted, and in answer, done, refused and id of each",
	"event":  "the body of a delivery: it stands in when and id of a webhook, in where of sends, and in done, failed and id of accepted",
	"answer": "what a bulk call says of one item: it stands in done, refused and id of each",
	"index":  "the number of an item, from 0: it stands in answer, done, refused and id of each",
	"item":   "one thing as it was read: it stands in gone and in read of a field; in each it is what was sent, in answer, done, refused and id",
}

// newName checks a name that the suite gives to a resource, probe, webhook or
// given thing.
func (l *loader) newName(n *node, what string) bool {
	switch {
	case slices.Contains(reserved, n.text):
		l.mistake(n, "choose another name; taken are "+sentence(reserved), "%s is a word of the language and cannot name a %s", quote(n.text), what)
	case slices.Contains([]string{"true", "false", "null", "in", "absent", "has", "size"}, n.text), !name.MatchString(n.text):
		l.mistake(n, "a name stands in expressions: letters, digits and _, not a digit first", "%s cannot name a %s", quote(n.text), what)
	default:
		return true
	}
	return false
}
