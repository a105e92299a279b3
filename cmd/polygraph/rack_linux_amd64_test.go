package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/journal"
)

const tortureContracts = `contract: A review is saved
call: createReview
body: {product: p-100, stars: 4, title: "Solid ${unique}"}
creates: review
cases:
  six stars: {body: {stars: 6}, status: 422}
---
contract: Publishing makes it public
given: review
call: POST /reviews/{review.id}/publish
updates: review
set: {state: published}
---
contract: Editing changes the title
given: review
call: updateReview
body: {title: "Edited ${unique}"}
updates: review
also: [slug]
---
contract: Deleting removes it
given: review
call: deleteReview
deletes: review
`

// tortured are the accounts under test: each has five cells.
var tortured = []string{"dublin", "rome", "berlin", "paris", "madrid", "lisbon", "vienna", "prague"}

const tortureCells = 40

// A rack is a truthful provider that shows at once what was written, and a folder in
// which a run is made against it.
type rack struct {
	hub    *reviewhub.Hub
	server *httptest.Server
	dir    string
	mu     sync.Mutex
	titles map[string]int // of reviews that were asked to be made: each request has its own
	gone   map[string]int // path → deletions that were granted
}

// former is what stands where the report is to go.
const former = "<former/>"

// newRack makes a rack, which is to be closed: thousands at once fill a disk. Seasoned
// is the home of earlier runs; "" for none.
func newRack(t *testing.T, seasoned string) *rack {
	hub, err := reviewhub.New(reviewhub.Options{Truthful: true, Delay: reviewhub.Range{Min: 1, Max: 1}})
	if err != nil {
		t.Fatal(err)
	}
	r := &rack{hub: hub, dir: t.TempDir(), titles: map[string]int{}, gone: map[string]int{}}
	r.server = httptest.NewServer(r)
	suite := filepath.Join(r.dir, "suite")
	if err := quick(suite); err != nil {
		t.Fatal(err)
	}
	targets := "targets:\n  sandbox:\n    server: \"${env.SANDBOX}\"\n    accounts:\n"
	for _, shop := range tortured {
		targets += fmt.Sprintf("      shop-%s: {credentials: {bearer: sandbox-shop-%s-token}}\n", shop, shop)
	}
	provider, err := os.ReadFile(filepath.Join(suite, "provider.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	hasty := strings.Replace(string(provider), "defaults: {within: 3s}", "defaults: {within: 150ms, patience: 300ms}", 1)
	for name, text := range map[string]string{
		"suite/provider.yaml": hasty, "suite/reviews.contract.yaml": tortureContracts, "suite/polygraph.yaml": targets, "report.xml": former,
	} {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if seasoned != "" {
		if err := os.CopyFS(filepath.Join(r.dir, journal.HomeName), os.DirFS(seasoned)); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func (r *rack) close() {
	r.server.Close()
	_ = os.RemoveAll(r.dir) // what stays goes with the test's own folder
}

func (r *rack) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if request.Method == http.MethodPost && request.URL.Path == "/reviews" {
		body, err := io.ReadAll(request.Body)
		var made struct{ Title string }
		if err == nil && json.Unmarshal(body, &made) == nil {
			r.mu.Lock()
			r.titles[made.Title]++
			r.mu.Unlock()
		}
		request.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failed{err}))
	}
	spy := &statusSpy{ResponseWriter: w}
	r.hub.ServeHTTP(spy, request)
	if request.Method == http.MethodDelete && spy.status/100 == 2 {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.gone[request.URL.Path]++
	}
}

// failed is a reader that ends as another did.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// An outcome is what a command came to.
type outcome struct {
	code     int
	out, err string
	json     bool
	tally    *tally
}

// run makes the run under a stroke.
func (r *rack) run(t *testing.T, s stroke, json bool) outcome {
	args := []string{"run", "suite", "--junit", "report.xml"}
	if json {
		args = append(args, "--json")
	}
	o := r.do(t, s, args...)
	o.json = json
	return o
}

// do carries a command out under a stroke.
func (r *rack) do(t *testing.T, s stroke, args ...string) outcome {
	o := outcome{tally: newTally(s)}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := r.command(ctx, args...)
	for name, stream := range map[string]*io.Writer{"stdout": &cmd.Stdout, "stderr": &cmd.Stderr} {
		file, err := os.OpenFile(filepath.Join(r.dir, name), os.O_CREATE|os.O_WRONLY|os.O_APPEND|os.O_TRUNC, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		*stream = file
	}
	g := &guard{dir: r.dir, decide: o.tally.decide}
	if err := g.start(cmd); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	g.over.Wait()
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		o.code = -1
	case errors.As(err, &ended):
		o.code = ended.ExitCode()
	case err != nil:
		t.Fatal(err)
	}
	o.out, o.err = r.text(t, "stdout"), r.text(t, "stderr")
	return o
}

func (r *rack) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "polygraph", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "SANDBOX="+r.server.URL, "COLUMNS=100")
	return cmd
}

func (r *rack) text(t *testing.T, name string) string {
	text, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
