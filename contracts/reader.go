package contracts

import (
	"fmt"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// A reader turns YAML nodes into ours and reports what LANGUAGE section 9
// forbids. It bounds depth and number of nodes itself, because decoding into
// nodes bypasses the library's own checks.
type reader struct {
	loader *loader
	file   *file
	nodes  int
	full   bool
}

// read gives the node, or nil when the document is beyond the bounds.
func (r *reader) read(y *yaml.Node, depth int) *node {
	n := &node{pos: Position{r.file.name, y.Line, y.Column}, width: 1, file: r.file, style: y.Style}
	r.nodes++
	switch {
	case r.full:
		return nil
	case r.nodes > maxNodes:
		r.full = true
		r.loader.mistake(n, "", "more than %d values in one file", maxNodes)
		return nil
	case depth > maxDepth:
		r.loader.mistake(n, "", "nested more than %d levels deep", maxDepth)
		n.shape = missing
		return n
	}
	r.refuse(n, y)
	switch y.Kind {
	case yaml.ScalarNode:
		r.scalar(n, y)
	case yaml.SequenceNode:
		r.sequence(n, y, depth)
	case yaml.MappingNode:
		r.mapping(n, y, depth)
	default:
		n.shape = missing
	}
	return n
}

// refuse reports tags, anchors and aliases.
func (r *reader) refuse(n *node, y *yaml.Node) {
	if r.loader.lost() {
		return
	}
	if tagged(y) {
		tag := r.tagText(n)
		n.width = utf8.RuneCountInString(tag)
		if strings.HasPrefix(tag, "!!") {
			r.loader.mistake(n, "drop it; quote a number that is meant as text", "tags are not read: %s", tag)
		} else {
			hint := fmt.Sprintf("quote an expression that starts with !: %q", strings.TrimSpace(r.restOfLine(n)))
			r.loader.mistake(n, hint, "%s is read by YAML as a tag, and its text would be lost", tag)
		}
	}
	if y.Anchor != "" && y.Kind != yaml.AliasNode {
		r.loader.mistake(n, "drop the &, or quote a text that starts with &", "anchors are not read: &%s", y.Anchor)
	}
	if y.Kind == yaml.AliasNode {
		n.width = utf8.RuneCountInString(y.Value) + 1
		r.loader.mistake(n, "write the value out, or quote a text that starts with *", "aliases are not read: *%s", y.Value)
	}
}

func (r *reader) restOfLine(n *node) string {
	if n.pos.Line < 1 || n.pos.Line > len(r.file.lines) {
		return ""
	}
	line := r.file.lines[n.pos.Line-1]
	return firstRunes(line[len(firstRunes(line, n.pos.Column-1)):], maxLine)
}

// tagText is the tag as it was written.
func (r *reader) tagText(n *node) string {
	fields := strings.Fields(r.restOfLine(n))
	if len(fields) == 0 {
		return "!"
	}
	return fields[0]
}

func (r *reader) scalar(n *node, y *yaml.Node) {
	n.text, n.shape = y.Value, text
	quoted := y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
	n.width = utf8.RuneCountInString(firstLine(y.Value))
	if quoted {
		n.width += 2
	}
	n.width = max(n.width, 1)
	block := y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	switch {
	case quoted, block:
	case tagged(y):
		if y.Value == "" {
			n.shape = missing
		}
	case y.Value == "":
		n.shape = missing
	default:
		is, wrong, hint := plainScalar(y.Value)
		n.shape = is
		if wrong != "" {
			r.loader.mistake(n, hint, "%s", wrong)
		}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func (r *reader) sequence(n *node, y *yaml.Node, depth int) {
	n.shape = list
	for _, c := range y.Content {
		item := r.read(c, depth+1)
		if item == nil {
			return
		}
		if item.shape == missing && bare(c) {
			r.loader.mistake(item, "write null or \"\"", "an item without a value")
			continue
		}
		n.items = append(n.items, item)
	}
}

func (r *reader) mapping(n *node, y *yaml.Node, depth int) {
	n.shape = mapping
	seen := map[string]*node{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := r.readKey(y.Content[i], depth)
		value := r.read(y.Content[i+1], depth+1)
		if value == nil {
			return
		}
		if key == nil {
			continue
		}
		if first := seen[key.text]; first != nil {
			r.loader.mistake(key, "a key may stand once in a map", "key %q is already there in line %d", key.text, first.pos.Line)
			continue
		}
		seen[key.text] = key
		if value.shape == missing && bare(y.Content[i+1]) {
			r.withoutValue(key, y)
		}
		n.pairs = append(n.pairs, pair{key, value})
	}
}

// bare tells a value that simply is not there from one that was reported as a
// tag, an alias or too deep.
func bare(y *yaml.Node) bool {
	return y.Kind == yaml.ScalarNode && y.Value == "" && y.Anchor == "" && !tagged(y)
}

// tagged knows a ! that stands alone, too, which the library does not count as a
// style: `expect: ! has(x)` would be has(x).
func tagged(y *yaml.Node) bool { return y.Style&yaml.TaggedStyle != 0 || y.Tag == "!" }

func (r *reader) withoutValue(key *node, y *yaml.Node) {
	hint := "write null, \"\" or {} if that is meant"
	if y.Style&yaml.FlowStyle != 0 {
		hint = "quote a text that holds a comma, as in {text: \"Hello, world\"}; write null or \"\" if that is meant"
	}
	r.loader.mistake(key, hint, "key %q has no value", key.text)
}

// readKey gives the key, or nil after reporting what cannot be one.
func (r *reader) readKey(y *yaml.Node, depth int) *node {
	n := &node{pos: Position{r.file.name, y.Line, y.Column}, width: 1, file: r.file, style: y.Style, shape: text, text: y.Value}
	r.nodes++
	r.refuse(n, y)
	switch {
	case y.Kind == yaml.AliasNode:
		return nil
	case y.Kind != yaml.ScalarNode:
		r.loader.mistake(n, "keys are text", "a map or list cannot be a key")
		return nil
	case y.Tag == "!!merge":
		n.width = 2
		r.loader.mistake(n, "write the keys out, or quote \"<<\"", "merge keys are not read")
		return nil
	}
	n.width = max(1, utf8.RuneCountInString(firstLine(y.Value)))
	if y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		n.width += 2
	}
	return n
}
