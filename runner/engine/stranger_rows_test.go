package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// Rows are a table behind HTTP, as PostgREST serves one.
type rows struct {
	*http.ServeMux
	todos *shelf
	lies  map[string]string
}

func newRows(lies map[string]string) *rows {
	s := &rows{ServeMux: http.NewServeMux(), todos: newShelf(200 * time.Millisecond), lies: lies}
	s.HandleFunc("GET /todos", s.read)
	s.HandleFunc("HEAD /todos", s.read)
	s.HandleFunc("POST /todos", s.insert)
	s.HandleFunc("PATCH /todos", s.update)
	s.HandleFunc("DELETE /todos", s.remove)
	return s
}

func (s *rows) things() int { return s.todos.count() }

// policy tells whether a row policy swallows what an account writes.
func (s *rows) policy(r *http.Request) bool {
	return bearer(r) == "intern" || s.lies[bearer(r)] == "policy"
}

// filtered gives the rows that the query chooses; all without a filter.
func (s *rows) filtered(r *http.Request, rows []map[string]any) []map[string]any {
	id, has := strings.CutPrefix(r.URL.Query().Get("id"), "eq.")
	found := []map[string]any{}
	for _, row := range rows {
		if !has || fmt.Sprint(row["id"]) == id {
			found = append(found, row)
		}
	}
	return found
}

func (s *rows) read(w http.ResponseWriter, r *http.Request) {
	found := []map[string]any{}
	if bearer(r) == "admin" { // a policy shows the others nothing
		found = s.filtered(r, s.todos.all())
	}
	if r.URL.Query().Get("order") == "id.desc" {
		slices.Reverse(found)
	}
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	total := len(found)
	found = found[min(offset, total):]
	if limit, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil {
		found = found[:min(limit, len(found))]
	}
	w.Header().Set("Content-Range", fmt.Sprintf("%d-%d/%d", offset, offset+len(found)-1, total))
	if len(found) == 0 {
		w.Header().Set("Content-Range", "*/"+strconv.Itoa(total))
	}
	reply(w, 200, found)
}

var columns = []string{"task", "done", "due", "tags", "notes"}

func (s *rows) insert(w http.ResponseWriter, r *http.Request) {
	row := map[string]any{"done": false, "notes": nil}
	for name, value := range asked(r) {
		if !slices.Contains(columns, name) {
			reply(w, 400, map[string]any{"code": "PGRST204", "message": "Could not find the '" + name + "' column"})
			return
		}
		row[name] = value
	}
	if due, ok := row["due"].(string); ok {
		at, _ := time.Parse(time.RFC3339, due)
		row["due"] = at.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	id := s.todos.sole()
	row["id"] = id
	if !s.policy(r) {
		s.todos.put(strconv.Itoa(id), row)
	}
	w.Header().Set("Location", fmt.Sprintf("/todos?id=eq.%d", id))
	if r.Header.Get("Prefer") == "return=representation" {
		reply(w, 201, []any{row})
		return
	}
	reply(w, 201, nil)
}

func (s *rows) update(w http.ResponseWriter, r *http.Request) {
	sent := asked(r)
	if !s.policy(r) {
		chosen, wait := s.filtered(r, s.todos.all()), s.todos.wait()
		if s.lies[bearer(r)] == "ticks all" && sent["done"] == true {
			chosen = s.todos.all()
		}
		for _, row := range chosen {
			for name, value := range sent {
				row[name] = value
			}
			s.todos.putAfter(fmt.Sprint(row["id"]), row, wait)
		}
	}
	reply(w, 204, nil)
}

func (s *rows) remove(w http.ResponseWriter, r *http.Request) {
	if !s.policy(r) {
		for _, row := range s.filtered(r, s.todos.all()) {
			s.todos.put(fmt.Sprint(row["id"]), nil)
		}
	}
	reply(w, 204, nil)
}

// documented are the cells in which the row policy is met as documented.
func documented(account, class string) accused {
	return accused{
		account + ": An edited todo is edited":                                class + " lost-write",
		account + ": A new todo is saved although its author may not read it": class + " lost-write",
		account + ": A deleted todo is deleted, and only that one":            class,
		account + ": Ticking a todo off ticks off nothing else":               class + " lost-write",
	}
}

func TestRowsAreKept(t *testing.T) {
	t.Parallel()
	server := newRows(nil)
	for _, task := range []string{"milk", "bread", "tax", "call mum", "roof"} {
		id := server.todos.sole()
		server.todos.putAfter(strconv.Itoa(id), map[string]any{"id": json.Number(strconv.Itoa(id)), "task": task, "done": false}, 0)
	}
	m := meet(t, "rows", server)
	m.requireVerdicts(t, documented("intern", "known"))
	m.requireOnce(t)
	if left := server.things(); left != 5 {
		t.Errorf("%d rows, 5 before", left)
	}
}

func TestRowsLie(t *testing.T) {
	t.Parallel()
	t.Run("policy", func(t *testing.T) {
		t.Parallel()
		want := documented("bob", "lied")
		maps.Copy(want, documented("intern", "known"))
		meet(t, "rows", newRows(map[string]string{"bob": "policy"})).requireVerdicts(t, want)
	})
	t.Run("ticks all", func(t *testing.T) {
		t.Parallel()
		// It ticks what other cells made, too: one after the other, each sees its own.
		m := meet(t, "rows", newRows(map[string]string{"bob": "ticks all"}), func(o *engine.Options) {
			o.Accounts, o.OneAtATime = []string{"bob"}, true
		})
		m.requireVerdicts(t, accused{"bob: Ticking a todo off ticks off nothing else": "lied side-effect"})
	})
}
