package engine

import "testing"

// TestMentioned takes an event for one about this cell's own things by a marker, or by an
// identity that is long enough not to be met by chance.
func TestMentioned(t *testing.T) {
	t.Parallel()
	marker := drawMarker()
	a := &attempt{unique: marker, things: map[string]*thing{
		"short": {key: "12345"},
		"long":  {key: "123456"},
		"none":  {},
	}}
	for _, test := range []struct {
		name  string
		event any
		want  bool
	}{
		{"a marker in a text", map[string]any{"title": "Made " + marker}, true},
		{"somebody else's marker", map[string]any{"title": "Made " + drawMarker()}, false},
		{"an identity", map[string]any{"about": map[string]any{"id": "123456"}}, true},
		{"one that is met by chance", map[string]any{"id": "12345"}, false},
		{"an identity within another", map[string]any{"id": "1234567"}, false},
		{"nothing", map[string]any{"id": ""}, false},
	} {
		if got := a.mentioned(test.event); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
