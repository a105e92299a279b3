package engine

import "testing"

func TestIsUnlike(t *testing.T) {
	t.Parallel()
	marker := "pgabcdefghjkmn22"
	sent := map[string]any{"text": "Solid " + marker, "slug": "s-" + marker}
	for _, test := range []struct {
		name   string
		shown  map[string]any
		unlike bool
	}{
		{"as it was sent", map[string]any{"text": "Solid " + marker}, false},
		{"in capitals", map[string]any{"text": "SOLID PGABCDEFGHJKMN22"}, false},
		{"as a slug", map[string]any{"text": "solid-pgabcdef-ghjkmn22"}, false},
		{"cut", map[string]any{"text": "Solid pga…"}, false},
		{"cut to nothing of ours", map[string]any{"text": "Solid …"}, true},
		{"emptied", map[string]any{"text": ""}, false},
		{"not shown", map[string]any{"id": "n1"}, false},
		{"one of two kept it", map[string]any{"text": "Untitled", "slug": "s-" + marker}, false},
		{"somebody else's", map[string]any{"text": "Nice shop"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			mine := &thing{name: "note", unique: marker, marked: sent}
			if unlike := mine.isUnlike(map[string]any(test.shown)); unlike != test.unlike {
				t.Errorf("unlike: %v", unlike)
			}
		})
	}
}
