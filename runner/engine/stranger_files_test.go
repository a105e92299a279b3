package engine_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Files are saved under a name and given back as they came.
type files struct {
	saved *shelf
	lies  map[string]string
}

func newFiles(lies map[string]string) *files {
	return &files{saved: newShelf(200 * time.Millisecond), lies: lies}
}

func (s *files) things() int { return s.saved.count() }

// ServeHTTP takes the name as it is escaped: it may hold a slash.
func (s *files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, name := strings.TrimPrefix(r.Header.Get("X-Api-Key"), "f-"), strings.TrimPrefix(r.URL.EscapedPath(), "/files/")
	key := user + " " + name
	switch {
	case user == "":
		w.WriteHeader(401)
	case r.URL.Path == "/files":
		names := []string{}
		for _, file := range s.saved.all() {
			if file["user"] == user {
				names = append(names, file["name"].(string))
			}
		}
		reply(w, 200, names)
	case r.Method == http.MethodPut:
		s.save(w, r, user, key)
	case s.saved.get(key) == nil:
		w.WriteHeader(404)
	case r.Method == http.MethodDelete:
		s.saved.put(key, nil)
		w.WriteHeader(204)
	default:
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, s.saved.get(key)["text"].(string))
	}
}

func (s *files) save(w http.ResponseWriter, r *http.Request, user, key string) {
	text, _ := io.ReadAll(r.Body)
	body, name := string(text), strings.TrimPrefix(r.URL.Path, "/files/")
	switch s.lies[user] {
	case "trims":
		body = strings.TrimSpace(body)
	case "ascii":
		body = strings.ReplaceAll(body, "€", "?")
	case "lost":
		w.WriteHeader(201)
		return
	}
	s.saved.put(key, map[string]any{"user": user, "name": name, "text": body})
	w.WriteHeader(201)
}

func TestFilesAreKept(t *testing.T) {
	t.Parallel()
	meet(t, "files", newFiles(nil)).requireTruth(t, 0)
}

func TestFilesLie(t *testing.T) {
	t.Parallel()
	for lie, kind := range map[string]string{"trims": "lied altered-value", "ascii": "lied altered-value", "lost": "lied lost-write"} {
		t.Run(lie, func(t *testing.T) {
			t.Parallel()
			meet(t, "files", newFiles(map[string]string{"jon": lie})).requireVerdicts(t, accused{"jon: A saved file is what was sent, to the last byte": kind})
		})
	}
}
