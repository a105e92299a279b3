package engine

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// walkPath goes down a path of names; what is not there is absent.
func walkPath(value any, path []string) any {
	for _, name := range path {
		m, ok := value.(map[string]any)
		if !ok {
			return expr.Absent
		}
		if value, ok = m[name]; !ok {
			return expr.Absent
		}
	}
	return value
}

// setPath gives a copy of a map with one value replaced, copying only the maps
// on the way.
func setPath(value any, path []string, to any) any {
	if len(path) == 0 {
		return to
	}
	old, _ := value.(map[string]any)
	fresh := make(map[string]any, len(old)+1)
	maps.Copy(fresh, old)
	fresh[path[0]] = setPath(old[path[0]], path[1:], to)
	return fresh
}

// plainValue is a value as a record holds it, which knows no absence.
func plainValue(value any) any {
	if value == expr.Absent {
		return nil
	}
	return value
}

// orEmptyValue is a value on which others can be laid: of what is absent, an empty map.
func orEmptyValue(value any) any {
	if value == expr.Absent {
		return map[string]any{}
	}
	return value
}

// mergeValues lays one value over another, map by map.
func mergeValues(base, over any) any {
	left, okLeft := base.(map[string]any)
	right, okRight := over.(map[string]any)
	if !okLeft || !okRight {
		return over
	}
	merged := make(map[string]any, len(left)+len(right))
	maps.Copy(merged, left)
	for name, value := range right {
		merged[name] = mergeValues(merged[name], value)
	}
	return merged
}

// pruned is a value without what stands at some paths. Unlike setPath with an absent
// value it leaves nothing behind that would be sent, and makes no maps on the way.
func pruned(value any, paths [][]string) any {
	for _, path := range paths {
		value = without(value, path)
	}
	return value
}

func without(value any, path []string) any {
	fields, isMap := value.(map[string]any)
	if !isMap || len(path) == 0 {
		return value
	}
	below, has := fields[path[0]]
	if !has {
		return value
	}
	rest := maps.Clone(fields)
	if len(path) == 1 {
		delete(rest, path[0])
	} else {
		rest[path[0]] = without(below, path[1:])
	}
	return rest
}

// identityText is an identity as text; "" for what identifies nothing.
func identityText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return expr.Canonical(v)
	}
	return ""
}

// plain is a scalar as it stands in a query or a header.
func plain(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return expr.Format(value)
}

func number(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }

func anyList(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}

func splitFields(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })
}

// differing gives the paths at which two values differ, through maps; a list is
// one value.
func differing(a, b any) [][]string {
	return differingAt(nil, a, b)
}

func differingAt(path []string, a, b any) [][]string {
	left, okLeft := a.(map[string]any)
	right, okRight := b.(map[string]any)
	if !okLeft || !okRight {
		if same(a, b) {
			return nil
		}
		return [][]string{append([]string{}, path...)}
	}
	names := map[string]any{}
	maps.Copy(names, left)
	maps.Copy(names, right)
	var found [][]string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		found = append(found, differingAt(append(path[:len(path):len(path)], name), missing(left, name), missing(right, name))...)
	}
	return found
}

func missing(m map[string]any, name string) any {
	if value, ok := m[name]; ok {
		return value
	}
	return expr.Absent
}

func same(a, b any) bool {
	if a == expr.Absent || b == expr.Absent {
		return a == b
	}
	return expr.Equal(a, b)
}

// jsonLike makes of a Go value what JSON would make of it, numbers exact; a value
// that JSON cannot write is unknown.
func jsonLike(value any) any {
	text, err := json.Marshal(value)
	if err != nil {
		return expr.Unknown{Why: err.Error()}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var decoded any
	if err := decoder.Decode(&decoded); err != nil {
		return expr.Unknown{Why: err.Error()}
	}
	return decoded
}

// anyLeaf tells whether something holds for anything in a value that is no map and no list.
func anyLeaf(value any, holds func(any) bool) bool {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			if anyLeaf(element, holds) {
				return true
			}
		}
		return false
	case map[string]any:
		for _, element := range v {
			if anyLeaf(element, holds) {
				return true
			}
		}
		return false
	}
	return holds(value)
}

// storable tells whether a value is neither absent nor unknown, so that a record
// can hold it.
func storable(value any) bool {
	return !anyLeaf(value, func(leaf any) bool {
		_, unknown := leaf.(expr.Unknown)
		return unknown || leaf == expr.Absent
	})
}
