package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Strangers are providers that nothing in Polygraph was written for. Each is a
// small server with its own ideas of identity, wrapping, paging and refusal, and a
// suite in testdata/strangers that was written from the language alone. A truthful
// stranger must come out kept in every cell, with nothing left on it; each of its
// lies must be named, and only where it was told.

// A stranger is a server that can be lied with and counted.
type stranger interface {
	http.Handler
	// things counts what has been made and is not gone.
	things() int
}

// A meeting is one run of a stranger's suite.
type meeting struct {
	results []*engine.Result
	log     *writeLog
	server  stranger
}

// meet runs the suite of testdata/strangers/<name>.txtar before a server.
func meet(t *testing.T, name string, server stranger, changes ...func(*engine.Options)) *meeting {
	t.Helper()
	return attend(t, suiteOf(t, name), server, changes...)
}

// attend runs every cell of a suite's files before a server, which listens at
// ${env.SERVER}.
func attend(t *testing.T, files fstest.MapFS, server stranger, changes ...func(*engine.Options)) *meeting {
	t.Helper()
	log := &writeLog{next: server, seen: map[string]int{}}
	listener := httptest.NewServer(log)
	t.Cleanup(listener.Close)
	env := func(name string) (string, bool) { return listener.URL, name == "SERVER" }
	o := engine.Options{Env: env}
	for _, change := range changes {
		change(&o)
	}
	suite, err := contracts.LoadFS(files, contracts.Options{Scope: contracts.Run, Env: env, GoProbes: slices.Sorted(maps.Keys(o.Probes))})
	if err != nil {
		t.Fatalf("load:\n%v", err)
	}
	o.Suite, o.Target = suite, suite.Target
	e, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Stop(nil)
	e.Start(e.Cells()...)
	m := &meeting{log: log, server: server}
	for _, cell := range e.Cells() {
		result, err := e.Await(context.Background(), cell)
		if err != nil {
			t.Fatal(err)
		}
		m.results = append(m.results, result)
	}
	return m
}

func suiteOf(t *testing.T, name string) fstest.MapFS {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/strangers/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, file := range archive.Files {
		files[file.Name] = &fstest.MapFile{Data: file.Data}
	}
	return files
}

// accused says which cells may be anything but kept: "account: title (case)" →
// "class kind", of which the kind may be left out. Every one of them must be so.
type accused map[string]string

// requireVerdicts compares every cell with what it must be. Nothing may be left
// behind but what went astray.
func (m *meeting) requireVerdicts(t *testing.T, want accused) {
	t.Helper()
	met := map[string]bool{}
	for _, r := range m.results {
		name := r.Cell.Account.Name + ": " + r.Cell.Contract.Title
		if sub := r.Cell.CaseName(); sub != "" {
			name += " (" + sub + ")"
		}
		expected := "kept"
		if wanted, has := want[name]; has {
			expected, met[name] = wanted, true
		}
		got := strings.TrimSpace(string(r.Verdict.Class) + " " + string(r.Verdict.Kind))
		if got != expected && string(r.Verdict.Class) != expected {
			t.Errorf("want %s: %s", expected, describe(r))
			if os.Getenv("STRANGER") != "" {
				for _, x := range r.Exchanges {
					text, _ := json.Marshal(x)
					t.Logf("%.1500s", text)
				}
			}
		}
		stray := r.Verdict.Kind == verdict.MisdirectedWrite // lies on another account, where nothing of ours is deleted
		if (len(r.Left) > 0) != stray {
			t.Errorf("left behind by %s: %+v", r.Cell, r.Left)
		}
	}
	for name := range want {
		if !met[name] {
			t.Errorf("there is no cell %q", name)
		}
	}
}

// requireTruth is a truthful stranger's: all kept, nothing left, no write sent twice.
func (m *meeting) requireTruth(t *testing.T, before int) {
	t.Helper()
	m.requireVerdicts(t, nil)
	if left := m.server.things(); left != before {
		t.Errorf("%d things on the server, %d before", left, before)
	}
	m.requireOnce(t)
}

// requireOnce counts at the server: every write carries something of its own, and
// so none may have come twice.
func (m *meeting) requireOnce(t *testing.T) {
	t.Helper()
	m.log.mu.Lock()
	defer m.log.mu.Unlock()
	if len(m.log.seen) == 0 {
		t.Error("nothing was written")
	}
	for write, times := range m.log.seen {
		if times > 1 {
			t.Errorf("sent %d times: %s", times, write)
		}
	}
}

// A writeLog counts the writes that reach a server.
type writeLog struct {
	next http.Handler
	mu   sync.Mutex
	seen map[string]int
}

// ServeHTTP counts what carries a marker of ours and is not safe by its method.
func (l *writeLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if os.Getenv("STRANGER") == "wire" {
		fmt.Fprintf(os.Stderr, "%s %s %s\n", r.Method, r.RequestURI, body)
	}
	if r.Method != http.MethodGet && !looks(l.next, r) && bytes.Contains(append(body, r.RequestURI...), []byte("pg")) {
		l.mu.Lock()
		l.seen[strings.Join([]string{r.Header.Get("Authorization"), r.Header.Get("X-Api-Key"), r.Method, r.RequestURI, string(body)}, " ")]++
		l.mu.Unlock()
	}
	l.next.ServeHTTP(w, r)
}

// looks tells whether a request only reads, whatever its method: the server knows.
func looks(server http.Handler, r *http.Request) bool {
	reader, ok := server.(interface{ looks(*http.Request) bool })
	return ok && reader.looks(r)
}

// A shelf holds things whose changes are seen some time after the call that made
// them, as behind a queue or a replica.
type shelf struct {
	mu   sync.Mutex
	slow time.Duration // the longest that a change takes
	rows map[string][]version
	keys []string // in the order of making
	made int
}

type version struct {
	at    time.Time
	value map[string]any // nil: deleted
}

func newShelf(slow time.Duration) *shelf { return &shelf{slow: slow, rows: map[string][]version{}} }

// put enters a state of a thing, nil for its end. It is seen after the shelf's own
// time, in the order of putting.
func (s *shelf) put(key string, value map[string]any) { s.putAfter(key, value, s.wait()) }

func (s *shelf) wait() time.Duration {
	if s.slow <= 0 {
		return 0
	}
	return time.Duration(rand.Int64N(int64(s.slow)))
}

func (s *shelf) putAfter(key string, value map[string]any, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := time.Now().Add(wait)
	versions, known := s.rows[key]
	if !known {
		s.keys = append(s.keys, key)
	}
	if n := len(versions); n > 0 && versions[n-1].at.After(at) {
		at = versions[n-1].at
	}
	s.rows[key] = append(versions, version{at, maps.Clone(value)})
}

// get is what readers see now, nil for nothing.
func (s *shelf) get(key string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen(key)
}

func (s *shelf) seen(key string) map[string]any {
	now := time.Now()
	versions := s.rows[key]
	for i := len(versions) - 1; i >= 0; i-- {
		if !versions[i].at.After(now) {
			return maps.Clone(versions[i].value)
		}
	}
	return nil
}

// newest is what writers see: the last state that was put.
func (s *shelf) newest(key string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if versions := s.rows[key]; len(versions) > 0 {
		return maps.Clone(versions[len(versions)-1].value)
	}
	return nil
}

// deleted tells whether writers know that a thing was there, and is no more.
func (s *shelf) deleted(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	versions := s.rows[key]
	return len(versions) > 0 && versions[len(versions)-1].value == nil
}

// all gives what readers see now, oldest first.
func (s *shelf) all() []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, key := range s.keys {
		if value := s.seen(key); value != nil {
			list = append(list, value)
		}
	}
	return list
}

// count counts what is there when everything has settled.
func (s *shelf) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, versions := range s.rows {
		if versions[len(versions)-1].value != nil {
			n++
		}
	}
	return n
}

// sole gives a number that was never given before.
func (s *shelf) sole() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	return 100 + s.made
}

// reply writes JSON; nil writes no body.
func reply(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// asked decodes a JSON body with exact numbers; nil when it is none.
func asked(r *http.Request) map[string]any {
	decoder := json.NewDecoder(r.Body)
	decoder.UseNumber()
	var body map[string]any
	if decoder.Decode(&body) != nil {
		return nil
	}
	return body
}

// bearer is the account that a bearer token "t-NAME" names.
func bearer(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer t-")
}
