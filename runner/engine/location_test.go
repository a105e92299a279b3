package engine_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

const locationSuite = `
-- a.contract.yaml --
contract: Creating
call: POST /reviews
body: {title: "A ${unique}", stars: 3}
creates: review
`

const etagSuite = "-- provider.yaml --" + reviewShop + `    fields: {title: text, tags: set}
defaults: {within: 500ms}
-- a.contract.yaml --
contract: Putting
given: review
call: PUT /reviews/{review.id}
body: {title: " B ${unique} ", stars: 2, tags: [b, a]}
updates: review
`

// locating has a creation name an address.
func locating(location func(id string) string, status int) func(*shop) {
	return func(s *shop) {
		s.HandleFunc("POST /reviews", func(w http.ResponseWriter, r *http.Request) {
			s.plain(&renaming{ResponseWriter: w, location: location, status: status}, r)
		})
	}
}

type renaming struct {
	http.ResponseWriter
	location func(string) string
	status   int
}

func (n *renaming) WriteHeader(status int) {
	if at := n.Header().Get("Location"); at != "" {
		n.Header().Del("Location")
		if to := n.location(at[strings.LastIndexByte(at, '/')+1:]); to != "" {
			n.Header().Set("Location", to)
		}
		if n.status != 0 {
			status = n.status
		}
	}
	n.ResponseWriter.WriteHeader(status)
}

// tagging has a PUT answered with an ETag, and what it stores changed before.
func tagging(answer, read string, change func(map[string]any)) func(*shop) {
	return func(s *shop) {
		s.HandleFunc("PUT /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			body := asked(r)
			change(body)
			s.mu.Lock()
			defer s.mu.Unlock()
			thing := s.find("reviews", r.PathValue("id"))
			maps.Copy(thing, body)
			if answer != "" {
				w.Header().Set("ETag", answer)
			}
			reply(w, 200, maps.Clone(thing))
		})
		s.HandleFunc("GET /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			if read != "" {
				w.Header().Set("ETag", read)
			}
			s.plain(w, r)
		})
	}
}

func trim(body map[string]any) { body["title"] = strings.TrimSpace(fmt.Sprint(body["title"])) }

func untouched(map[string]any) {}

var successes = []struct {
	name, suite string
	serve       func(*shop)
	want        string
}{
	{"a Location that leads nowhere", locationSuite, locating(func(id string) string { return "/drafts/" + id }, 0), "lied wrong-success"},
	{"a Location that is another's", locationSuite, locating(func(id string) string { return "/reviews/9" + id }, 0), "lied wrong-success"},
	{"an ETag over trimmed text", etagSuite, tagging(`"1"`, `"1"`, trim), "lied wrong-success"},
	{"an ETag over a sorted set", etagSuite, tagging(`"1"`, `"1"`, func(b map[string]any) { b["tags"] = []any{"a", "b"} }), "lied wrong-success"},

	{"a relative Location", locationSuite, locating(func(id string) string { return "reviews/" + id }, 0), "kept "},
	{"a Location relative to the collection", locationSuite, locating(func(id string) string { return id }, 0), "kept "},
	{"an absolute Location of another host", locationSuite, locating(func(id string) string { return "https://api.shop.example/reviews/" + id }, 0), "kept "},
	{"a Location with query, fragment and slash", locationSuite, locating(func(id string) string { return "/reviews/" + id + "/?v=2#top" }, 0), "kept "},
	{"no Location", locationSuite, locating(func(string) string { return "" }, 0), "kept "},
	{"a Location of a 200", locationSuite, locating(func(string) string { return "/nowhere/x" }, 200), "kept "},
	{"a Location that names a page", locationSuite, func(s *shop) {
		locating(func(id string) string { return "/pages/" + id }, 0)(s)
		s.HandleFunc("GET /pages/{id}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<p>yours") })
	}, "kept "},
	{"a Location that these eyes may not see", locationSuite, func(s *shop) {
		locating(func(id string) string { return "/pages/" + id }, 0)(s)
		s.HandleFunc("GET /pages/{id}", func(w http.ResponseWriter, r *http.Request) { reply(w, 403, nil) })
	}, "kept "},
	{"a Location that shows late", locationSuite, func(s *shop) {
		locating(func(id string) string { return "/pages/" + id }, 0)(s)
		var asked atomic.Int64
		s.HandleFunc("GET /pages/{id}", func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) < 5 {
				reply(w, 404, nil)
				return
			}
			reply(w, 200, map[string]any{})
		})
	}, "kept "},
	{"trimmed, without an ETag", etagSuite, tagging("", `"1"`, trim), "kept "},
	{"trimmed, under a weak ETag", etagSuite, tagging(`W/"1"`, `W/"1"`, trim), "kept "},
	{"trimmed since, under another ETag", etagSuite, tagging(`"1"`, `"2"`, trim), "kept "},
	{"as sent, under an ETag", etagSuite, tagging(`"1"`, `"1"`, untouched), "kept "},
}

func TestASuccessSaysWhatIsSo(t *testing.T) {
	t.Parallel()
	for _, row := range successes {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			row.serve(s)
			for _, r := range say(t, s, row.suite).results {
				if got := fmt.Sprintf("%s %s", r.Verdict.Class, r.Verdict.Kind); got != row.want {
					t.Errorf("want %s: %s", row.want, describe(r))
				}
				if len(r.Left) > 0 {
					t.Errorf("left behind by %s: %+v", r.Cell, r.Left)
				}
			}
			if s.things() > 0 {
				t.Errorf("%d things left on the server", s.things())
			}
		})
	}
}
