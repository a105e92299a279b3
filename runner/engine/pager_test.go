package engine

import (
	"slices"
	"strings"
	"testing"
)

func TestWalkFollowsEveryWayOfPaging(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, way, list string }{
		{name: "an address", list: "{call: GET /notes, items: response.body.items, next: response.body.next}"},
		{name: "a map into the query", list: "{call: GET /notes, query: {order: up}, items: response.body.items, next: response.body.map}"},
		{name: "a map into the body", list: "{call: POST /notes, body: {from: 0, order: up}, items: response.body.items, next: response.body.map}"},
		{name: "a Link whose address and title have commas", way: "link", list: "{call: GET /notes, items: response.body.items}"},
		{name: "a Link, and items that are found by themselves", way: "link", list: "GET /notes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, pages(test.way, 5))
			f := walked(t, desk{provider: listedBy(test.list)}.engine(c))
			var keys []string
			for _, item := range f.list.items {
				keys = append(keys, item.key)
			}
			if want := []string{"k0", "k1", "k2", "k3", "k4"}; !slices.Equal(keys, want) || !f.list.complete || f.list.why != "" {
				t.Errorf("listed %v, complete %v, why %q; want %v", keys, f.list.complete, f.list.why, want)
			}
			for _, a := range c.heard("")[1:] {
				if strings.Contains(test.list, "order") && !strings.Contains(a.query+a.body, "order") {
					t.Errorf("a later page lost what the first asked for: %s?%s %s", a, a.query, a.body)
				}
			}
		})
	}
}

func TestOnlyList(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		body any
		want int // -1: an error
	}{
		{name: "the reply itself", body: []any{"a"}, want: 1},
		{name: "its only list", body: map[string]any{"total": "2", "items": []any{"a", "b"}}, want: 2},
		{name: "two lists", body: map[string]any{"a": []any{}, "b": []any{}}, want: -1},
		{name: "none", body: map[string]any{"a": "b"}, want: -1},
		{name: "text", body: "a", want: -1},
		{name: "null, which some serialisers write for an empty list", body: nil, want: 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			items, err := onlyList(test.body)
			if (err != nil) != (test.want < 0) || err == nil && len(items) != test.want {
				t.Errorf("got %v, %v", items, err)
			}
		})
	}
}

func TestPagersThatReadOtherwiseAreTold(t *testing.T) {
	t.Parallel()
	e := desk{provider: strings.Replace(notesProvider, "    read:", "    gone: item.state == 'deleted'\n    read:", 1)}.engine(newClerk(t, nil))
	r := e.o.Suite.Provider.Resource("note")
	one := &pager{items: r.List.Items, key: []string{"id"}}
	for name, other := range map[string]*pager{
		"no pager": nil, "other items": {key: []string{"id"}}, "another next": {items: r.List.Items, next: r.List.Items, key: []string{"id"}},
		"tombstones": {items: r.List.Items, gone: r.Gone, key: []string{"id"}}, "a sole thing": {items: r.List.Items, sole: true, key: []string{"id"}},
		"another key": {items: r.List.Items, key: []string{"meta", "name"}},
	} {
		if one.reading() == other.reading() {
			t.Errorf("%s: %s", name, one.reading())
		}
	}
	if again := (&pager{items: r.List.Items, key: []string{"id"}}); one.reading() != again.reading() {
		t.Errorf("alike, and told apart: %s", again.reading())
	}
}
