package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/journal"
)

// crashes is how often a run is killed.
const crashes = 15

// TestCrash kills runs with SIGKILL at moments drawn at random, sweeps (every other
// time the first sweep is killed, too), and looks at the provider: nothing of ours is
// there any more, nothing was deleted twice, and nothing of anybody else's is touched.
func TestCrash(t *testing.T) {
	t.Parallel()
	for i := range crashes {
		moment := 1 + rand.Int64N(70)
		t.Run(fmt.Sprintf("%d at request %d", i+1, moment), func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.foreign(t)
			s.killAt(t, moment, "run", "quick")
			s.copies(t)
			if i%2 == 0 {
				s.killAt(t, 1+rand.Int64N(30), "sweep")
			}
			s.sweep(t)
			s.look(t)
		})
	}
}

// A scene is a provider, and a folder in which polygraph is run against it.
type scene struct {
	hub      *reviewhub.Hub
	address  string
	dir      string
	requests atomic.Int64
	mu       sync.Mutex
	watched  int64          // the request at which killed is to be closed; 0: none
	killed   chan struct{}  // closed when that request arrives
	deleted  map[string]int // path → deletions that were granted
	theirs   int
}

func newScene(t *testing.T) *scene {
	hub, err := reviewhub.New(reviewhub.Options{Truthful: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{hub: hub, dir: t.TempDir(), deleted: map[string]int{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.address = server.URL
	if err := quick(filepath.Join(s.dir, "quick")); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *scene) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := s.requests.Add(1)
	s.mu.Lock()
	if s.watched > 0 && n >= s.watched {
		s.watched = 0
		close(s.killed)
	}
	s.mu.Unlock()
	spy := &statusSpy{ResponseWriter: w}
	s.hub.ServeHTTP(spy, r)
	if r.Method == http.MethodDelete && spy.status/100 == 2 {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.deleted[r.URL.Path]++
	}
}

type statusSpy struct {
	http.ResponseWriter
	status int
}

func (w *statusSpy) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// foreign has other people's reviews stored: a hundred, some of which look like ours.
func (s *scene) foreign(t *testing.T) {
	for i := range 100 {
		title := fmt.Sprintf("Kettle %d", i)
		if i%4 == 0 {
			title = fmt.Sprintf("pgkettle%d and Solid pgaaaabbbbccccdd", i)
		}
		s.post(t, []string{"shop-rome", "shop-oslo", "shop-berlin"}[i%3], title)
	}
}

// copies puts on another account what carries the markers of the run that crashed.
func (s *scene) copies(t *testing.T) {
	for _, thing := range s.things(t) {
		s.post(t, "shop-berlin", "Solid "+thing.Marker)
	}
}

func (s *scene) post(t *testing.T, account, title string) {
	body := strings.NewReader(fmt.Sprintf(`{"product":"p-100","stars":3,"title":%q}`, title))
	request, err := http.NewRequest("POST", s.address+"/reviews", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer sandbox-"+account+"-token")
	request.Header.Set("Content-Type", "application/json")
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	if reply.StatusCode != http.StatusCreated {
		t.Fatalf("a foreign review is answered %d", reply.StatusCode)
	}
	s.theirs++
}

func (s *scene) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command("polygraph", args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "SANDBOX="+s.address, "OSLO=sandbox-shop-oslo-token")
	out := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, out
}

// killAt runs a command and kills it when its n-th request arrives; one that sends
// fewer comes to its end.
func (s *scene) killAt(t *testing.T, n int64, args ...string) {
	arrived := make(chan struct{})
	s.mu.Lock()
	s.watched, s.killed = s.requests.Load()+n, arrived
	s.mu.Unlock()
	cmd, _ := s.command(args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() { _ = cmd.Wait(); close(over) }() // killed, or at its end: both are meant
	select {
	case <-arrived:
		_ = cmd.Process.Kill()
		<-over
	case <-over:
	}
	s.mu.Lock()
	s.watched = 0
	s.mu.Unlock()
}

func (s *scene) things(t *testing.T) []journal.Thing {
	paths, err := journal.List(filepath.Join(s.dir, ".polygraph", "journal"))
	if err != nil {
		t.Fatal(err)
	}
	var things []journal.Thing
	for _, path := range paths {
		read, err := journal.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		things = append(things, read.State().Things()...)
	}
	return things
}

// sweep sweeps to the end.
func (s *scene) sweep(t *testing.T) {
	cmd, out := s.command("sweep")
	if err := cmd.Run(); err != nil {
		t.Errorf("sweep: %v\n%s", err, out)
	}
	t.Logf("%s", out)
	if things := s.things(t); len(things) > 0 {
		t.Errorf("the journal still says %v", things)
	}
}

// look compares what is there with what others stored.
func (s *scene) look(t *testing.T) {
	theirs := 0
	for _, left := range s.hub.Leftovers() {
		if left.Account == "shop-berlin" || strings.HasPrefix(left.Title, "Kettle") || strings.HasPrefix(left.Title, "pgkettle") {
			theirs++
			continue
		}
		t.Errorf("left behind: %v", left)
	}
	if theirs != s.theirs {
		t.Errorf("%d foreign reviews are left of %d", theirs, s.theirs)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, times := range s.deleted {
		if times > 1 {
			t.Errorf("%s was deleted %d times", path, times)
		}
	}
}
