//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/polygraph-dev/polygraph/fixtures/pgserver"
	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/history"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// TestHistoryOnPostgres has several commands keep their runs on one server at the same
// time, and others show them. The password stands in no output and in no file.
func TestHistoryOnPostgres(t *testing.T) {
	t.Parallel()
	server, err := pgserver.Start()
	_, wanted := os.LookupEnv(providersVariable)
	if _, noDebian := exec.LookPath("apt-get"); errors.Is(err, pgserver.ErrNone) && (!wanted || noDebian != nil) {
		t.Skip("NOT TESTED on Postgres, which is not installed: .ci/providers does that")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	hub, err := reviewhub.New(reviewhub.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sandbox := httptest.NewServer(hub)
	defer sandbox.Close()
	dir := t.TempDir()
	if err := quick(filepath.Join(dir, "quick")); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var outputs strings.Builder
	run := func(args ...string) string {
		cmd := exec.Command("polygraph", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "SANDBOX="+sandbox.URL, "OSLO=sandbox-shop-oslo-token", historyVariable+"="+server.Address("postgres"))
		var complaints strings.Builder
		cmd.Stderr = &complaints
		out, err := cmd.Output()
		mu.Lock()
		defer mu.Unlock()
		outputs.Write(out)
		outputs.WriteString(complaints.String())
		if err != nil && cmd.ProcessState.ExitCode() == exitUsage {
			t.Errorf("%v: %v: %s", args, err, complaints.String())
		}
		return string(out)
	}
	const commands = 3
	var all sync.WaitGroup
	for range commands {
		all.Go(func() { run("run", "quick", "--account", "shop-rome") })
	}
	all.Wait()
	run("run", "quick")

	var list report.RunList
	if err := json.Unmarshal([]byte(run("runs", "--json")), &list); err != nil || len(list.Runs) != commands+1 {
		t.Fatalf("%d runs are listed, %v: %+v", len(list.Runs), err, list)
	}
	for _, r := range list.Runs {
		if want := map[bool]int{true: 6, false: 3}[r.Counts.Accounts == 2]; r.State != history.Ended || r.Counts.Cells != want {
			t.Errorf("a run is listed as %+v, want %d cells", r, want)
		}
	}
	if out := run("show", "last"); !strings.Contains(out, "LIED lost-write") {
		t.Errorf("the last run is shown as %s", out)
	}
	if out := run("show", list.Runs[1].ID+"/1"); !strings.Contains(out, "answered 201") || !strings.Contains(out, "> authorization: ***") {
		t.Errorf("a cell is shown as %s", out)
	}
	if out := run("compare", list.Runs[1].ID, list.Runs[2].ID); !strings.Contains(out, "3 cells in both") {
		t.Errorf("runs are compared as %s", out)
	}
	if out := run("runs", "--keep", "0d,1y"); strings.Count(out, "its evidence is gone") != commands+1 {
		t.Errorf("pruned runs are listed as %s", out)
	}
	noWhere(t, dir, outputs.String(), pgserver.Password, "s3cret")
}

// noWhere sees that texts are in no output and in no file.
func noWhere(t *testing.T, dir, outputs string, secrets ...string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if entry.Name() == history.FileName {
			t.Errorf("%s is there", path)
		}
		text, err := os.ReadFile(path)
		outputs += string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		if strings.Contains(outputs, secret) {
			t.Errorf("%q stands somewhere", secret)
		}
	}
}
