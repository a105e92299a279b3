package engine

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestDrawMarker(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^pg[a-z2-7]{14}$`)
	seen := map[string]bool{}
	for range 1000 {
		marker := drawMarker()
		if !shape.MatchString(marker) || seen[marker] {
			t.Fatalf("drew %q", marker)
		}
		seen[marker] = true
		if found := findMarkers(marker); !slices.Equal(found, []string{marker}) {
			t.Fatalf("found %q in %q", found, marker)
		}
	}
}

func TestDrawUUID(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := drawUUID()
		if !shape.MatchString(id) || seen[id] {
			t.Fatalf("drew %q", id)
		}
		seen[id] = true
	}
}

func TestFindMarkers(t *testing.T) {
	t.Parallel()
	one, two := drawMarker(), drawMarker()
	other := []byte(one)
	other[len(other)-1] ^= 1 // its last letter is a sum of the others
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{name: "none", text: "a page, a pgp key and 16 letters: pgaaaaaaaaaaaaaa"},
		{name: "in a slug", text: "solid-" + one + "-2", want: []string{one}},
		{name: "two that touch", text: one + two, want: []string{one, two}},
		{name: "after its own beginning", text: "pgpg" + one, want: []string{one}},
		{name: "somebody else's that looks like one", text: string(other)},
		{name: "cut short", text: one[:markerLength-1]},
		{name: "upper case", text: strings.ToUpper(one)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if found := findMarkers(test.text); !slices.Equal(found, test.want) {
				t.Errorf("found %q, want %q", found, test.want)
			}
		})
	}
}

func TestMarkersIn(t *testing.T) {
	t.Parallel()
	one, two := drawMarker(), drawMarker()
	value := map[string]any{"b": []any{"x " + two, true}, "a": map[string]any{"title": one}, "n": nil}
	if found := markersIn(value); !slices.Equal(found, []string{one, two}) {
		t.Errorf("found %q, want both in the order of names", found)
	}
}

func TestMarkedFields(t *testing.T) {
	t.Parallel()
	marker, id := drawMarker(), drawUUID()
	for _, test := range []struct {
		name string
		sent any
		want map[string]any
	}{
		{name: "nested", sent: map[string]any{"a": map[string]any{"title": "T " + marker}, "b": "T"}, want: map[string]any{"a.title": "T " + marker}},
		{name: "a uuid", sent: map[string]any{"ref": id}, want: map[string]any{"ref": id}},
		{name: "a list has no names", sent: map[string]any{"tags": []any{marker}}, want: map[string]any{}},
		{name: "text alone has no field", sent: marker, want: map[string]any{}},
		{name: "another thing's", sent: map[string]any{"title": drawMarker()}, want: map[string]any{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if marked := markedFields(test.sent, marker, id); !maps.Equal(marked, test.want) {
				t.Errorf("marked %v, want %v", marked, test.want)
			}
		})
	}
}
