package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A clerk keeps notes truthfully, over real HTTP on loopback: POST /notes, GET
// /notes, and GET, PATCH and DELETE /notes/{id}. It writes down every request, and
// a test may answer some of them in its stead.
type clerk struct {
	t   *testing.T
	url string

	server  *httptest.Server
	mu      sync.Mutex
	asked   []asking
	notes   map[string]map[string]any
	keys    []string // in the order of making
	instead func(*clerk, http.ResponseWriter, asking) bool
}

// An asking is a request as it reached the clerk.
type asking struct {
	method, path, query string
	header              http.Header
	body                string
	who                 string // of the bearer token "t-NAME"; "" for nobody
}

func (a asking) String() string { return a.method + " " + a.path }

// sent gives a field of a JSON body.
func (a asking) sent(field string) string {
	var body map[string]any
	if json.Unmarshal([]byte(a.body), &body) != nil {
		return ""
	}
	text, _ := body[field].(string)
	return text
}

// newClerk opens a clerk; instead answers first, with the clerk's lock held, and
// says whether it did. It may be nil.
func newClerk(t *testing.T, instead func(*clerk, http.ResponseWriter, asking) bool) *clerk {
	t.Helper()
	c := &clerk{t: t, notes: map[string]map[string]any{}, instead: instead}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.url, c.server = server.URL, server
	return c
}

// ServeHTTP writes the request down and answers it.
func (c *clerk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a := asking{r.Method, r.URL.Path, r.URL.RawQuery, r.Header, string(body), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer t-")}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, a)
	if c.instead == nil || !c.instead(c, w, a) {
		c.answer(w, a)
	}
}

func (c *clerk) answer(w http.ResponseWriter, a asking) {
	id := strings.TrimPrefix(a.path, "/notes/")
	note := c.notes[id]
	var sent map[string]any
	_ = json.Unmarshal([]byte(a.body), &sent)
	switch {
	case a.String() == "POST /notes":
		write(w, 201, c.put(sent))
	case a.String() == "GET /notes":
		write(w, 200, map[string]any{"items": c.all()})
	case note == nil:
		write(w, 404, nil)
	case a.method == "GET":
		write(w, 200, note)
	case a.method == "PATCH":
		changed := map[string]any{}
		for _, fields := range []map[string]any{note, sent} {
			for name, value := range fields {
				changed[name] = value
			}
		}
		c.notes[id] = changed
		write(w, 200, changed)
	case a.method == "DELETE":
		delete(c.notes, id)
		write(w, 204, nil)
	default:
		write(w, 405, nil)
	}
}

// put keeps a note under a key of its own.
func (c *clerk) put(note map[string]any) map[string]any {
	kept := map[string]any{"id": "n" + strconv.Itoa(len(c.keys)+1)}
	for name, value := range note {
		kept[name] = value
	}
	c.keys = append(c.keys, kept["id"].(string))
	c.notes[kept["id"].(string)] = kept
	return kept
}

func (c *clerk) all() []any {
	items := []any{}
	for _, key := range c.keys {
		if note := c.notes[key]; note != nil {
			items = append(items, note)
		}
	}
	return items
}

// left counts the notes that are there.
func (c *clerk) left() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.notes)
}

// count counts requests that begin so: "POST /notes", "DELETE".
func (c *clerk) count(prefix string) int { return len(c.heard(prefix)) }

func (c *clerk) heard(prefix string) []asking {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []asking
	for _, a := range c.asked {
		if strings.HasPrefix(a.String(), prefix) {
			found = append(found, a)
		}
	}
	return found
}

func write(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// cut ends a connection in place of a reply.
func cut(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = connection.Close()
	}
}

// notesProvider is the clerk's provider.yaml.
const notesProvider = `polygraph: 1
provider: notes
auth: bearer
resources:
  note:
    make: {call: POST /notes, body: {text: "Made ${unique}"}}
    read: GET /notes/{key}
    list: {call: GET /notes, items: response.body.items}
    delete: DELETE /notes/{key}
defaults: {within: 300ms, patience: 500ms}
`

// Contracts that the tests share.
const (
	createsNote = `contract: A note is kept
call: POST /notes
body: {text: "New ${unique}"}
creates: note
`
	updatesNote = `contract: An edited note is edited
given: note
call: PATCH /notes/{note.id}
body: {text: "Edited ${unique}"}
updates: note
`
)

// twoAccounts are the accounts of a target before a clerk; %s is its address.
const twoAccounts = `targets:
  local:
    server: %s
    accounts: {ada: {credentials: {bearer: t-ada}}, bo: {credentials: {bearer: t-bo}}}
`

// A desk is a suite as texts; what is empty is the usual.
type desk struct {
	provider, contracts, targets string
	document                     string // openapi.yaml; "" for none
	table                        string // accounts.csv; "" for none
	change                       func(*Options)
}

// engine plans a run before the clerk. It is stopped when the test ends.
func (d desk) engine(c *clerk) *Engine {
	c.t.Helper()
	e, err := d.try(c)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { e.Stop(nil) })
	return e
}

func (d desk) try(c *clerk) (*Engine, error) {
	c.t.Helper()
	text := func(written, usual string) *fstest.MapFile {
		if written == "" {
			written = usual
		}
		return &fstest.MapFile{Data: []byte(strings.ReplaceAll(written, "%s", c.url))}
	}
	o := Options{}
	if d.change != nil {
		d.change(&o)
	}
	load := contracts.Options{Scope: contracts.Run, Env: o.Env}
	for name := range o.Probes {
		load.GoProbes = append(load.GoProbes, name)
	}
	files := fstest.MapFS{
		"provider.yaml": text(d.provider, notesProvider), "a.contract.yaml": text(d.contracts, createsNote), "polygraph.yaml": text(d.targets, twoAccounts),
	}
	if d.document != "" {
		files["openapi.yaml"] = text(d.document, "")
	}
	if d.table != "" {
		files["accounts.csv"] = text(d.table, "")
	}
	suite, err := contracts.LoadFS(files, load)
	if err != nil {
		c.t.Fatalf("load suite:\n%v", err)
	}
	o.Suite, o.Target = suite, suite.Target
	return New(o)
}

// run carries out every cell, on ada alone unless the desk says otherwise.
func (d desk) run(c *clerk) []*Result {
	c.t.Helper()
	change := d.change
	d.change = func(o *Options) {
		o.Accounts = []string{"ada"}
		if change != nil {
			change(o)
		}
	}
	return await(c.t, d.engine(c))
}

func await(t *testing.T, e *Engine) []*Result {
	t.Helper()
	e.Start(e.Cells()...)
	var results []*Result
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, cell := range e.Cells() {
		result, err := e.Await(ctx, cell)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, result)
	}
	return results
}

// require compares a result with "class kind", and fails where something was left.
func require(t *testing.T, r *Result, want string) {
	t.Helper()
	requireVerdict(t, r, want)
	if len(r.Left) > 0 {
		t.Errorf("%s: left behind: %+v", r.Cell, r.Left)
	}
}

func requireVerdict(t *testing.T, r *Result, want string) {
	t.Helper()
	if got := strings.TrimSpace(string(r.Verdict.Class) + " " + string(r.Verdict.Kind)); got != want {
		t.Errorf("%s: got %q, want %q: %s", r.Cell, got, want, reasons(r.Verdict))
	}
}

func reasons(v verdict.Verdict) string {
	text := ""
	for _, f := range v.Findings {
		text += fmt.Sprintf("\n  %s: %s (%s)", f.Kind, f.Reason, f.Hint)
	}
	for _, line := range v.Lines {
		text += "\n  - " + line.Text
	}
	return text
}
