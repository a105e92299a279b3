package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

func TestWalkPath(t *testing.T) {
	t.Parallel()
	value := map[string]any{"a": map[string]any{"b": "c", "n": nil}, "l": []any{"x"}}
	for path, want := range map[string]any{"a.b": "c", "a.n": nil, "a.x": expr.Absent, "a.n.x": expr.Absent, "l.0": expr.Absent, "a.b.c": expr.Absent} {
		if got := walkPath(value, splitPath(path)); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func TestSetPath(t *testing.T) {
	t.Parallel()
	old := map[string]any{"a": map[string]any{"b": "1"}, "z": "2"}
	got := setPath(old, []string{"a", "c"}, "3")
	if want := `{"a":{"b":"1","c":"3"},"z":"2"}`; expr.Format(got) != want {
		t.Errorf("got %s, want %s", expr.Format(got), want)
	}
	if expr.Format(old) != `{"a":{"b":"1"},"z":"2"}` {
		t.Errorf("what it was made from changed: %s", expr.Format(old))
	}
	if got := setPath(nil, []string{"a", "b"}, "1"); expr.Format(got) != `{"a":{"b":"1"}}` {
		t.Errorf("out of nothing: %s", expr.Format(got))
	}
	if got := setPath("text", nil, "1"); got != "1" {
		t.Errorf("the whole: %v", got)
	}
}

func TestIdentityText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value any
		want  string
	}{
		{"n1", "n1"}, {json.Number("7"), "7"}, {json.Number("9007199254740993"), "9007199254740993"},
		{nil, ""}, {true, ""}, {expr.Absent, ""}, {[]any{"n1"}, ""}, {"", ""},
	} {
		if got := identityText(test.value); got != test.want {
			t.Errorf("%v: %q, want %q", test.value, got, test.want)
		}
	}
}

func TestDiffering(t *testing.T) {
	t.Parallel()
	n := func(text string) any { return json.Number(text) }
	for _, test := range []struct {
		name string
		a, b any
		want string
	}{
		{name: "the same", a: map[string]any{"x": n("1.0")}, b: map[string]any{"x": n("1")}, want: "[]"},
		{name: "fields, sorted", a: map[string]any{"y": "1", "x": "1", "z": "1"}, b: map[string]any{"y": "2", "x": "2", "z": "1"}, want: "[[x] [y]]"},
		{name: "deep", a: map[string]any{"m": map[string]any{"x": "1", "y": "1"}}, b: map[string]any{"m": map[string]any{"x": "1", "y": "2"}}, want: "[[m y]]"},
		{name: "came and went", a: map[string]any{"x": nil}, b: map[string]any{"y": nil}, want: "[[x] [y]]"},
		{name: "a list is one value", a: map[string]any{"l": []any{"a"}}, b: map[string]any{"l": []any{"b"}}, want: "[[l]]"},
		{name: "text", a: "a", b: "b", want: "[[]]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := fmt.Sprint(differing(test.a, test.b)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestJSONLike(t *testing.T) {
	t.Parallel()
	got := jsonLike(struct {
		Count int64 `json:"count"`
		Tags  []string
	}{9007199254740993, []string{"a"}})
	if want := `{"Tags":["a"],"count":9007199254740993}`; expr.Format(got) != want {
		t.Errorf("got %s, want %s", expr.Format(got), want)
	}
	if _, unknown := jsonLike(make(chan int)).(expr.Unknown); !unknown {
		t.Error("what JSON cannot write is known")
	}
}

func TestStorable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value any
		want  bool
	}{
		{nil, true}, {"a", true}, {map[string]any{"a": []any{nil}}, true}, {expr.Absent, false},
		{[]any{expr.Unknown{Why: "w"}}, false}, {map[string]any{"a": map[string]any{"b": expr.Absent}}, false},
	} {
		if got := storable(test.value); got != test.want {
			t.Errorf("%v: %v", test.value, got)
		}
	}
}

func TestTextList(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value any
		want  []string
		known bool
	}{
		{"a b,c", []string{"a", "b", "c"}, true}, {"", []string{}, true}, {[]any{"a"}, []string{"a"}, true}, {[]any{true}, nil, false},
		{map[string]any{"b": true, "a": true, "c": false}, []string{"a", "b"}, true}, {nil, nil, false}, {expr.Absent, nil, false},
	} {
		if got, known := textList(test.value); !slices.Equal(got, test.want) || known != test.known {
			t.Errorf("%v: %v, %v", test.value, got, known)
		}
	}
}

func TestAnyList(t *testing.T) {
	t.Parallel()
	if got := anyList([]string{"a", "b"}); !slices.Equal(got, []any{"a", "b"}) {
		t.Errorf("%v", got)
	}
}
