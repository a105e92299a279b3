package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

const swiftCreation = `contract: A swift creation
call: createReview
needs: reviews:write
body: {product: p-100, stars: 4, title: "Solid ${unique}"}
creates: review
within: 400ms
patience: 600ms
cases:
  no title:      {body: {title: null}, status: 422}
  not logged in: {as: nobody, status: 401}
`

// TestStrengthHasOnePurse counts what the provider is written: never more than was said
// beforehand, never more than writes_per_run for all trials together, and nothing where that
// is too little for what cleans up.
func TestStrengthHasOnePurse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		limit int // writes_per_run; 0: none
		code  int
		most  int // that arrive; -1: as many as are said beforehand
		want  []string
	}{
		{"no limit", 0, exitLied, -1, []string{"3 controls without a lie, at most 21 writes on sandbox", "a 429 may ask for more\n"}},
		{"enough", 500, exitLied, -1, []string{"within writes_per_run 500"}},
		{"for the controls", 40, exitUsage, 15, []string{"no lie was told: ", "with shop-rome, and 3", "of limits.writes_per_run 40 are left", "lies, at most", "hint: say `writes_per_run: "}},
		{"for nothing", 12, exitUsage, 0, []string{"nothing was sent: 3 controls may take 18 writes with shop-rome, and 12 of limits.writes_per_run 12 are left", "hint: say `writes_per_run: 18`"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			hub, err := reviewhub.New(reviewhub.Options{Truthful: true})
			if err != nil {
				t.Fatal(err)
			}
			var writes atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet {
					writes.Add(1)
				}
				hub.ServeHTTP(w, r)
			}))
			defer server.Close()
			dir := t.TempDir()
			targets := "targets:\n  sandbox:\n    server: " + server.URL + "\n    accounts: {shop-rome: {credentials: {bearer: sandbox-shop-rome-token}}}\n"
			if test.limit > 0 {
				targets += fmt.Sprintf("    limits: {writes_per_run: %d}\n", test.limit)
			}
			for name, text := range map[string]string{"reviews.contract.yaml": swiftCreation, "polygraph.yaml": targets} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := quick(dir); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("polygraph", "strength", dir)
			cmd.Dir = t.TempDir()
			var out, said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &said
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != test.code {
				t.Errorf("exits with %d, want %d", code, test.code)
			}
			for _, want := range test.want {
				if !strings.Contains(said.String(), want) {
					t.Errorf("does not say %q", want)
				}
			}
			most := test.most
			if most < 0 {
				most = 0
				for _, n := range regexp.MustCompile(`at most (\d+) writes`).FindAllStringSubmatch(said.String(), -1) {
					one, _ := strconv.Atoi(n[1])
					most += one
				}
				if int(writes.Load()) < most/10 {
					t.Errorf("only %d writes arrived, and %d were announced", writes.Load(), most)
				}
			}
			if n := int(writes.Load()); n > most || test.limit > 0 && n > test.limit {
				t.Errorf("%d writes arrived, at most %d may", n, most)
			}
			if left := hub.Leftovers(); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			t.Logf("%d writes arrived, at most %d were to\n%s", writes.Load(), most, &said)
			if t.Failed() {
				t.Log(&out)
			}
		})
	}
}
