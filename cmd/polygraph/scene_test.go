package main

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/journal"
)

// A scene is a provider with other people's reviews on it, and a folder in which
// polygraph is run against it.
type scene struct {
	hub      *reviewhub.Hub
	address  string
	dir      string
	requests atomic.Int64

	mu      sync.Mutex
	watched int64            // the request at which arrived is to be closed; 0: none
	arrived chan struct{}    // closed when that request arrives
	granted map[string]bool  // path → a deletion was granted since it was made
	twice   map[string]bool  // path → a deletion was repeated there by the contract's own word
	again   []string         // deletions of what was deleted already
	theirs  map[int64]string // other people's reviews: id → title
	hooks   map[int64]string // and their hooks: id → address
}

func newScene(t *testing.T) *scene {
	hub, err := reviewhub.New(reviewhub.Options{Truthful: true})
	if err != nil {
		t.Fatal(err)
	}
	s := sceneOf(t, hub)
	if err := quick(filepath.Join(s.dir, "quick")); err != nil {
		t.Fatal(err)
	}
	return s
}

func sceneOf(t *testing.T, hub *reviewhub.Hub) *scene {
	s := &scene{hub: hub, dir: t.TempDir(), granted: map[string]bool{}, twice: map[string]bool{}, theirs: map[int64]string{}, hooks: map[int64]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.address = server.URL
	return s
}

// ServeHTTP is the sandbox, with an eye on what is deleted.
func (s *scene) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := s.requests.Add(1)
	s.mu.Lock()
	if s.watched > 0 && n >= s.watched {
		s.watched = 0
		close(s.arrived)
	}
	s.deletes(r)
	s.mu.Unlock()
	spy := &statusSpy{ResponseWriter: w}
	s.hub.ServeHTTP(spy, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.Method == http.MethodDelete && spy.status/100 == 2:
		s.granted[r.URL.Path] = true
	case r.Method == http.MethodPost && spy.status == http.StatusCreated:
		delete(s.granted, spy.Header().Get("Location")) // an id may be given again
	}
}

// deletes notes a deletion of what was deleted already. One contract deletes the same
// thing twice, by its own word: that is no fault, once.
func (s *scene) deletes(r *http.Request) {
	switch {
	case r.Method != http.MethodDelete || !s.granted[r.URL.Path]:
	case r.Header.Get(saidTwice) != "" && !s.twice[r.URL.Path]:
		s.twice[r.URL.Path] = true
	default:
		s.again = append(s.again, r.URL.Path)
	}
}

// saidTwice is the header with which the quick suite marks an act that it repeats.
const saidTwice = "X-Said-Twice"

type statusSpy struct {
	http.ResponseWriter
	status int
}

func (w *statusSpy) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// foreign has other people's reviews stored. Some look like ours: a fifth begin as our
// markers do, and a fifth carry a marker of a run that is none of ours here.
func (s *scene) foreign(t *testing.T, n int) {
	t.Helper()
	accounts := []string{"shop-rome", "shop-oslo", "shop-berlin", "shop-berlin", "shop-berlin"}
	for i := range n {
		title := fmt.Sprintf("Kettle %d", i)
		switch i / len(accounts) % 5 {
		case 0:
			title = fmt.Sprintf("pgkettle%d and Solid pgaaaabbbbccccdd", i)
		case 1:
			title = "Solid " + strangeMarker()
		}
		s.post(t, accounts[i%len(accounts)], title, "")
	}
	for _, account := range accounts[:3] {
		s.subscribe(t, account, "news")
		s.subscribe(t, account, strangeMarker())
	}
}

// subscribe has an account's news delivered to where nobody listens, as anybody would.
func (s *scene) subscribe(t *testing.T, account, name string) {
	t.Helper()
	address := "http://127.0.0.1:9/" + name + "/edited"
	status, header := s.ask(t, account, http.MethodPost, "/hooks", strings.NewReader(fmt.Sprintf(`{"url":%q,"secret":"whispered"}`, address)))
	id, err := strconv.ParseInt(path.Base(header.Get("Location")), 10, 64)
	if status != http.StatusCreated || err != nil {
		t.Fatalf("a foreign hook is answered %d", status)
	}
	s.hooks[id] = address
}

// strangeMarker is one that another run has drawn.
func strangeMarker() string {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	body := make([]byte, 12)
	for i := range body {
		body[i] = letters[rand.IntN(len(letters))]
	}
	sum := crc32.ChecksumIEEE(body)
	return "pg" + string(body) + string([]byte{letters[sum>>5&31], letters[sum&31]})
}

// quote has reviews stored that speak of some of the things in the journals: their
// exact titles on another account, and their markers among the tags on their own.
func (s *scene) quote(t *testing.T, most int) {
	t.Helper()
	for i, thing := range s.things(t) {
		if i == most {
			return
		}
		own, other := thing.Account, "shop-berlin"
		if own == "nobody" { // looked for, and found, on behalf of the account under test
			own = thing.Tested
		}
		if own == other {
			other = "shop-oslo"
		}
		s.post(t, other, "Solid "+thing.Marker, "")
		s.post(t, own, "What is this?", thing.Marker)
	}
}

// post stores a review as anybody would, and gives its id.
func (s *scene) post(t *testing.T, account, title, tag string) int64 {
	t.Helper()
	body := strings.NewReader(fmt.Sprintf(`{"product":"p-100","stars":3,"title":%q,"tags":[%q]}`, title, "x"+tag))
	status, header := s.ask(t, account, http.MethodPost, "/reviews", body)
	id, err := strconv.ParseInt(path.Base(header.Get("Location")), 10, 64)
	if status != http.StatusCreated || err != nil {
		t.Fatalf("a foreign review is answered %d", status)
	}
	s.theirs[id] = title
	return id
}

func (s *scene) ask(t *testing.T, account, method, path string, body *strings.Reader) (int, http.Header) {
	t.Helper()
	if body == nil {
		body = strings.NewReader("")
	}
	request, err := http.NewRequest(method, s.address+path, body)
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
	return reply.StatusCode, reply.Header
}

// command is polygraph, or another name under which the test binary is it.
func (s *scene) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	return s.named("polygraph", args...)
}

func (s *scene) named(name string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command(name, args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "SANDBOX="+s.address, "OSLO=sandbox-shop-oslo-token")
	out := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, out
}

// users gives the command that go test runs for a package of a user's, in its folder.
func (s *scene) users(t *testing.T, pkg, suite string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, append([]string{"-test.run=^TestUser$"}, args...)...)
	cmd.Dir = pkg
	cmd.Env = append(os.Environ(), userSuite+"="+suite, "SANDBOX="+s.address, "OSLO=sandbox-shop-oslo-token")
	out := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, out
}

// at closes a channel when the n-th request from now on arrives.
func (s *scene) at(n int64) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched, s.arrived = s.requests.Load()+n, make(chan struct{})
	return s.arrived
}

// kill starts a command and kills it at a moment, unless it has come to its end by
// then; true if it was killed.
func (s *scene) kill(t *testing.T, cmd *exec.Cmd, moment <-chan struct{}) bool {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() { _ = cmd.Wait(); close(over) }() // killed, or at its end: both are meant
	select {
	case <-moment:
		_ = cmd.Process.Kill()
		<-over
	case <-over:
	}
	s.mu.Lock()
	s.watched = 0
	s.mu.Unlock()
	return cmd.ProcessState.ExitCode() < 0
}

// soon is a moment drawn at random.
func soon(most time.Duration) <-chan struct{} {
	moment := make(chan struct{})
	time.AfterFunc(rand.N(most), func() { close(moment) })
	return moment
}

// things is all that the journals say is there.
func (s *scene) things(t *testing.T) []journal.Thing {
	t.Helper()
	paths, err := journal.List(journal.Dir(s.dir))
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

// ours are the reviews and hooks that none of the others has stored.
func (s *scene) ours() []string {
	var ours []string
	for _, l := range s.hub.Leftovers() {
		if s.theirs[l.ID] == "" {
			ours = append(ours, fmt.Sprintf("review %+v", l))
		}
	}
	for _, hook := range s.hub.Subscriptions() {
		if s.hooks[hook.ID] == "" {
			ours = append(ours, fmt.Sprintf("hook %+v", hook))
		}
	}
	return ours
}

// touched counts the reviews and hooks of others that are gone or changed.
func (s *scene) touched() int {
	missing, hooks := maps.Clone(s.theirs), maps.Clone(s.hooks)
	for _, l := range s.hub.Leftovers() {
		if s.theirs[l.ID] == l.Title {
			delete(missing, l.ID)
		}
	}
	for _, hook := range s.hub.Subscriptions() {
		if s.hooks[hook.ID] == hook.URL {
			delete(hooks, hook.ID)
		}
	}
	return len(missing) + len(hooks)
}

// deletedAgain counts the deletions of what was deleted already.
func (s *scene) deletedAgain() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.again)
}

// requireClean wants nothing of ours there, none of the others touched, and nothing
// deleted twice.
func (s *scene) requireClean(t *testing.T) {
	t.Helper()
	if left := s.ours(); len(left) > 0 {
		t.Errorf("left behind: %v; the journal says %v", left, s.things(t))
	}
	s.requireUntouched(t)
}

func (s *scene) requireUntouched(t *testing.T) {
	t.Helper()
	if n := s.touched(); n > 0 {
		t.Errorf("%d of %d foreign reviews and %d foreign hooks are touched", n, len(s.theirs), len(s.hooks))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.again) > 0 {
		t.Errorf("deleted again: %v", s.again)
	}
}

// sweep sweeps to the end.
func (s *scene) sweep(t *testing.T) {
	t.Helper()
	cmd, out := s.command("sweep")
	if err := cmd.Run(); err != nil {
		t.Errorf("sweep: %v\n%s", err, out)
	}
	if things := s.things(t); len(things) > 0 {
		t.Errorf("the journal still says %v", things)
	}
}

// swift writes the sandbox's own suite, for three accounts of a server, with times
// that suit a provider which is quick.
func swift(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	own, err := fs.Glob(reviewhub.Files(), "*.contract.yaml")
	if err != nil {
		return err
	}
	sped := strings.NewReplacer("within: 3s", "within: 1s", "stays: 1s", "stays: 200ms", "patience: 5s", "patience: 1500ms", "patience: 8s", "patience: 1500ms",
		"twice: {", "twice: {headers: {"+saidTwice+": \"yes\"}, ")
	for _, name := range append(own, "provider.yaml", "openapi.yaml") {
		text, err := fs.ReadFile(reviewhub.Files(), name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(sped.Replace(string(text))), 0o600); err != nil {
			return err
		}
	}
	const targets = `targets:
  sandbox:
    server: "${env.SANDBOX}"
    accounts:
      shop-berlin: {credentials: {bearer: sandbox-shop-berlin-token}}
      shop-oslo: {credentials: {bearer: "${env.OSLO}"}}
      shop-rome: {credentials: {bearer: sandbox-shop-rome-token}}
`
	return os.WriteFile(filepath.Join(dir, "polygraph.yaml"), []byte(targets), 0o600)
}

// newSwiftScene is a scene with the sandbox's own suite, in "swift", and many reviews
// of other people.
func newSwiftScene(t *testing.T, foreign int) *scene {
	t.Helper()
	hub, err := reviewhub.New(reviewhub.Options{Truthful: true, Delay: reviewhub.Range{Min: 5 * time.Millisecond, Max: 25 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	s := sceneOf(t, hub)
	if err := swift(filepath.Join(s.dir, "swift")); err != nil {
		t.Fatal(err)
	}
	s.foreign(t, foreign)
	return s
}
