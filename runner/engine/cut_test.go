package engine_test

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A cutter keeps notes and cuts connections: before it has read the request, after
// it has stored it, in the middle of its reply. It counts how often each title
// arrives, those that say that they are a second act apart. A request under a key
// that it knows stores nothing.
type cutter struct {
	mu      sync.Mutex
	next    int
	notes   map[string]map[string]any
	keys    map[string]map[string]any
	arrived map[string]int
}

// secondTurn is the header of a second act.
const secondTurn = "X-Turn"

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
	turn := r.Header.Get(secondTurn)
	c.arrived[title+" "+turn]++
	fate := rand.IntN(5)
	if title, _, _ := strings.Cut(title, " "); title == "Twice" && turn == "" {
		fate = rand.IntN(15) // a second act follows only where the first was answered
	}
	key := r.Header.Get("Idempotency-Key")
	switch known := c.keys[key]; {
	case known != nil:
		note = known
	case fate != 0:
		c.next++
		note["id"] = fmt.Sprint(c.next)
		c.notes[note["id"].(string)] = note
		if key != "" {
			c.keys[key] = note
		}
	}
	c.mu.Unlock()
	reply, _ := json.Marshal(note)
	switch fate {
	case 0, 1, 2:
		hijacker, ok := w.(http.Hijacker)
		if !ok { // HTTP/2 has no connection of its own
			abort(w, reply, fate)
		}
		conn, _, err := hijacker.Hijack()
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

// abort resets a stream: before its reply, or in the middle.
func abort(w http.ResponseWriter, reply []byte, fate int) {
	if fate == 2 {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(reply)))
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(reply[:len(reply)/2])
		_ = http.NewResponseController(w).Flush()
	}
	panic(http.ErrAbortHandler)
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
	throughCuts(t, 84, `contract: A note is saved
call: POST /notes
body: {title: "Plain ${unique}"}
creates: note
---
contract: A note with a key is saved
call: POST /notes
headers: {idempotency-key: "${uuid}"}
body: {title: "Keyed ${unique}"}
creates: note
`)
}

// The second act of `again` is sent on its own, too, and not by a transport that takes
// its key for a licence.
func TestSecondActsArriveOnceThroughCuts(t *testing.T) {
	t.Parallel()
	throughCuts(t, 110, `contract: A note with a key is saved once
call: POST /notes
headers: {idempotency-key: "${uuid}"}
body: {title: "Twice ${unique}"}
creates: note
again:
  same request: {headers: {`+secondTurn+`: second}, status: 201}
  another key:  {headers: {`+secondTurn+`: second, idempotency-key: "${uuid}"}, effect: again}
`)
}

// throughCuts runs contracts once, and as often as it says with POLYGRAPH_SOAK=1.
func throughCuts(t *testing.T, whole int, text string) {
	for _, h2 := range []bool{false, true} {
		t.Run(map[bool]string{false: "HTTP/1.1", true: "HTTP/2"}[h2], func(t *testing.T) {
			t.Parallel()
			var c cuts
			rounds := 1
			if os.Getenv("POLYGRAPH_SOAK") != "" {
				rounds = whole
			}
			for range rounds {
				c.act(t, h2, text)
			}
			t.Logf("%d first and %d second acts, 0 twice unless said above; %d cells kept, %d inconclusive", c.first, c.second, c.kept, c.unclear)
		})
	}
}

// Cuts count what arrived, and what came of it.
type cuts struct{ first, second, kept, unclear int }

// act runs cells on 60 accounts before a server that cuts, and counts at it.
func (c *cuts) act(t *testing.T, h2 bool, text string) {
	t.Helper()
	server := &cutter{notes: map[string]map[string]any{"0": {"id": "0", "title": "somebody's"}}, arrived: map[string]int{}, keys: map[string]map[string]any{}}
	listening := httptest.NewUnstartedServer(server)
	listening.Config.ErrorLog = log.New(io.Discard, "", 0)
	roots := (*x509.CertPool)(nil)
	if listening.EnableHTTP2 = h2; h2 {
		listening.StartTLS()
		roots = x509.NewCertPool()
		roots.AddCert(listening.Certificate())
	} else {
		listening.Start()
	}
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
		"cutter.contract.yaml": {Data: []byte(text)},
		"polygraph.yaml":       {Data: []byte("targets: {here: {server: '" + listening.URL + "', accounts: " + accounts + "}}}\n")},
	}, contracts.Options{Scope: contracts.Run})
	if err != nil {
		t.Fatal(err)
	}
	results := carry(t, engine.Options{Suite: suite, Target: suite.Target, Wire: wire.Options{Roots: roots}})
	kept, unclear := 0, 0
	for _, r := range results {
		switch {
		case r.Verdict.Class == verdict.Kept:
			kept++
		case r.Verdict.Class == verdict.Inconclusive:
			unclear++
		default:
			t.Errorf("accused: %s", describe(r))
		}
		if len(r.Left) > 0 {
			t.Errorf("left behind by %s: %+v", r.Cell, r.Left)
		}
	}
	first, second := 0, 0
	for title, n := range server.arrived {
		if n > 1 {
			t.Errorf("%q arrived %d times", title, n)
		}
		if strings.HasSuffix(title, "second") {
			second++
		} else {
			first++
		}
	}
	if first < len(results)*3/4 || kept == 0 || unclear == 0 || second == 0 && strings.Contains(text, "again") {
		t.Errorf("%d and %d acts of %d cells arrived, %d kept: the test tests nothing", first, second, len(results), kept)
	}
	if len(server.notes) != 1 || server.notes["0"] == nil {
		t.Errorf("left on the server: %v", server.notes)
	}
	c.first, c.second, c.kept, c.unclear = c.first+first, c.second+second, c.kept+kept, c.unclear+unclear
}
