package contracts

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// program compiles a bare expression. nil: there is none, or it is a mistake.
func (l *loader) program(n *node, s scope, want expr.Want) *expr.Program {
	if n == nil {
		return nil
	}
	if n.shape != text && n.shape != boolean && n.shape != number && n.shape != null {
		l.mistake(n, "", "an expression must be text, not %s", n.shape)
		return nil
	}
	if strings.TrimSpace(n.text) == "" {
		l.mistake(n, "leave the key out, or write an expression", "the expression is empty")
		return nil
	}
	p, err := expr.Compile(n.text, s.names, want)
	if err != nil {
		l.misexpressed(n, 0, err, strings.Contains(n.text, "${"))
		return nil
	}
	l.members(n, s, p.Refs())
	return p
}

// secretReference is a reference that only polygraph.yaml may hold.
var secretReference = regexp.MustCompile(`\$\{\s*(env|file|exec)\b`)

// template compiles a text with ${…}.
func (l *loader) template(n *node, s scope) *expr.Template {
	if n == nil || l.text(n, "text") == "" {
		return nil
	}
	return l.parsed(n, s)
}

// parsed is the template that a text is; nil, and a mistake, where it is none.
func (l *loader) parsed(n *node, s scope) *expr.Template {
	if l.leaks(n) {
		return nil
	}
	t, err := expr.ParseTemplate(n.text, s.names)
	if err != nil {
		l.misexpressed(n, 0, err, false)
		return nil
	}
	l.members(n, s, t.Refs())
	return t
}

// hole is a ${…} of a selection, good enough to put a word in its place.
var hole = regexp.MustCompile(`\$\{[^}]*\}`)

// selection compiles `find`: CSS, as it reads once its ${…} are filled in.
func (l *loader) selection(n *node, s scope) *expr.Template {
	t := l.template(n, s)
	if t == nil {
		return nil
	}
	if _, err := cascadia.ParseGroup(hole.ReplaceAllString(n.text, "x")); err != nil {
		l.mistake(n, "write it as \"[data-review='${review.id}']\" or \"li.review\"", "%s is no CSS selection: %s", quote(n.text), oneLine(err))
		return nil
	}
	return t
}

// leaks reports a reference to a secret outside of polygraph.yaml: a contract
// could send it anywhere.
func (l *loader) leaks(n *node) bool {
	at := secretReference.FindStringIndex(n.text)
	if at == nil || strings.HasSuffix(n.text[:at[0]], "$") {
		return false
	}
	l.mistakeAt(n, n.at(at[0]), at[1]-at[0], "name secrets as credentials of an account in polygraph.yaml, other values in vars, as ${target.x}",
		"a reference to the environment, a file or a command is allowed in polygraph.yaml only")
	return true
}

// misexpressed reports what the compiler says, at its place. The offset is that
// of the source in the node's text.
func (l *loader) misexpressed(n *node, offset int, err error, wrapped bool) {
	var e *expr.Error
	if !errors.As(err, &e) {
		l.mistake(n, "", "%s", err)
		return
	}
	hint := e.Hint
	switch where := standing[e.Unknown]; {
	case wrapped:
		hint = "this key holds a bare expression; leave out ${ and }"
	case where != "":
		hint = e.Unknown + " is " + where
	}
	at := offset + max(0, min(e.Offset, len(n.text)))
	l.mistakeAt(n, n.at(at), wordWidth(n.text, at), hint, e.Message)
}

// wordWidth is the width of the word at an offset, at least 1.
func wordWidth(s string, at int) int {
	if at > len(s) {
		return 1
	}
	width := 0
	for _, r := range s[at:] {
		if r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			break
		}
		width++
	}
	return max(1, width)
}

// members reports names that can never be there: after.prodct.
func (l *loader) members(n *node, s scope, refs [][]string) {
	for _, ref := range refs {
		if len(ref) < 2 {
			continue
		}
		known, closed := s.members[ref[0]]
		if !closed || slices.Contains(known, ref[1]) {
			continue
		}
		at := max(0, strings.Index(n.text, ref[0]+"."+ref[1]))
		known = slices.Clone(known)
		slices.Sort(known)
		l.mistakeAt(n, n.at(at), len(ref[0])+1+len(ref[1]), didYouMean(ref[1], known)+memberHint(ref[0], slices.Compact(known)),
			fmt.Sprintf("%s has no %s", ref[0], quote(ref[1])))
	}
}

func memberHint(variable string, known []string) string {
	all := sentence(known)
	switch variable {
	case "account":
		return "account has " + all + "; facts come from account.take in provider.yaml"
	case "target":
		return "target has " + all + "; they come from vars"
	case "before", "after", "reads":
		return variable + " has the probes and things of this contract: " + all
	}
	return variable + " has " + all
}

// named gives expressions by name, in the order of the file.
func (l *loader) named(n *node, s scope, what string) []Named {
	if n == nil {
		return nil
	}
	if n.shape != mapping {
		l.mistake(n, "write "+what+": {name: expression}", "%s must be a map, not %s", what, n.shape)
		return nil
	}
	var out []Named
	for _, p := range n.pairs {
		if p.value.shape == missing {
			continue
		}
		out = append(out, Named{Name: p.key.text, Expr: l.program(p.value, s, expr.Any)})
	}
	return out
}

// data reads a value in which texts may hold ${…}.
func (l *loader) data(n *node, s scope) *expr.Data {
	if n == nil {
		return nil
	}
	switch n.shape {
	case missing:
		return nil
	case null:
		return expr.NewRemove(n.pos)
	case list:
		var items []*expr.Data
		for _, item := range n.items {
			items = append(items, orNull(l.data(item, s), item))
		}
		return expr.NewList(n.pos, items...)
	case mapping:
		var entries []expr.Entry
		for _, p := range n.pairs {
			if v := l.data(p.value, s); v != nil {
				entries = append(entries, expr.Entry{Key: p.key.text, Value: v})
			}
		}
		return expr.NewMap(n.pos, entries...)
	case text:
		return l.textData(n, s)
	}
	return expr.NewLiteral(n.pos, n.plain())
}

func orNull(d *expr.Data, n *node) *expr.Data {
	if d == nil {
		return expr.NewRemove(n.pos)
	}
	return d
}

// textData is a literal text or a template.
func (l *loader) textData(n *node, s scope) *expr.Data {
	if !strings.Contains(n.text, "${") {
		return expr.NewLiteral(n.pos, n.text)
	}
	if t := l.parsed(n, s); t != nil {
		return expr.NewTemplate(n.pos, t)
	}
	return nil
}

// dataMap reads a map of data: query, headers, set.
func (l *loader) dataMap(n *node, s scope, what string) *expr.Data {
	if n == nil {
		return nil
	}
	if n.shape == null {
		return l.data(n, s)
	}
	if n.shape != mapping {
		l.mistake(n, "write {name: value}", "%s must be a map, not %s", what, n.shape)
		return nil
	}
	return l.data(n, s)
}
