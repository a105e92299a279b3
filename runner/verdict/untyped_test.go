package verdict

import (
	"encoding/json"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
)

func TestUntyped(t *testing.T) {
	number := func(text string) json.Number { return json.Number(text) }
	for _, row := range []struct {
		name      string
		want, got any
		has, same bool
	}{
		{"a number", number("4"), "4", true, true},
		{"exactly", number("9007199254740993"), "9007199254740992", true, false},
		{"with a fraction", number("4"), "4.0", true, true},
		{"another number", number("4"), "5", true, false},
		{"no number", number("4"), "four", true, false},
		{"a text of digits", "007", "7", true, false},
		{"a text", "4", "4", true, true},
		{"true", true, "true", true, true},
		{"true as 1", true, "1", true, true},
		{"true as True", true, "True", true, true},
		{"false", false, "false", true, true},
		{"not false", false, "true", true, false},
		{"no truth", true, "yes", true, false},
		{"null is nothing", nil, "", true, true},
		{"null is absent", nil, nil, false, true},
		{"null is no text", nil, "x", true, false},
		{"one element", []any{"a"}, "a", true, true},
		{"one other element", []any{"a"}, "b", true, false},
		{"an empty list", []any{}, "", true, true},
		{"an absent list", []any{}, nil, false, true},
		{"a list that lost one", []any{"a", "b"}, "a", true, false},
		{"a list of numbers", []any{number("1"), number("2")}, []any{"1", "2"}, true, true},
		{"a list of maps", []any{map[string]any{"n": number("1")}}, map[string]any{"n": "1"}, true, true},
		{"beside attributes", "Solid", map[string]any{"@lang": "en", "#text": "Solid"}, true, true},
		{"a number beside attributes", number("3"), map[string]any{"@unit": "kg", "#text": "3"}, true, true},
		{"an empty map", map[string]any{}, "", true, true},
		{"an absent empty map", map[string]any{}, nil, false, true},
		{"a map that is gone", map[string]any{"a": "b"}, "", true, false},
		{"emptied", "Solid", "", true, false},
	} {
		ms := masks{{Path: []string{"x"}, Mask: contracts.Ignore}, {Untyped: true}}
		if got := ms.same([]string{"field"}, row.want, row.got, row.has); got != row.same {
			t.Errorf("%s: %v and %v: %v", row.name, row.want, row.got, got)
		}
		if plain := (masks{}).same([]string{"field"}, row.want, row.got, row.has); plain && !row.same {
			t.Errorf("%s: the same only where values have types", row.name)
		}
	}
	set := masks{{Path: []string{"tags"}, Mask: contracts.Set}, {Untyped: true}}
	if !set.same([]string{"tags"}, []any{number("1"), number("2")}, []any{"2", "1"}, true) {
		t.Error("a set of numbers")
	}
	if (masks{}).same([]string{"n"}, number("4"), "4", true) {
		t.Error("where values have types, 4 and \"4\" are two")
	}
}
