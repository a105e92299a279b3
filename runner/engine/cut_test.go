package engine_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A cutter keeps notes and cuts connections: before it has read the request, after
// it has stored it, in the middle of its reply. It counts how often each title
// arrives.
type cutter struct {
	mu      sync.Mutex
	next    int
	notes   map[string]map[string]any
	arrived map[string]int
}

func (c *cutter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, "/notes/")
	switch {
	case r.Method == "POST":
		c.create(w, r)
	case r.URL.Path == "/notes":
		c.list(w)
	default:
		c.one(w, r, id)
	}
}

func (c *cutter) create(w http.ResponseWriter, r *http.Request) {
	var note map[string]any
	text, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(text, &note)
	c.mu.Lock()
	title, _ := note["title"].(string)
	c.arrived[title]++
	fate := rand.IntN(5)
	if fate != 0 {
		c.next++
		note["id"] = fmt.Sprint(c.next)
		c.notes[note["id"].(string)] = note
	}
	c.mu.Unlock()
	reply, _ := json.Marshal(note)
	switch fate {
	case 0, 1, 2:
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		if fate == 2 {
			fmt.Fprintf(conn, "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(reply), reply[:len(reply)/2])
		}
		if tcp, ok := conn.(*net.TCPConn); ok && rand.IntN(2) == 0 {
			_ = tcp.SetLinger(0) // a reset instead of an end
		}
		conn.Close()
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(reply)
	}
}

func (c *cutter) list(w http.ResponseWriter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []any{}
	for _, note := range c.notes {
		all = append(all, note)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(all)
}

func (c *cutter) one(w http.ResponseWriter, r *http.Request, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	note, there := c.notes[id]
	switch {
	case !there:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == "DELETE":
		delete(c.notes, id)
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(note)
	}
}

// An act whose connection is cut is never sent again, with an idempotency key or
// without; nobody is accused of what cannot be known; and what was stored behind a
// cut reply is found by its marker and removed.
func TestActsArriveOnceThroughCuts(t *testing.T) {
	t.Parallel()
	server := &cutter{notes: map[string]map[string]any{"0": {"id": "0", "title": "somebody's"}}, arrived: map[string]int{}}
	listening := httptest.NewServer(server)
	defer listening.Close()
	accounts := "{"
	for i := range 60 {
		accounts += fmt.Sprintf("a%02d: {}, ", i)
	}
	suite, err := contracts.LoadFS(fstest.MapFS{
		"provider.yaml": {Data: []byte(`polygraph: 1
provider: cutter
resources:
  note:
    key: id
    read: GET /notes/{key}
    list: GET /notes
    delete: DELETE /notes/{key}
defaults: {within: 200ms}
`)},
		"cutter.contract.yaml": {Data: []byte(`contract: A note is saved
call: POST /notes
body: {title: "Plain ${unique}"}
creates: note
---
contract: A note with a key is saved
call: POST /notes
headers: {idempotency-key: "${uuid}"}
body: {title: "Keyed ${unique}"}
creates: note
`)},
		"polygraph.yaml": {Data: []byte("targets: {here: {server: '" + listening.URL + "', accounts: " + accounts + "}}}\n")},
	}, contracts.Options{Scope: contracts.Run})
	if err != nil {
		t.Fatal(err)
	}
	results := carry(t, engine.Options{Suite: suite, Target: suite.Target})
	kept := 0
	for _, r := range results {
		switch {
		case r.Verdict.Class == verdict.Kept:
			kept++
		case r.Verdict.Class != verdict.Inconclusive:
			t.Errorf("accused: %s", describe(r))
		}
		if len(r.Left) > 0 {
			t.Errorf("left behind by %s: %+v", r.Cell, r.Left)
		}
	}
	for title, n := range server.arrived {
		if n > 1 {
			t.Errorf("%q arrived %d times", title, n)
		}
	}
	if len(server.arrived) != len(results) || kept == 0 || kept == len(results) {
		t.Errorf("%d acts of %d cells arrived, %d kept: the test tests nothing", len(server.arrived), len(results), kept)
	}
	if len(server.notes) != 1 || server.notes["0"] == nil {
		t.Errorf("left on the server: %v", server.notes)
	}
}
