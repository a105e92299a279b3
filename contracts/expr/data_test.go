package expr

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// tree builds data as a loader does from YAML: null means remove in maps, text is a template.
func tree(t testing.TB, v any, names []string) *Data {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		var entries []Entry
		for _, key := range sortedKeys(v) {
			if v[key] == nil {
				entries = append(entries, Entry{key, NewRemove(nil)})
				continue
			}
			entries = append(entries, Entry{key, tree(t, v[key], names)})
		}
		return NewMap("pos", entries...)
	case []any:
		var items []*Data
		for _, item := range v {
			items = append(items, tree(t, item, names))
		}
		return NewList(nil, items...)
	case string:
		template, err := ParseTemplate(v, names)
		if err != nil {
			t.Fatal(err)
		}
		return NewTemplate(nil, template)
	}
	return NewLiteral(nil, v)
}

func TestDataEval(t *testing.T) {
	for _, c := range []struct{ name, data, lenient, strict string }{
		{"literals", `{"a": 1, "b": [true, "x"]}`, `{"a":1,"b":[true,"x"]}`, `{"a":1,"b":[true,"x"]}`},
		{"templates", `{"a": "${x.n}", "b": ["n${x.n}"]}`, `{"a":1,"b":["n1"]}`, `{"a":1,"b":["n1"]}`},
		{"null removes", `{"a": null, "b": {"c": null}}`, `{"b":{}}`, `{"b":{}}`},
		{"null in a list", `[null, 1]`, `[null,1]`, `[null,1]`},
		{"a null is sent", `{"a": "${null}"}`, `{"a":null}`, `{"a":null}`},
		{"nothing at all", `null`, `null`, `null`},
		{"absent", `{"a": {"b": ["x", "${x.typo}"]}}`, `{"a":{"b":["x",absent]}}`, `error a.b[1]: ${x.typo} is absent`},
		{"absent in text", `{"a b": "t ${x.typo}"}`, `{"a b":absent}`, `error ['a b']: t ${x.typo} is absent`},
		{"unknown", `{"a": "${u}"}`, `{"a":unknown (GET /u answered 503)}`, `error a: ${u} is unknown (GET /u answered 503)`},
		{"absent within", `{"a": "${x.items.map(i, i.tag)}"}`, `{"a":["a",absent,"c"]}`, `error a: ${x.items.map(i, i.tag)} at [1] is absent`},
		{"absent in a map within", `{"a": "${ {'k': x.typo} }"}`, `{"a":{}}`, `error a: ${ {'k': x.typo} } at k is absent`},
		{"error", `{"title": "${x.n / 0}"}`, `error title: evaluate x.n / 0: division by zero`, `error title: evaluate x.n / 0: division by zero`},
		{"a list in text", `{"title": "a ${x.list}"}`, `error title: write ${x.list} into text: there is no text of a list`, `error title: write ${x.list} into text: there is no text of a list`},
		{"whole", `"${x.typo}"`, `absent`, `error ${x.typo} is absent`},
	} {
		t.Run(c.name, func(t *testing.T) {
			vars, names := world(t)
			data := tree(t, decode(t, c.data), names)
			for want, eval := range map[string]func(Vars) (any, error){"lenient": data.Eval, "strict": data.EvalStrict} {
				wanted := c.lenient
				if want == "strict" {
					wanted = c.strict
				}
				got, err := eval(vars)
				text := Format(got)
				if err != nil {
					text = "error " + err.Error()
				}
				if text != wanted {
					t.Errorf("%s: got %s, want %s", want, text, wanted)
				}
			}
		})
	}
}

func TestNoDataIsAbsent(t *testing.T) {
	for name, data := range map[string]*Data{"nil": nil, "removed": NewRemove(nil)} {
		if got, err := data.EvalStrict(nil); err != nil || got != any(Absent) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	var none *Data
	none.Walk(func([]string, *Data) { t.Error("visited no data") })
	if none.Refs() != nil || len(none.Keys()) != 0 || none.Get("a") != nil || none.Template() != nil {
		t.Error("no data holds something")
	}
}

// The first rows are those of RFC 7396, appendix A, that have a map on top.
func TestDataMerge(t *testing.T) {
	for _, c := range []struct{ base, patch, want, removed string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`, "[]"},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`, "[]"},
		{`{"a":"b"}`, `{"a":null}`, `{}`, "[[a]]"},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`, "[[a]]"},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`, "[]"},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`, "[]"},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`, "[[a c]]"},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`, "[]"},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`, "[]"},
		{`{"a":"b"}`, `["c"]`, `["c"]`, "[]"},
		{`{"e":null}`, `{"a":1}`, `{"a":1}`, "[[e]]"},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`, "[[c]]"},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`, "[[a bb ccc]]"},
		{`{"a":null}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`, "[]"},
	} {
		base, patch := tree(t, decode(t, c.base), nil), tree(t, decode(t, c.patch), nil)
		merged := base.Merge(patch)
		got, err := merged.Eval(nil)
		if err != nil || Format(got) != c.want || fmt.Sprint(merged.Removed()) != c.removed {
			t.Errorf("%s + %s: got %s without %v, %v; want %s without %s", c.base, c.patch, Format(got), merged.Removed(), err, c.want, c.removed)
		}
		if again, _ := base.Eval(nil); Format(again) != Format(mustEval(t, tree(t, decode(t, c.base), nil))) {
			t.Errorf("%s was changed by the merge", c.base)
		}
	}
	data := NewLiteral(nil, true)
	if data.Merge(nil) != data || (*Data)(nil).Merge(data) != data {
		t.Error("merging with nothing changes something")
	}
}

func mustEval(t *testing.T, d *Data) any {
	t.Helper()
	v, err := d.Eval(nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDataLooks(t *testing.T) {
	data := tree(t, decode(t, `{"a": [{"b": "${x.n}"}], "c": null, "d": "$${lit}", "e": "${x.n} ${y}"}`), []string{"x", "y"})
	var paths []string
	data.Walk(func(path []string, d *Data) { paths = append(paths, strings.Join(path, "/")) })
	if got := strings.Join(paths, " "); got != " a a/0 a/0/b c d e" {
		t.Errorf("walk: got %q", got)
	}
	if got := fmt.Sprint(data.Refs()); got != "[[x n] [y]]" {
		t.Errorf("refs: got %s", got)
	}
	if got := fmt.Sprint(data.Keys()); got != "[a c d e]" {
		t.Errorf("keys: got %s", got)
	}
	if got, ok := data.Get("d").Literal(); !ok || got != "${lit}" {
		t.Errorf("literal: got %v, %v", got, ok)
	}
	if data.Get("e").Template().Source() != "${x.n} ${y}" || data.Pos != "pos" || len(data.Get("a").Items()) != 1 {
		t.Error("a node lost its template, its place or its items")
	}
	if _, err := json.Marshal(map[string]any{"a": Absent}); err == nil {
		t.Error("absent was written as JSON")
	}
	if _, err := json.Marshal(Unknown{}); err == nil {
		t.Error("unknown was written as JSON")
	}
}
