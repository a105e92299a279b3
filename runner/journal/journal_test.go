package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpenIsForUsAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".polygraph", "journal")
	j, err := Open(dir, "7f3a", header())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for path, want := range map[string]fs.FileMode{j.Path(): 0o600, dir: 0o700 | fs.ModeDir, filepath.Dir(dir): 0o700 | fs.ModeDir} {
		at, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if os.PathSeparator == '/' && at.Mode() != want {
			t.Errorf("%s: %v, want %v", path, at.Mode(), want)
		}
	}
	if j.Run() != "7f3a" || j.Header().Target != "live" || j.Contents() != nil {
		t.Errorf("run %s, header %v, contents %v", j.Run(), j.Header(), j.Contents())
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := Open(dir, "7f3a", header())
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	at := func(server string) Header { h := header(); h.Server = server; return h }
	for _, row := range []struct {
		name, dir, run string
		header         Header
		want           string
	}{
		{"a run that has one", dir, "7f3a", header(), "file exists"},
		{"no run", dir, "", header(), `"" cannot name a run`},
		{"a run that leaves the folder", dir, "../7f3a", header(), `"../7f3a" cannot name a run`},
		{"a run that breaks the line", dir, "7f\n3a", header(), "cannot name a run"},
		{"a folder that is a file", filepath.Join(dir, "file"), "1", header(), "file is a file"},
		{"a password in the address", dir, "1", at("https://me:secret@api.example"), "header: the server must be an origin"},
		{"a key in the address", dir, "1", at("https://api.example/?key=secret"), "header: the server must be an origin"},
		{"an address that is none", dir, "1", at("https://me:secret@[::"), "header: the server is no address"},
	} {
		t.Run(row.name, func(t *testing.T) {
			j, err := Open(row.dir, row.run, row.header)
			if err == nil {
				_ = j.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
	if got, _ := List(dir); !cmp.Equal(got, []string{first.Path()}) {
		t.Errorf("refusals left %v behind", got)
	}
	if _, err := Open(dir, "7f3a", header()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
}

func TestCloseDeletesWhatLeavesNothing(t *testing.T) {
	seen := []Record{intent("a"), Replied{ID: "a", Status: 201, Key: "1"}, Made{"a", "1"}}
	removed := append(append([]Record{}, seen...), Deleting{"a", "1"}, Removed{"a", "1", ReadBackGone})
	for _, row := range []struct {
		name    string
		records []Record
		stays   bool
	}{
		{"nothing was made", nil, false},
		{"everything is gone", append(append([]Record{}, removed...), Done{}), false},
		{"everything is gone, and the run was cut short", removed, false},
		{"something may have been made", []Record{intent("a"), Done{}}, true},
		{"something is there", append(append([]Record{}, seen...), Done{}), true},
		{"something is left", append(append([]Record{}, seen...), Left{ID: "a", Key: "1", Why: "403"}, Done{}), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			j := start(t)
			appendAll(t, j, row.records...)
			for range 2 {
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := os.Stat(j.Path()); errors.Is(err, fs.ErrNotExist) == row.stays {
				t.Errorf("stat gives %v", err)
			}
			if err := j.Append(intent("z")); !errors.Is(err, ErrImpossible) {
				t.Errorf("append to a closed journal: %v", err)
			}
			if err := j.Forget(); !errors.Is(err, ErrImpossible) {
				t.Errorf("forget a closed journal: %v", err)
			}
		})
	}
}

func TestForgetDeletesWhateverIsLeft(t *testing.T) {
	j := start(t)
	appendAll(t, j, intent("a"))
	if err := j.Forget(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(j.Path()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat gives %v", err)
	}
}

// Close waits for what was accepted before it, whoever appended it.
func TestCloseWhileOthersAppend(t *testing.T) {
	j := start(t)
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		said  = map[string]bool{"first": true}
	)
	appendAll(t, j, intent("first"))
	for _, id := range strings.Fields("a b c d e f g h") {
		group.Go(func() {
			if err := j.Append(intent(id)); err == nil {
				mu.Lock()
				said[id] = true
				mu.Unlock()
			} else if !errors.Is(err, ErrImpossible) {
				t.Error(err)
			}
		})
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	group.Wait()
	if got := readBack(t, j.Path()).State().Things(); len(got) != len(said) {
		t.Errorf("said %v, kept %v", said, names(got))
	}
}

// Every run has a file of its own, so that two at once are no concern of each other's.
func TestTwoRunsAtOnce(t *testing.T) {
	dir := t.TempDir()
	var open []*Journal
	for _, run := range []string{"7f3a", "7f3b"} {
		j, err := Open(dir, run, header())
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		open = append(open, j)
	}
	appendAll(t, open[0], intent("a"))
	appendAll(t, open[1], intent("a"), Removed{"a", "", NeverMade})
	if err := open[1].Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a/:intended"}, names(readBack(t, open[0].Path()).State().Things())); diff != "" {
		t.Error(diff)
	}
}
