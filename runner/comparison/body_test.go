package comparison

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func fieldsOf(texts ...string) map[string]string {
	b := newBody()
	for _, text := range texts {
		b.add(text)
	}
	return b.fields()
}

func TestFields(t *testing.T) {
	var many, deep strings.Builder
	for i := range 150 {
		fmt.Fprintf(&many, `, "name%c%c": {"a": 1}`, 'a'+i%26, 'a'+i/26)
	}
	deep.WriteString(strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40))
	for _, each := range []struct {
		name  string
		texts []string
		want  map[string]string
	}{
		{"a scalar", []string{`7`}, map[string]string{"": "number"}},
		{"nothing", []string{"", "  \n"}, map[string]string{}},
		{"no JSON", []string{"<html>", "not found", `{"a": 1`, "{a}"}, map[string]string{}},
		{"types", []string{` { "a" : -1.5e3 , "b" : [ true , null ] , "c" : { } , "d" : "x\"}" , "e" : [ ] } `},
			map[string]string{"": "object", "a": "number", "b": "list", "b[]": "null|boolean", "c": "object", "d": "string", "e": "list"}},
		{"one without a field", []string{`[{"a": 1, "b": {"c": 1}}, {"b": {}}]`}, map[string]string{"": "list", "[]": "object", "[].a": "absent|number", "[].b": "object", "[].b.c": "absent|number"}},
		{"lines", []string{"{\"a\": 1}\n{\"a\": null}\n"}, map[string]string{"": "object", "a": "null|number"}},
		{"lines, one cut short", []string{"{\"a\": 1}\n{\"a\": nu"}, map[string]string{}},
		{"names that are data", []string{`{"8841": {"x": 1}, "8842": {"x": null, "y": 1}}`}, map[string]string{"": "object", "*": "object", "*.x": "null|number", "*.y": "absent|number"}},
		{"so many names that it is a map", []string{"{" + many.String()[2:] + "}"}, map[string]string{"": "object", "*": "object", "*.a": "number"}},
		{"odd names", []string{`{"a.b": 1, "": 2, "*": 3, "c\u0022d": 4, "e\nf": 5}`}, map[string]string{"": "object", `"a.b"`: "number", `""`: "number", `"*"`: "number", `"c'd"`: "number", "e\nf": "number"}},
	} {
		t.Run(each.name, func(t *testing.T) {
			if diff := cmp.Diff(each.want, fieldsOf(each.texts...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	if n := len(fieldsOf(deep.String())); n != deepest+1 {
		t.Errorf("forty deep gives %d fields", n)
	}
}

func FuzzFields(f *testing.F) {
	for _, text := range []string{`{"a": [1, {"b": null}], "c.d": "x"}`, "{\"a\": 1}\n{\"a\": 2}", `[[[]]]`, `"x"`, `{"\u0022\\": {"": 0}}`, `{"a"`, "\xff", `{"123456": {"*": {}}}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fields := fieldsOf(text)
		if diff := cmp.Diff(fields, fieldsOf(text)); diff != "" {
			t.Fatalf("twice the same body gives twice:\n%s", diff)
		}
		if len(fields) > mostFields+1 {
			t.Errorf("%d fields", len(fields))
		}
		if json.Valid([]byte(text)) != (fields[""] != "") && !strings.Contains(text, "\n") {
			t.Errorf("%q gives %v", text, fields)
		}
		for path := range maps.Keys(fields) {
			above, ok := parent(path)
			if _, there := fields[above]; ok && !there && !strings.Contains(path, `"`) {
				t.Errorf("%q has %s and not %q", text, path, above)
			}
		}
	})
}
