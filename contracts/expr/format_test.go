package expr

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		name string
		v    any
		want string
	}{
		{"text", "published", `"published"`},
		{"control characters", "a\x1b[31m\n", `"a\x1b[31m\n"`},
		{"number as written", json.Number("1.50"), "1.50"},
		{"null", nil, "null"},
		{"truth", true, "true"},
		{"absent", Absent, "absent"},
		{"unknown", Unknown{Why: "503"}, "unknown (503)"},
		{"unknown without reason", Unknown{}, "unknown"},
		{"nested", map[string]any{"b": []any{json.Number("1"), nil}, "a": map[string]any{}}, `{"a":{},"b":[1,null]}`},
		{"foreign", struct{}{}, "a Go struct {}"},
	} {
		if got := Format(c.v); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestFormatIsShort(t *testing.T) {
	wide := make([]any, 1<<20)
	for name, v := range map[string]any{"text": strings.Repeat("é", 1<<20), "list": wide, "map": map[string]any{strings.Repeat("k", 1000): wide}} {
		got := Format(v)
		if len(got) > formatLimit || !strings.HasSuffix(got, "…") || !utf8.ValidString(got) {
			t.Errorf("%s: %d bytes, %q", name, len(got), got)
		}
	}
}
