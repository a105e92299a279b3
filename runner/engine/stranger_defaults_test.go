package engine_test

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"
)

// Defaults is a server that answers a read of any key with 200: what nobody has set
// has a default. What it does with what it is sent depends on the account.
type defaults struct {
	*http.ServeMux
	pages *shelf
}

func newDefaults() *defaults {
	s := &defaults{ServeMux: http.NewServeMux(), pages: newShelf(150 * time.Millisecond)}
	s.pages.put("home", map[string]any{"name": "home", "title": "Home", "width": 3})
	s.HandleFunc("POST /pages", func(w http.ResponseWriter, r *http.Request) {
		page := asked(r)
		if fmt.Sprint(page["width"]) == "1000" {
			reply(w, 422, nil)
			return
		}
		s.keep(r, page["name"].(string), page)
		reply(w, 201, page)
	})
	s.HandleFunc("GET /pages", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, map[string]any{"pages": s.pages.all()})
	})
	s.HandleFunc("GET /pages/{name}", func(w http.ResponseWriter, r *http.Request) {
		page := s.pages.newest(r.PathValue("name"))
		if bearer(r) == "lagging" {
			page = s.pages.get(r.PathValue("name"))
		}
		if page == nil {
			page = map[string]any{"name": r.PathValue("name"), "title": "Untitled", "width": 5}
		}
		reply(w, 200, page)
	})
	s.HandleFunc("PATCH /pages/{name}", func(w http.ResponseWriter, r *http.Request) {
		page := s.pages.newest(r.PathValue("name"))
		if page == nil {
			page = map[string]any{"name": r.PathValue("name")}
		}
		maps.Copy(page, asked(r))
		s.keep(r, r.PathValue("name"), page)
		reply(w, 200, page)
	})
	s.HandleFunc("DELETE /pages/{name}", func(w http.ResponseWriter, r *http.Request) {
		s.keep(r, r.PathValue("name"), nil)
		reply(w, 204, nil)
	})
	return s
}

func (s *defaults) keep(r *http.Request, name string, page map[string]any) {
	switch bearer(r) {
	case "mock":
		return
	case "cutting":
		if page != nil {
			page["title"] = ""
		}
	}
	s.pages.put(name, page)
}

func (s *defaults) things() int { return s.pages.count() }

// TestDefaultsAreNoSight meets reads that know every key: neither does a default
// show what was refused or deleted, nor does it stand for what was never kept.
func TestDefaultsAreNoSight(t *testing.T) {
	t.Parallel()
	m := meet(t, "defaults", newDefaults())
	m.requireVerdicts(t, accused{
		"cutting: A page is saved under the name that it was given": "lied dropped-field",
		"cutting: A page is renamed":                                "inconclusive setup-failed",
		"cutting: A page is deleted":                                "inconclusive setup-failed",
		"cutting: A deleted page is not read":                       "inconclusive setup-failed",
		"mock: A page is saved under the name that it was given":    "lied lost-write",
		"mock: A page is renamed":                                   "inconclusive setup-failed",
		"mock: A page is deleted":                                   "inconclusive setup-failed",
		"mock: A deleted page is not read":                          "inconclusive setup-failed",
	})
	if left := m.server.things(); left != 1 {
		t.Errorf("%d things on the server, 1 before", left)
	}
}
