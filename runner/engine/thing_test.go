package engine

import (
	"cmp"
	"net/http"
	"strings"
	"testing"
)

func TestIdentify(t *testing.T) {
	t.Parallel()
	const id = "contract: It is made\ncall: POST /notes\nbody: {text: \"New ${unique}\", ref: mine}\ncreates: note\n"
	for _, test := range []struct {
		name, contract, provider string
		body                     any
		location                 string
		status                   int // 0: 201
		key, from                string
	}{
		{name: "the key in its item", body: map[string]any{"id": "n7"}, location: "/notes/n8", key: "n7", from: "body"},
		{name: "a number", body: map[string]any{"id": 7}, key: "7", from: "body"},
		{name: "Location", location: "/notes/a%20b/?x=1#y", key: "a b", from: "Location"},
		{name: "id stands before the key", contract: id + "id: response.body.made.name\n", body: map[string]any{"id": "n7", "made": map[string]any{"name": "m"}}, key: "m", from: "body"},
		{name: "id out of the request", contract: id + "id: request.body.ref\n", body: map[string]any{"id": "n7"}, key: "mine", from: "request"},
		{name: "id out of a header", contract: id + "id: response.headers.location\n", location: "L9", key: "L9", from: "Location"},
		{name: "id that gives nothing leaves it to the key", contract: id + "id: response.body.nothing\n", body: map[string]any{"id": "n7"}, key: "n7", from: "body"},
		{name: "the key's own path", provider: strings.Replace(notesProvider, "    make:", "    key: meta.name\n    make:", 1), body: map[string]any{"id": "n7", "meta": map[string]any{"name": "m"}}, key: "m", from: "body"},
		{name: "nothing"},
		{name: "a job's Location", status: 202, location: "/jobs/8"},
		{name: "a job's Location beneath the notes", status: 202, location: "/notes/jobs/8"},
		{name: "the thing's Location, once it is there", status: 202, location: "/notes/n8", key: "n8", from: "Location"},
		{name: "see the thing", status: 303, location: "https://notes.example/v1/notes/n8/", key: "n8", from: "Location"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
				if test.location != "" {
					w.Header().Set("Location", test.location)
				}
				write(w, cmp.Or(test.status, 201), test.body)
				return true
			})
			if test.contract == "" {
				test.contract = id
			}
			e := desk{contracts: test.contract, provider: test.provider}.engine(c)
			a := bound(t, e)
			call := a.cell.Act()
			r, err := e.request(call, a.actScope())
			if err != nil {
				t.Fatal(err)
			}
			key, from := identify(a.created.resource, call, a.cell.Contract.ID, r, e.send(t.Context(), a.me, r))
			if identityText(key) != test.key || from != test.from {
				t.Errorf("got %v from %q, want %q from %q", key, from, test.key, test.from)
			}
		})
	}
}

func TestView(t *testing.T) {
	t.Parallel()
	provider := strings.Replace(notesProvider, "    read: GET", "    fields:\n      project_id: {read: item.project.id}\n      labels: {read: \"item.labels.map(l, l.id)\", as: set}\n    read: GET", 1)
	e := desk{provider: provider}.engine(newClerk(t, nil))
	r := e.o.Suite.Provider.Resource("note")
	seen := view(r, map[string]any{"project": map[string]any{"id": "p1"}, "labels": []any{map[string]any{"id": "a"}}}).(map[string]any)
	if seen["project_id"] != "p1" || len(differing(seen["labels"], []any{"a"})) > 0 || seen["project"] == nil {
		t.Errorf("seen %v", seen)
	}
	if seen := view(r, map[string]any{"x": "y"}).(map[string]any); len(seen) != 1 {
		t.Errorf("what is not there is seen as %v", seen)
	}
	if also := behind(r, map[string]any{"project_id": "p2"}); len(also) != 1 || also[0][0] != "project" {
		t.Errorf("with project_id moves %v", also)
	}
}
