package wire

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestEncode(t *testing.T) {
	nested := map[string]any{"b": map[string]any{"y": []any{1, "x & y"}, "x": nil}, "a": json.Number("1.50"), "c": true, "none": []any{}}
	tests := []struct {
		name, contentType string
		body              any
		want, wantType    string
		problem           string
	}{
		{name: "none", body: nil},
		{name: "JSON by default", body: nested, want: `{"a":1.50,"b":{"x":null,"y":[1,"x & y"]},"c":true,"none":[]}`, wantType: "application/json"},
		{name: "no HTML escapes", body: "<b>", want: `"<b>"`, wantType: "application/json"},
		{name: "type is kept", contentType: "application/vnd.x+json", body: []any{}, want: "[]", wantType: "application/vnd.x+json"},
		{name: "form", contentType: "application/x-www-form-urlencoded", body: nested, wantType: "application/x-www-form-urlencoded",
			want: "a=1.50&b%5Bx%5D=&b%5By%5D%5B0%5D=1&b%5By%5D%5B1%5D=x+%26+y&c=true"},
		{name: "form of no map", contentType: "application/x-www-form-urlencoded", body: []any{1}, problem: "a map is wanted"},
		{name: "lines", contentType: "application/x-ndjson", body: []any{map[string]any{"a": 1}, "x"}, want: "{\"a\":1}\n\"x\"\n", wantType: "application/x-ndjson"},
		{name: "lines of no list", contentType: "application/x-ndjson", body: "x", problem: "a list is wanted"},
		{name: "text", contentType: "text/csv", body: "a,b\n", want: "a,b\n", wantType: "text/csv"},
		{name: "bytes", contentType: "image/png", body: []byte{0x89, 'P'}, want: "\x89P", wantType: "image/png"},
		{name: "a map is no text", contentType: "text/plain", body: nested, problem: "a text is wanted"},
		{name: "no number", body: json.Number("1x"), problem: "encode body as application/json"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, contentType, err := Encode(test.contentType, test.body)
			if string(got) != test.want || contentType != test.wantType {
				t.Errorf("got %q as %q, want %q as %q", got, contentType, test.want, test.wantType)
			}
			if problem := textOf(err); (problem == "") != (test.problem == "") || !strings.Contains(problem, test.problem) {
				t.Errorf("got error %q, want %q", problem, test.problem)
			}
		})
	}
}
