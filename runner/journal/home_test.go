package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBegin makes the home of the runs of a folder: for its owner alone, and not for git.
func TestBegin(t *testing.T) {
	work := t.TempDir()
	j, err := Begin(work, "7f3a", header())
	if err != nil {
		t.Fatal(err)
	}
	if WorkOf(j.Path()) != work || filepath.Dir(j.Path()) != Dir(work) {
		t.Errorf("the journal is %s", j.Path())
	}
	ignored, err := os.ReadFile(filepath.Join(work, HomeName, ".gitignore"))
	if err != nil || string(ignored) != "*\n" {
		t.Errorf("git is told %q, %v", ignored, err)
	}
	if state, err := os.Stat(filepath.Join(work, HomeName)); err != nil || state.Mode().Perm() != 0o700 {
		t.Errorf("the home is %v, %v", state, err)
	}
	if _, err := Begin(work, "7f3a", header()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second journal of the same run: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

func TestBeginWhereNothingCanBeWritten(t *testing.T) {
	work := t.TempDir()
	if err := os.WriteFile(filepath.Join(work, HomeName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Begin(work, "7f3a", header()); err == nil || !strings.Contains(err.Error(), "let it read only") {
		t.Errorf("got %v", err)
	}
}

// TestStale tells of the runs that are over and have left something, and of no other.
func TestStale(t *testing.T) {
	work := t.TempDir()
	for run, records := range map[string][]Record{
		"aaaa": {intent("a")},
		"bbbb": {intent("b"), Removed{ID: "b", How: NeverMade}},
		"cccc": {intent("c"), Replied{ID: "c", Status: 201, Key: "1"}},
	} {
		j, err := Begin(work, run, header())
		if err != nil {
			t.Fatal(err)
		}
		appendAll(t, j, records...)
		if run == "cccc" { // alive
			t.Cleanup(func() { _ = j.Close() })
			continue
		}
		if err := j.file.Close(); err != nil { // as a crash does
			t.Fatal(err)
		}
	}
	if stale := Stale(work); len(stale) != 1 || stale[0].Run != "aaaa" {
		t.Errorf("%d are stale: %+v", len(stale), stale)
	}
	paths, err := List(Dir(work))
	if err != nil || len(paths) != 2 {
		t.Errorf("the journals are %v, %v: one of which nothing is left must go", paths, err)
	}
	if stale := Stale(filepath.Join(work, "nowhere")); stale != nil {
		t.Errorf("stale where nothing was run: %v", stale)
	}
}
