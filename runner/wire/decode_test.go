package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	tests := []struct {
		name, contentType, text string
		want                    any
		problem, fact           string
	}{
		{name: "JSON", contentType: "application/json; charset=utf-8", text: `{"a":1}`, want: map[string]any{"a": json.Number("1")}},
		{name: "JSON scalar", contentType: "application/json", text: `"x"`, want: "x"},
		{name: "problem JSON", contentType: "application/problem+json", text: `[]`, want: []any{}},
		{name: "not JSON", contentType: "application/json", text: `<html>`, problem: "not JSON"},
		{name: "trailing text", contentType: "application/json", text: `{}<!-- -->`, problem: "after the JSON value", fact: "after the JSON value"},
		{name: "JSON without a type", text: `{"a":true}`, want: map[string]any{"a": true}, fact: "content type"},
		{name: "JSON as HTML", contentType: "text/html", text: ` [1]`, want: []any{json.Number("1")}, fact: "content type"},
		{name: "text that begins like JSON", contentType: "text/plain", text: `[1] is a footnote`, want: `[1] is a footnote`},
		{name: "a word is a text", contentType: "text/plain", text: `true`, want: "true"},
		{name: "HTML", contentType: "text/html", text: "<p>", want: "<p>"},
		{name: "lines", contentType: "application/x-ndjson", text: "{}\n\n[1]\n", want: []any{map[string]any{}, []any{json.Number("1")}}},
		{name: "broken line", contentType: "application/x-ndjson", text: "{}\n{\n", problem: "line 2"},
		{name: "form", contentType: "application/x-www-form-urlencoded", text: "a=1&b=x+y&b=%C3%A9", want: map[string]any{"a": "1", "b": []any{"x y", "é"}}},
		{name: "broken form", contentType: "application/x-www-form-urlencoded", text: "a=%zz", problem: "not a form"},
		{name: "latin 1", contentType: "text/plain; charset=iso-8859-1", text: "caf\xe9", want: "café"},
		{name: "bytes", contentType: "image/png", text: "\x89PNG", want: "\x89PNG", fact: "not UTF-8"},
		{name: "unknown charset", contentType: "text/plain; charset=klingon", text: "x", want: "x", fact: "not known"},
		{name: "broken type", contentType: "application/json; charset", text: "{}", want: map[string]any{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var odd oddities
			got, err := decode(test.contentType, test.text, 1000, &odd)
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
			if problem := textOf(err); (problem == "") != (test.problem == "") || !strings.Contains(problem, test.problem) {
				t.Errorf("got error %q, want %q", problem, test.problem)
			}
			if facts := strings.Join(odd.lines, "\n"); (facts == "") != (test.fact == "") || !strings.Contains(facts, test.fact) {
				t.Errorf("got facts %q, want %q", facts, test.fact)
			}
		})
	}
}
