package comparison

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A body is what the bodies of several replies have for fields: by path, the types that were
// seen there, and in how many of the objects around it.
type body struct {
	at map[string]*spot
}

// A spot is one path.
type spot struct {
	types   []string
	times   int // it was there
	objects int // of those, it was an object
}

func newBody() *body { return &body{at: map[string]*spot{}} }

// Bounds of an outline. What is beyond them is not compared: who sends more has no shape.
const (
	mostFields = 500
	mostKeys   = 100 // in one object; more are a map, whose keys are data
	deepest    = 12
)

// add takes one body in: a JSON value, or several after one another (NDJSON). Any other text has
// no fields, and one that was cut short has none that can be trusted.
func (b *body) add(text string) {
	trimmed := strings.TrimLeft(text, " \t\r\n\ufeff")
	if trimmed == "" || !strings.ContainsAny(trimmed[:1], `{["`) && len(trimmed) > 40 {
		return
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var values []any
	for {
		var value any
		err := decoder.Decode(&value)
		if err == io.EOF {
			break
		}
		if err != nil {
			return
		}
		values = append(values, value)
	}
	for _, value := range values {
		b.walk("", value, 0)
	}
}

func (b *body) walk(path string, value any, depth int) {
	s := b.at[path]
	if s == nil {
		if len(b.at) >= mostFields {
			return
		}
		s = &spot{}
		b.at[path] = s
	}
	s.times++
	if kind := typeOf(value); !slices.Contains(s.types, kind) {
		s.types = append(s.types, kind)
	}
	if depth >= deepest {
		return
	}
	switch v := value.(type) {
	case []any:
		for _, each := range v {
			b.walk(path+"[]", each, depth+1)
		}
	case map[string]any:
		s.objects++
		for _, name := range slices.Sorted(maps.Keys(v)) { // sorted, so that the bound cuts alike
			b.walk(join(path, name, len(v)), v[name], depth+1)
		}
	}
}

// typeOf names a JSON type. Whole numbers are numbers: 4 and 4.5 are values of one field.
func typeOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "list"
	case map[string]any:
		return "object"
	}
	return "number"
}

// join is the path of a field. A key that is data and no name (an identity, or one of very
// many) is *.
func join(path, name string, siblings int) string {
	switch {
	case siblings > mostKeys || isData(name):
		name = "*"
	case name == "" || name == "*" || strings.ContainsAny(name, `.[]"`):
		name = strconv.Quote(strings.ReplaceAll(name, `"`, "'"))
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

func isData(name string) bool {
	return name != "" && (strings.Trim(name, "0123456789") == "" || once.FindString(name) == name)
}

// parent is the path of the object that a field is in; false for an element or the body itself.
func parent(path string) (string, bool) {
	if path == "" || strings.HasSuffix(path, "[]") || path == "*" || strings.HasSuffix(path, ".*") {
		return "", false
	}
	quoted := false
	for i := len(path) - 1; i >= 0; i-- {
		switch path[i] {
		case '"':
			quoted = !quoted
		case '.':
			if !quoted {
				return path[:i], true
			}
		}
	}
	return "", true
}

// fields are the types by path.
func (b *body) fields() map[string]string {
	out := make(map[string]string, len(b.at))
	for path, s := range b.at {
		types := slices.Clone(s.types)
		if above, ok := parent(path); ok && b.at[above] != nil && s.times < b.at[above].objects {
			types = append(types, absent)
		}
		slices.Sort(types)
		out[path] = strings.Join(types, "|")
	}
	return out
}

// absent is the type of a field that is not there.
const absent = "absent"
