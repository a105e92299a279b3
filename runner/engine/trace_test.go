package engine

import (
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
)

// TestTraceIn looks for a thing's marker in what is read under its key or in the list.
func TestTraceIn(t *testing.T) {
	t.Parallel()
	marker, act := drawMarker(), drawMarker()
	resource := &contracts.Resource{Name: "note", Fields: []contracts.Field{
		{Path: []string{"title"}, Mask: contracts.Text}, {Path: []string{"email"}, Mask: contracts.Unread},
	}}
	made := thing{resource: resource, unique: marker, marker: act, marked: map[string]any{
		"title": " Solid " + marker, "meta.text": "Made for " + marker, "email": marker + "@example.com",
	}}
	edited := made
	edited.remarked = map[string]any{"title": "Edited " + act}
	listed := thing{resource: resource, unique: marker} // sent in a list: no field by name
	for _, test := range []struct {
		name string
		of   thing
		raw  any
		want trace
	}{
		{"as it was sent", made, item("Solid "+marker, "Made for "+marker), entirely},
		{"the address is not shown", made, with(item("Solid "+marker, "Made for "+marker), "email", "p***@example.com"), entirely},
		{"a field is not shown", made, map[string]any{"title": "Solid " + marker}, entirely},
		{"a field is empty", made, item("Solid "+marker, nil), partly},
		{"a field was lost", made, item("Solid", "Made for "+marker), partly},
		{"somebody else's", made, item("Kettle", "Makes tea"), noTrace},
		{"quoted in another field", made, with(item("Kettle", "Makes tea"), "slug", "solid-"+marker), noTrace},
		{"quoted in a field of its own", made, item("Re: Solid "+marker, "I agree"), mentioned},
		{"the act's, though none is known to have been sent", made, item("Edited "+act, "else"), mentioned},
		{"as the act left it", edited, item("Edited "+act, "Made for "+marker), entirely},
		{"as the act would have left it", edited, item("Solid "+marker, "Made for "+marker), entirely},
		{"nothing is shown", made, map[string]any{"id": "1"}, noTrace},
		{"no object", made, "Solid " + marker, noTrace},
		{"a page that names it", made, []any{map[string]any{"text": "Solid " + marker}}, partly},
		{"a page that does not", made, []any{map[string]any{"text": "Solid"}}, noTrace},
		{"in a list", listed, map[string]any{"rows": []any{"Solid " + marker}}, partly},
		{"another's list", listed, map[string]any{"rows": []any{"Solid " + act}}, noTrace},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.of.traceIn(test.raw); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func item(title, text any) map[string]any {
	return map[string]any{"title": title, "meta": map[string]any{"text": text}}
}

func with(m map[string]any, name string, value any) map[string]any {
	m[name] = value
	return m
}
