package main

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/journal"
)

// TestStrengthKnowsWhatItHides looks into the journals whenever something is about to be
// deleted: it must stand there until then, whatever the lie has shown. Killed at that moment,
// the run leaves it to a sweep, which knows of nothing else.
func TestStrengthKnowsWhatItHides(t *testing.T) {
	t.Parallel()
	hub, err := reviewhub.New(reviewhub.Options{Truthful: true})
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	var mu sync.Mutex
	looked, unknown := 0, []string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := strconv.ParseInt(path.Base(r.URL.Path), 10, 64)
		left := hub.Leftovers()
		if at := slices.IndexFunc(left, func(l reviewhub.Leftover) bool { return l.ID == id }); r.Method == http.MethodDelete && at >= 0 {
			mu.Lock()
			if looked++; !journalled(home, left[at].Title) {
				unknown = append(unknown, left[at].Title)
			}
			mu.Unlock()
		}
		hub.ServeHTTP(w, r)
	}))
	defer server.Close()
	bulk, err := fs.ReadFile(reviewhub.Files(), "bulk.contract.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := suiteOn(t, server.URL, map[string]string{
		"reviews.contract.yaml": swiftCreation,
		"bulk.contract.yaml":    strings.NewReplacer("stays: 1s", "stays: 200ms\nwithin: 400ms\npatience: 600ms").Replace(string(bulk)),
	})
	cmd := exec.Command("polygraph", "strength", dir, "--quiet")
	cmd.Dir = home
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run() // its score is another's business
	if len(unknown) > 0 || looked < 5 {
		t.Errorf("of %d that were deleted no journal knew %q\n%s", looked, unknown, &out)
	}
	if left := hub.Leftovers(); len(left) > 0 || strings.Contains(out.String(), "left behind") {
		t.Errorf("left behind: %v\n%s", left, &out)
	}
	if paths, err := journal.List(journal.Dir(home)); err != nil || len(paths) > 0 {
		t.Errorf("journals are left: %v, %v", paths, err)
	}
}

// journalled tells whether a journal has something open that carries the marker of a title, or
// for a title without one something that was sent without.
func journalled(home, title string) bool {
	paths, _ := journal.List(journal.Dir(home))
	for _, each := range paths {
		read, err := journal.Read(each)
		if err != nil {
			continue // it is over
		}
		for _, thing := range read.State().Things() {
			if strings.Contains(title, thing.Marker) || title == "something" && thing.Sent != "" {
				return true
			}
		}
	}
	return false
}
