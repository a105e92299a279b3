package expr

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// DataKind is what a node of Data is.
type DataKind int

// The kinds of data.
const (
	DataMap DataKind = iota
	DataList
	DataLiteral  // null, a truth value, a number or text
	DataTemplate // text with ${…} in it
	DataRemove   // a null that a call does not send: "leave this out", as in a JSON merge patch (RFC 7396)
)

// Data is a tree of data as written in YAML: what a call sends, what a field is set to. It is immutable, and a merged
// tree shares its parts with both sides.
type Data struct {
	Kind     DataKind
	Pos      any // where it stands in its file; the loader's own, never looked at here
	entries  []Entry
	items    []*Data
	literal  any
	template *Template
}

// Entry is a key of a map with its value.
type Entry struct {
	Key   string
	Value *Data
}

// NewMap is a map that keeps the order of its entries. Keys must differ; the loader sees to that.
func NewMap(pos any, entries ...Entry) *Data {
	return &Data{Kind: DataMap, Pos: pos, entries: entries}
}

// NewList is a list.
func NewList(pos any, items ...*Data) *Data {
	return &Data{Kind: DataList, Pos: pos, items: items}
}

// NewLiteral is nil, a bool, a json.Number or a string, which is sent as it is.
func NewLiteral(pos any, value any) *Data {
	return &Data{Kind: DataLiteral, Pos: pos, literal: value}
}

// NewTemplate is text with expressions; without any it becomes a literal.
func NewTemplate(pos any, t *Template) *Data {
	if text, ok := t.Literal(); ok {
		return NewLiteral(pos, text)
	}
	return &Data{Kind: DataTemplate, Pos: pos, template: t}
}

// NewRemove is a literal null where null means "not sent"; `${null}` is how to send one.
func NewRemove(pos any) *Data {
	return &Data{Kind: DataRemove, Pos: pos}
}

// Entries are the entries of a map, in order; nil of anything else, and of no data.
func (d *Data) Entries() []Entry {
	if d == nil {
		return nil
	}
	return d.entries
}

// Items are the elements of a list; nil of anything else, and of no data.
func (d *Data) Items() []*Data {
	if d == nil {
		return nil
	}
	return d.items
}

// Keys are the literal keys at the top of a map, in order, those that are marked as removed included.
func (d *Data) Keys() []string {
	keys := make([]string, 0, len(d.Entries()))
	for _, entry := range d.Entries() {
		keys = append(keys, entry.Key)
	}
	return keys
}

// Get is the value under a key at the top of a map, or nil.
func (d *Data) Get(key string) *Data {
	for _, entry := range d.Entries() {
		if entry.Key == key {
			return entry.Value
		}
	}
	return nil
}

// Literal is the value of a literal.
func (d *Data) Literal() (any, bool) {
	if d == nil || d.Kind != DataLiteral {
		return nil, false
	}
	return d.literal, true
}

// Template is the template of a node, or nil.
func (d *Data) Template() *Template {
	if d == nil {
		return nil
	}
	return d.template
}

// Walk visits every node, parents first, with its path: names of maps, decimal positions in lists. It may be called on
// no data. The path is the visitor's to keep.
func (d *Data) Walk(visit func(path []string, d *Data)) {
	d.walk(nil, visit)
}

func (d *Data) walk(path []string, visit func([]string, *Data)) {
	if d == nil {
		return
	}
	visit(path, d)
	for _, entry := range d.entries {
		entry.Value.walk(append(path[:len(path):len(path)], entry.Key), visit)
	}
	for i, item := range d.items {
		item.walk(append(path[:len(path):len(path)], strconv.Itoa(i)), visit)
	}
}

// Removed are the paths that are marked as removed, in order.
func (d *Data) Removed() [][]string {
	var removed [][]string
	d.Walk(func(path []string, d *Data) {
		if d.Kind == DataRemove {
			removed = append(removed, path)
		}
	})
	return removed
}

// Refs are the paths that the expressions in it read, as Program.Refs.
func (d *Data) Refs() [][]string {
	var refs [][]string
	d.Walk(func(_ []string, d *Data) {
		if d.template != nil {
			refs = mergeRefs(refs, d.template.Refs())
		}
	})
	return refs
}

// Merge is a JSON merge patch (RFC 7396): a map is merged key by key, anything else replaces what was there. Marks of
// removal stay in the result, where the RFC would drop the key, so that a reader of the result can still tell that a
// case left the title out. Either side may be nil. A template that yields a map is replaced, not merged into.
func (d *Data) Merge(patch *Data) *Data {
	if patch == nil {
		return d
	}
	if d == nil || d.Kind != DataMap || patch.Kind != DataMap {
		return patch
	}
	merged := make([]Entry, 0, len(d.entries)+len(patch.entries))
	for _, entry := range d.entries {
		merged = append(merged, Entry{entry.Key, entry.Value.Merge(patch.Get(entry.Key))})
	}
	for _, entry := range patch.entries {
		if d.Get(entry.Key) == nil {
			merged = append(merged, entry)
		}
	}
	return NewMap(patch.Pos, merged...)
}

// Eval is the data with its templates filled in: map[string]any, []any and scalars. What is marked as removed is left
// out of maps, is null in lists, and is Absent when it is all there is, as is no data. Absent and Unknown answers stand
// where their template stood. An error names the path: "lines[0].title: …".
func (d *Data) Eval(v Vars) (any, error) {
	e := evaluation{ask: func(p *Program) (any, error) { return p.Eval(v) }}
	return e.top(d)
}

// EvalStrict is Eval for what a call sends: an absent or unknown value anywhere is an error that names the path and the
// expression, because a request without it would be another request.
func (d *Data) EvalStrict(v Vars) (any, error) {
	e := evaluation{strict: true, ask: func(p *Program) (any, error) { return p.evalStrict(v) }}
	return e.top(d)
}

type evaluation struct {
	strict bool
	ask    func(*Program) (any, error)
}

func (e *evaluation) top(d *Data) (any, error) {
	if d == nil || d.Kind == DataRemove {
		return Absent, nil
	}
	return e.eval("", d)
}

func (e *evaluation) eval(path string, d *Data) (any, error) {
	if d == nil {
		return nil, nil
	}
	switch d.Kind {
	case DataMap:
		return e.evalMap(path, d)
	case DataList:
		return e.evalList(path, d)
	case DataTemplate:
		return e.evalTemplate(path, d.template)
	case DataRemove:
		return nil, nil
	}
	return d.literal, nil
}

func (e *evaluation) evalMap(path string, d *Data) (any, error) {
	m := make(map[string]any, len(d.entries))
	for _, entry := range d.entries {
		if entry.Value == nil || entry.Value.Kind == DataRemove {
			continue
		}
		value, err := e.eval(joinName(path, entry.Key), entry.Value)
		if err != nil {
			return nil, err
		}
		m[entry.Key] = value
	}
	return m, nil
}

func (e *evaluation) evalList(path string, d *Data) (any, error) {
	list := make([]any, len(d.items))
	for i, item := range d.items {
		value, err := e.eval(path+"["+strconv.Itoa(i)+"]", item)
		if err != nil {
			return nil, err
		}
		list[i] = value
	}
	return list, nil
}

func (e *evaluation) evalTemplate(path string, t *Template) (any, error) {
	value, err := t.fill(e.ask)
	if err != nil {
		return nil, atPath(path, err)
	}
	if !e.strict {
		return value, nil
	}
	if inner, missing, found := findMissing("", value); found {
		where := t.source
		if inner != "" {
			where += " at " + inner
		}
		return nil, atPath(path, errors.New(where+" is "+missing))
	}
	return value, nil
}

func atPath(path string, err error) error {
	if path == "" {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

func joinName(path, name string) string {
	if strings.ContainsAny(name, ".[]'\" ") || name == "" {
		return path + "['" + name + "']"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// findMissing is the first absent or unknown value in an answer, and where in it.
func findMissing(path string, v any) (at, missing string, found bool) {
	switch v := v.(type) {
	case Absence:
		return path, v.String(), true
	case Unknown:
		return path, v.String(), true
	case []any:
		for i, item := range v {
			if at, missing, found = findMissing(path+"["+strconv.Itoa(i)+"]", item); found {
				return at, missing, true
			}
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			if at, missing, found = findMissing(joinName(path, key), v[key]); found {
				return at, missing, true
			}
		}
	}
	return "", "", false
}
