package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// An index keeps documents, and takes many at once: each is saved or refused by itself.
// lie is "swallows" for one that says of what it does not save that it did.
type index struct {
	mu   sync.Mutex
	next int
	docs []map[string]any // _id and _source
	lie  string
}

func (x *index) things() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.docs)
}

func (x *index) looks(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "_search") }

func (x *index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	defer x.mu.Unlock()
	id, named := strings.CutPrefix(r.URL.Path, "/notes/_doc/")
	at := slices.IndexFunc(x.docs, func(d map[string]any) bool { return d["_id"] == id })
	switch {
	case r.URL.Path == "/notes/_doc":
		reply(w, 201, map[string]any{"_id": x.add(asked(r)), "result": "created"})
	case r.URL.Path == "/notes/_search":
		reply(w, 200, map[string]any{"hits": map[string]any{"hits": slices.Clone(x.docs)}})
	case r.URL.Path == "/notes/_bulk":
		x.bulk(w, r)
	case !named || at < 0:
		reply(w, 404, map[string]any{"found": false})
	case r.Method == "DELETE":
		x.docs = slices.Delete(x.docs, at, at+1)
		reply(w, 200, map[string]any{"result": "deleted"})
	default:
		reply(w, 200, x.docs[at])
	}
}

func (x *index) add(source map[string]any) string {
	x.next++
	id := "d" + strconv.Itoa(x.next)
	x.docs = append(x.docs, map[string]any{"_id": id, "_source": source})
	return id
}

func (x *index) bulk(w http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(r.Body)
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	items := []any{}
	for i := 1; i < len(lines); i += 2 {
		var source map[string]any
		decoder := json.NewDecoder(bytes.NewReader(lines[i]))
		decoder.UseNumber()
		_ = decoder.Decode(&source)
		if _, err := strconv.Atoi(fmt.Sprint(source["n"])); err != nil {
			items = append(items, map[string]any{"index": map[string]any{"status": 400, "error": "mapper_parsing_exception"}})
			continue
		}
		id := "none"
		if x.lie != "swallows" {
			id = x.add(source)
		}
		items = append(items, map[string]any{"index": map[string]any{"_id": id, "status": 201}})
	}
	reply(w, 200, map[string]any{"errors": true, "items": items})
}

// A cluster keeps widgets. One that is deleted goes when its finalizer has run, here at
// the second look.
type cluster struct {
	mu      sync.Mutex
	widgets map[string]map[string]any
	looked  map[string]int // since it was deleted
}

func (c *cluster) things() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.widgets)
}

func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, name, _ := strings.Cut(r.URL.Path, "/widgets")
	name = strings.Trim(name, "/")
	widget := c.widgets[name]
	if meta, _ := widget["metadata"].(map[string]any); meta != nil && meta["deletionTimestamp"] != nil && r.Method == "GET" {
		if c.looked[name]++; c.looked[name] > 1 {
			delete(c.widgets, name)
			widget = nil
		}
	}
	switch {
	case r.Method == "POST":
		made := asked(r)
		meta := made["metadata"].(map[string]any)
		c.widgets[fmt.Sprint(meta["name"])] = made
		reply(w, 201, made)
	case name == "":
		items := []any{}
		for _, each := range c.widgets {
			items = append(items, each)
		}
		reply(w, 200, map[string]any{"items": items, "metadata": map[string]any{"continue": ""}})
	case widget == nil:
		reply(w, 404, map[string]any{"kind": "Status"})
	default:
		if r.Method == "DELETE" {
			widget["metadata"].(map[string]any)["deletionTimestamp"] = "2026-01-01T00:00:00Z"
		}
		reply(w, 200, widget)
	}
}

// example is a suite of the language's examples, as it stands, with accounts.
func example(t *testing.T, name string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../../contracts/testdata/examples", name, "*.yaml"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%s: %v, %v", name, files, err)
	}
	var suite strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(file) == "polygraph.yaml" {
			continue
		}
		fmt.Fprintf(&suite, "-- %s --\n%s\n", filepath.Base(file), text)
	}
	suite.WriteString("-- polygraph.yaml --\ntargets:\n  local:\n    server: \"${env.SERVER}\"\n    vars: {namespace: default}\n    accounts: {ada: {}}\n")
	return suite.String()
}

// TestExampleOfBulks runs the example of a bulk as it stands.
func TestExampleOfBulks(t *testing.T) {
	for lie, want := range map[string]accused{
		"":         {},
		"swallows": {"ada: Every item of a bulk is saved or refused": "lied lost-write"},
	} {
		t.Run("lie "+lie, func(t *testing.T) {
			t.Parallel()
			x := &index{lie: lie, docs: []map[string]any{{"_id": "d0", "_source": map[string]any{"title": "here before", "n": 0}}}}
			say(t, x, soon(example(t, "elasticsearch"))).requireVerdicts(t, want)
			if x.things() != 1 {
				t.Errorf("%d documents, 1 before", x.things())
			}
		})
	}
}

// TestExampleOfFinalizers runs the example of a deletion that takes its time.
func TestExampleOfFinalizers(t *testing.T) {
	t.Parallel()
	c := &cluster{widgets: map[string]map[string]any{}, looked: map[string]int{}}
	say(t, c, soon(example(t, "kubernetes"))).requireVerdicts(t, accused{})
	if c.things() != 0 {
		t.Errorf("%d widgets are left", c.things())
	}
}

// soon has lies found sooner than the example's own times have it.
func soon(suite string) string {
	suite = strings.Replace(suite, "lag: 2s", "lag: 200ms", 1)
	return strings.Replace(suite, "-- provider.yaml --\n", "-- provider.yaml --\ndefaults: {within: 400ms}\n", 1)
}
