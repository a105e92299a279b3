package engine

import "testing"

func TestKeyInPath(t *testing.T) {
	for _, row := range []struct{ name, template, identity, path, want string }{
		{"the last segment", "/reviews/{key}", "", "/reviews/7", "7"},
		{"with a verb behind it", "/reviews/{key}", "", "/reviews/7/publish", "7"},
		{"an operation's own name", "/reviews/{reviewId}", "reviewId", "/reviews/7", "7"},
		{"below another thing", "/products/{product}/reviews/{key}", "", "/products/p-1/reviews/7", "7"},
		{"with an ending", "/issues/{key}.json", "", "/issues/7.json", "7"},
		{"encoded", "/queues/{key}", "", "/queues/a%2Fb", "a/b"},
		{"a query behind it", "/reviews/{key}?full=1", "", "/reviews/7?x=1", "7"},
		{"another path", "/reviews/{key}", "", "/products/7", ""},
		{"too short", "/reviews/{key}", "", "/reviews", ""},
		{"no identity in the template", "/settings", "", "/settings", ""},
		{"a parameter of another name", "/reviews/{other}", "reviewId", "/reviews/7", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := keyInPath(row.template, row.identity, row.path); got != row.want {
				t.Errorf("keyInPath(%q, %q, %q) = %q, want %q", row.template, row.identity, row.path, got, row.want)
			}
		})
	}
}
