package engine_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A library and a note keeper, each described by an OpenAPI document alone.
type books struct {
	*http.ServeMux
	books *shelf
	lies  map[string]string
}

func newBooks(lies map[string]string) *books {
	s := &books{ServeMux: http.NewServeMux(), books: newShelf(250 * time.Millisecond), lies: lies}
	for pattern, next := range map[string]http.HandlerFunc{
		"GET /shelves/{shelf}/books": s.list, "POST /shelves/{shelf}/books": s.add,
		"GET /books/{isbn}": s.read, "PATCH /books/{isbn}": s.edit, "DELETE /books/{isbn}": s.drop, "PUT /books/{isbn}/loan": s.lend,
	} {
		s.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if reader(r) == "" {
				reply(w, 401, nil)
				return
			}
			next(w, r)
		})
	}
	return s
}

func reader(r *http.Request) string { return strings.TrimPrefix(r.Header.Get("X-Api-Key"), "k-") }

func (s *books) things() int { return s.books.count() }

func (s *books) list(w http.ResponseWriter, r *http.Request) {
	var found []map[string]any
	for _, book := range s.books.all() {
		if book["shelf"] == r.PathValue("shelf") {
			found = append(found, book)
		}
	}
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	at, _ := strconv.Atoi(r.URL.Query().Get("page"))
	if (at+1)*size < len(found) {
		next := fmt.Sprintf("/shelves/%s/books?per_page=%d&page=%d", url.PathEscape(r.PathValue("shelf")), size, at+1)
		w.Header().Add("Link", `</first>; rel="first", <`+next+`>; rel="next"`)
	}
	reply(w, 200, found[min(at*size, len(found)):min(at*size+size, len(found))])
}

func (s *books) add(w http.ResponseWriter, r *http.Request) {
	book := map[string]any{"language": "en"}
	maps.Copy(book, asked(r))
	if book["title"] == nil {
		reply(w, 422, map[string]any{"title": "is missing"})
		return
	}
	isbn := fmt.Sprintf("978-%d", s.books.sole())
	delete(book, "pin")
	book["isbn"], book["shelf"], book["state"], book["lent_to"] = isbn, r.PathValue("shelf"), "in", nil
	if published, ok := book["published"].(string); ok {
		at, _ := time.Parse(time.RFC3339, published)
		book["published"] = at.UTC().Format("2006-01-02T15:04:05.00Z")
		switch s.lies[reader(r)] {
		case "language reset":
			book["language"] = "en"
		case "pages rounded":
			book["pages"] = 9007199254740992
		case "year lost":
			book["published"] = "2019-05-06T05:08:09Z"
		}
	}
	s.books.put(isbn, book)
	reply(w, 201, book)
}

func (s *books) read(w http.ResponseWriter, r *http.Request) {
	book := s.books.get(r.PathValue("isbn"))
	if book == nil {
		reply(w, 410, nil)
		return
	}
	reply(w, 200, book)
}

func (s *books) edit(w http.ResponseWriter, r *http.Request) {
	book := s.books.newest(r.PathValue("isbn"))
	if book == nil || r.Header.Get("Content-Type") != "application/merge-patch+json" {
		reply(w, 415, nil)
		return
	}
	sent := asked(r)
	if s.lies[reader(r)] == "pages kept" {
		delete(sent, "pages")
	}
	maps.Copy(book, sent)
	s.books.put(r.PathValue("isbn"), book)
	reply(w, 200, book)
}

func (s *books) drop(w http.ResponseWriter, r *http.Request) {
	s.books.put(r.PathValue("isbn"), nil)
	reply(w, 204, nil)
}

func (s *books) lend(w http.ResponseWriter, r *http.Request) {
	book := s.books.newest(r.PathValue("isbn"))
	book["state"], book["lent_to"] = "lent", asked(r)["to"]
	switch s.lies[reader(r)] {
	case "lent to nobody":
		book["lent_to"] = nil
	case "not lent":
		book = s.books.newest(r.PathValue("isbn"))
	}
	s.books.put(r.PathValue("isbn"), book)
	reply(w, 204, nil)
}

func TestBooksAreKept(t *testing.T) {
	t.Parallel()
	meet(t, "books", newBooks(nil)).requireTruth(t, 0)
}

func TestBooksLie(t *testing.T) {
	t.Parallel()
	added, lent := "editor: An added book stands on its shelf", "editor: A lent book is lent"
	for lie, want := range map[string]accused{
		"language reset": {added: "lied dropped-field", added + " (no number of pages)": "lied dropped-field"},
		"pages rounded":  {added: "lied altered-value", added + " (no number of pages)": "lied altered-value"},
		"year lost":      {added: "lied altered-value", added + " (no number of pages)": "lied altered-value"},
		"pages kept":     {"editor: An edited book is edited": "lied dropped-field"},
		"lent to nobody": {lent: "lied dropped-field"},
		"not lent":       {lent: "lied lost-write"},
	} {
		t.Run(lie, func(t *testing.T) {
			t.Parallel()
			meet(t, "books", newBooks(map[string]string{"editor": lie})).requireVerdicts(t, want)
		})
	}
}

type notes struct {
	*http.ServeMux
	notes *shelf
	lies  map[string]string
}

func newNotes(lies map[string]string) *notes {
	s := &notes{ServeMux: http.NewServeMux(), notes: newShelf(200 * time.Millisecond), lies: lies}
	for pattern, next := range map[string]func(w http.ResponseWriter, r *http.Request, user string){
		"GET /v2/notes": s.list, "POST /v2/notes": s.add, "GET /v2/notes/{id}": s.read, "PUT /v2/notes/{id}": s.set, "DELETE /v2/notes/{id}": s.drop,
	} {
		s.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			user, password, _ := r.BasicAuth()
			if password != "p:w ä" {
				reply(w, 401, nil)
				return
			}
			next(w, r, user)
		})
	}
	return s
}

func (s *notes) things() int { return s.notes.count() }

func (s *notes) list(w http.ResponseWriter, r *http.Request, user string) {
	found := slices.DeleteFunc(s.notes.all(), func(note map[string]any) bool { return note["by"] != user })
	reply(w, 200, map[string]any{"notes": found})
}

func (s *notes) save(id int, sent map[string]any, user string) map[string]any {
	sent["noteId"], sent["by"], sent["changed"] = id, user, time.Now()
	s.notes.put(strconv.Itoa(id), sent)
	return sent
}

func (s *notes) add(w http.ResponseWriter, r *http.Request, user string) {
	reply(w, 201, s.save(s.notes.sole(), asked(r), user))
}

func (s *notes) read(w http.ResponseWriter, r *http.Request, user string) {
	note := s.notes.get(r.PathValue("id"))
	if note["by"] != user {
		reply(w, 404, nil)
		return
	}
	reply(w, 200, note)
}

func (s *notes) set(w http.ResponseWriter, r *http.Request, user string) {
	id, _ := strconv.Atoi(r.PathValue("id"))
	if s.lies[user] == "only touched" {
		note := s.notes.newest(r.PathValue("id"))
		reply(w, 200, s.save(id, note, user))
		return
	}
	reply(w, 200, s.save(id, asked(r), user))
}

func (s *notes) drop(w http.ResponseWriter, r *http.Request, user string) {
	if s.notes.newest(r.PathValue("id")) == nil {
		reply(w, 404, nil)
		return
	}
	s.notes.put(r.PathValue("id"), nil)
	reply(w, 204, nil)
}

func TestNotesAreKept(t *testing.T) {
	t.Parallel()
	meet(t, "notes", newNotes(nil)).requireTruth(t, 0)
}

func TestNotesLie(t *testing.T) {
	t.Parallel()
	meet(t, "notes", newNotes(map[string]string{"bo": "only touched"})).requireVerdicts(t, accused{"bo: A note that is set is set": "lied lost-write"})
}
