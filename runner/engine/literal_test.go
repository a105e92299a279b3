package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// A shop is a small API of the plainest sort, for suites that take the language at
// its word: POST /KIND, GET, PATCH, PUT and DELETE /KIND/ID, GET /KIND, and POST
// /KIND/ID/VERB, which writes the verb into `state`. Things have `id`, `owner`,
// `title` and whatever was sent; `stars` beyond 1–5 and a missing title are 422.
type shop struct {
	*http.ServeMux // what a test answers otherwise; asked first
	mu             sync.Mutex
	next           int
	kinds          map[string][]map[string]any
	writes         []string
	settings       map[string]any
}

func newShop() *shop {
	return &shop{ServeMux: http.NewServeMux(), kinds: map[string][]map[string]any{}, next: 10, settings: map[string]any{"theme": "light", "size": json.Number("3")}}
}

func (s *shop) things() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, list := range s.kinds {
		for _, thing := range list {
			if thing["state"] != "deleted" {
				n++
			}
		}
	}
	return n
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := s.Handler(r); pattern != "" {
		s.ServeMux.ServeHTTP(w, r)
		return
	}
	s.plain(w, r)
}

// plain answers as the shop does by itself.
func (s *shop) plain(w http.ResponseWriter, r *http.Request) {
	who := bearer(r)
	if who == "" {
		reply(w, 401, map[string]any{"error": "who are you"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if r.Method != "GET" {
		s.writes = append(s.writes, r.Method+" "+r.URL.RequestURI())
	}
	switch {
	case len(parts) == 1 && r.Method == "POST":
		s.add(w, r, parts[0], who)
	case len(parts) == 1 && r.Method == "GET":
		s.list(w, r, parts[0])
	case len(parts) >= 2:
		s.one(w, r, parts)
	default:
		reply(w, 405, nil)
	}
}

func misfit(body map[string]any, whole bool) string {
	if stars, has := body["stars"]; has && stars != nil {
		n, err := strconv.Atoi(fmt.Sprint(stars))
		if err != nil || n < 1 || n > 5 {
			return "stars"
		}
	}
	title, has := body["title"]
	if whole && title == nil || has && title == nil {
		return "title"
	}
	return ""
}

func (s *shop) add(w http.ResponseWriter, r *http.Request, kind, who string) {
	body := asked(r)
	if field := misfit(body, true); field != "" {
		reply(w, 422, map[string]any{"error": field})
		return
	}
	s.next++
	thing := map[string]any{"state": "draft", "slug": "x"}
	maps.Copy(thing, body)
	thing["id"], thing["owner"] = json.Number(strconv.Itoa(s.next)), who
	s.kinds[kind] = append(s.kinds[kind], thing)
	w.Header().Set("Location", fmt.Sprintf("/%s/%d", kind, s.next))
	reply(w, 201, maps.Clone(thing))
}

func (s *shop) list(w http.ResponseWriter, r *http.Request, kind string) {
	all := []any{}
	for _, thing := range s.kinds[kind] {
		all = append(all, maps.Clone(thing))
	}
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil {
		reply(w, 200, map[string]any{"items": all, "total": len(all)})
		return
	}
	from := min((page-1)*2, len(all))
	reply(w, 200, map[string]any{"items": all[from:min(from+2, len(all))], "total": len(all), "page": page})
}

func (s *shop) find(kind, id string) map[string]any {
	for _, thing := range s.kinds[kind] {
		if fmt.Sprint(thing["id"]) == id {
			return thing
		}
	}
	return nil
}

func (s *shop) one(w http.ResponseWriter, r *http.Request, parts []string) {
	thing := s.find(parts[0], parts[1])
	if thing == nil {
		reply(w, 404, map[string]any{"error": "not found"})
		return
	}
	switch {
	case len(parts) == 3:
		thing["state"] = parts[2]
	case r.Method == "GET":
	case r.Method == "DELETE":
		s.kinds[parts[0]] = slices.DeleteFunc(s.kinds[parts[0]], func(t map[string]any) bool { return fmt.Sprint(t["id"]) == parts[1] })
		reply(w, 204, nil)
		return
	default:
		body := asked(r)
		if field := misfit(body, false); field != "" {
			reply(w, 422, map[string]any{"error": field})
			return
		}
		for name, value := range body {
			if thing[name] = value; value == nil {
				delete(thing, name)
			}
		}
	}
	reply(w, 200, maps.Clone(thing))
}

// reviewShop is the head of a shop's provider.yaml: its reviews, and room below them
// for more of `review`, for other resources and for other blocks.
const reviewShop = `
polygraph: 1
provider: shop
auth: bearer
resources:
  review:
    make: {call: POST /reviews, body: {title: "Made ${unique}", stars: 4}}
    read: GET /reviews/{key}
    list: GET /reviews
    delete: DELETE /reviews/{key}
`

// plainShop is the provider that most suites here need, and plainTarget its target.
const plainShop = reviewShop + `probes:
  count: {call: GET /reviews, item: response.body.total}
defaults: {within: 500ms}
`

const plainTarget = `
targets:
  local:
    server: "${env.SERVER}"
    roles: {clerk: ada}
    vars: {kind: reviews, site: "${env.SERVER}"}
    accounts:
      ada: {credentials: {bearer: t-ada}}
      bob: {credentials: {bearer: t-bob}, vars: {kind: notes}}
`

// say runs a suite: an archive of files, of which provider.yaml and polygraph.yaml
// are the plain ones where it has none.
func say(t *testing.T, server stranger, suite string, changes ...func(*engine.Options)) *meeting {
	t.Helper()
	files := fstest.MapFS{"provider.yaml": {Data: []byte(plainShop)}, "polygraph.yaml": {Data: []byte(plainTarget)}}
	for _, file := range txtar.Parse([]byte(suite)).Files {
		files[file.Name] = &fstest.MapFile{Data: file.Data}
	}
	return attend(t, files, server, changes...)
}

// TestLiterally takes sentences of the language one by one, as somebody would write
// them who has read nothing else.
func TestLiterally(t *testing.T) {
	takeRows(t, literal)
}

// takeRows runs rows beside each other, each before a shop of its own.
func takeRows(t *testing.T, rows []literalRow) {
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.run(t)
		})
	}
}

func (row literalRow) run(t *testing.T) {
	s := newShop()
	if row.prepare != nil {
		row.prepare(s)
	}
	before := s.things()
	m := say(t, s, row.suite)
	m.requireVerdicts(t, row.want)
	if left := s.things(); left != before+row.stays {
		t.Errorf("%d things on the server, %d before", left, before)
	}
	if row.after != nil {
		row.after(t, s)
	}
}
