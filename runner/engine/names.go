package engine

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// namesFor are the values that the calls which find and delete a thing name of the
// cell's other things, as the journal keeps them: `DELETE /projects/{project.id}/issues/{key}`
// cannot be filled in after a crash by who does not know the project. A value that
// holds a secret is not kept, and the sweep then says what it lacks.
func (a *attempt) namesFor(t *thing) map[string]string {
	vars := a.vars(nil)
	maps.Copy(vars, t.parents)
	kept := map[string]string{}
	for _, call := range []*contracts.Call{t.resource.Read, t.resource.List, t.resource.Delete} {
		for _, ref := range callRefs(call) {
			if ref[0] == t.name || ref[0] == t.resource.Name || !a.isThing(ref[0]) {
				continue
			}
			of, _ := seenBy(vars, ref[0])
			value := walkPath(of, ref[1:])
			if text, may := a.mayKeep(value); may {
				kept[strings.Join(ref, ".")] = text
			}
		}
	}
	return kept
}

// paramsFor are the vars that mean something else in the calls of a thing, as the journal
// keeps them.
func (a *attempt) paramsFor(t *thing) map[string]string {
	kept := map[string]string{}
	for name, value := range t.params {
		kept[name] = "null" // no address is filled in with that: a sweep must not look under the suite's own
		if text, may := a.mayKeep(value); may {
			kept[name] = text
		}
	}
	return kept
}

// mayKeep writes a value for the journal; false for one that cannot be, or holds a secret.
func (a *attempt) mayKeep(value any) (string, bool) {
	text, err := json.Marshal(value)
	return string(text), err == nil && storable(value) && a.e.client.Redactor().MaskText(string(text)) == string(text)
}

// isThing tells whether a variable is one of the cell's things, by its own name or
// that of its resource.
func (a *attempt) isThing(name string) bool {
	return a.things[name] != nil || slices.ContainsFunc(a.given, func(t *thing) bool { return t.resource != nil && t.resource.Name == name })
}

// varsOf makes variables of what namesFor has kept.
func varsOf(kept map[string]string) expr.Vars {
	vars := expr.Vars{}
	for path, text := range kept {
		name, rest, _ := strings.Cut(path, ".")
		var below []string
		if rest != "" {
			below = splitPath(rest)
		}
		vars[name] = setPath(vars[name], below, jsonLike(json.RawMessage(text)))
	}
	return vars
}

// valuesOf reads what paramsFor has kept.
func valuesOf(kept map[string]string) map[string]any {
	values := make(map[string]any, len(kept))
	for name, text := range kept {
		values[name] = jsonLike(json.RawMessage(text))
	}
	return values
}

func anyEach(texts []map[string]string) []map[string]any {
	var all []map[string]any
	for _, fields := range texts {
		all = append(all, anyFields(fields))
	}
	return all
}

func anyFields(texts map[string]string) map[string]any {
	fields := make(map[string]any, len(texts))
	for path, text := range texts {
		fields[path] = text
	}
	return fields
}
