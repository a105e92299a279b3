package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseJSON(t *testing.T) {
	tests := []struct {
		name, text string
		want       any
		problem    string // a part of the error
		fact       string // a part of a fact
	}{
		{name: "long integer", text: "9007199254740993", want: json.Number("9007199254740993")},
		{name: "number as written", text: "1.50", want: json.Number("1.50")},
		{name: "object", text: ` {"a" : [1, "x\u00e9", null, true, {}], "b": []} `, want: map[string]any{
			"a": []any{json.Number("1"), "xé", nil, true, map[string]any{}}, "b": []any{}}},
		{name: "duplicate key", text: `{"a":{"b":1,"b":2}}`, want: map[string]any{"a": map[string]any{"b": json.Number("2")}}, fact: "duplicate key a.b"},
		{name: "invalid UTF-8", text: "\"a\xffb\"", want: "a\ufffdb", fact: "invalid UTF-8"},
		{name: "byte order mark", text: "\ufeff[]", want: []any{}, fact: "byte order mark"},
		{name: "trailing text", text: `{} x`, want: map[string]any{}, problem: "after the JSON value, from byte 3"},
		{name: "two values", text: `{}{}`, want: map[string]any{}, problem: "after the JSON value"},
		{name: "nothing", text: ``, problem: "ends where a value"},
		{name: "cut", text: `{"a":[1,`, problem: "ends where a value"},
		{name: "text without end", text: `"abc\"`, problem: "without an end"},
		{name: "comma at the end", text: `[1,]`, problem: "where a value belongs"},
		{name: "comma at the end of an object", text: `{"a":1,}`, problem: "where a name belongs"},
		{name: "leading zero", text: `012`, want: json.Number("0"), problem: "after the JSON value"},
		{name: "bare dot", text: `1.`, problem: "a digit"},
		{name: "bare exponent", text: `1e+`, problem: "a digit"},
		{name: "plus", text: `+1`, problem: "where a value"},
		{name: "NaN", text: `NaN`, problem: "where a value"},
		{name: "bad escape", text: `"\x"`, problem: "invalid escape"},
		{name: "line feed in a text", text: "\"a\nb\"", problem: "control character"},
		{name: "as deep as allowed", text: "[[[[[]]]]]", want: []any{[]any{[]any{[]any{[]any{}}}}}},
		{name: "too deep", text: "[[[[[[]]]]]]", problem: "deeper than 4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var odd oddities
			got, err := parseJSON(test.text, &bounds{4, maxValues}, &odd)
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

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestParseJSONBoundsFacts(t *testing.T) {
	var odd oddities
	if _, err := parseJSON("{"+strings.Repeat(`"a":1,`, 10_000)+`"a":1}`, &bounds{10, maxValues}, &odd); err != nil {
		t.Fatal(err)
	}
	if len(odd.lines) != maxFacts+1 {
		t.Errorf("%d facts", len(odd.lines))
	}
}

// FuzzParseJSON compares with encoding/json: both accept the same texts and read the same values.
func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e-3,"x\n\ud83d\ude00",null,true,false]}`, `[}`, `"\ud800"`, "-0", "1e5", " \t[ ]", `{"":{}}`, "[1,]", "nul", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.HasPrefix(text, "\ufeff") {
			t.Skip() // on purpose not as encoding/json has it
		}
		got, err := parseJSON(text, &bounds{5000, maxValues}, &oddities{})
		if json.Valid([]byte(text)) != (err == nil) {
			t.Fatalf("%q: encoding/json says %v, we say %v", text, json.Valid([]byte(text)), err)
		}
		if err != nil {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
		decoder.UseNumber()
		var want any
		if err := decoder.Decode(&want); err != nil && err != io.EOF {
			t.Skip()
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %#v, want %#v", text, got, want)
		}
	})
}

func BenchmarkParseJSON(b *testing.B) {
	text := "[" + strings.Repeat(`{"id":17,"title":"A review of a product","state":"draft","tags":["a","b"]},`, 50) + "{}]"
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseJSON(text, &bounds{1000, maxValues}, &oddities{}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestValuesAreCounted(t *testing.T) {
	for name, text := range map[string]string{
		"numbers": "[" + strings.Repeat("0,", maxValues) + "0]",
		"objects": "[" + strings.Repeat("{},", maxValues/4) + "{}]",
		"names":   "{" + strings.Repeat(`"a":0,`, maxValues/2) + `"a":0}`,
	} {
		if _, err := parseJSON(text, &bounds{10, maxValues}, &oddities{}); err == nil || !strings.Contains(err.Error(), "more than 200000 values") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := parsePairs(strings.Repeat("a&", maxValues), &bounds{10, maxValues}, &oddities{}); err == nil {
		t.Error("a form has no end")
	}
	if _, err := parseJSON("["+strings.Repeat("0,", maxValues-10)+"0]", &bounds{10, maxValues}, &oddities{}); err != nil {
		t.Errorf("a large list: %v", err)
	}
}
