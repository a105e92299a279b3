package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

func opened(t *testing.T) *Store {
	t.Helper()
	return openedIn(t, filepath.Join(t.TempDir(), ".polygraph"))
}

func openedIn(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// sample is a run of so many cells, with what is hard to keep: long numbers,
// nulls, control characters, half a second of monotonic time.
func sample(id string, cells int) *engine.Finished {
	started := time.Date(2026, 11, 23, 12, 0, 0, 5000, time.UTC)
	run := &engine.Finished{ID: id, Suite: "a folder", Target: "sandbox", Started: started, Ended: started.Add(time.Second), Requests: 99}
	for n := range cells {
		run.Results = append(run.Results, &engine.Result{
			Number: n + 1, Operation: "createReview", Place: "a.contract.yaml:1",
			Record: &verdict.Record{
				Cell: verdict.Cell{Contract: "Saved", Case: "no title", Account: fmt.Sprintf("shop-%d", n)},
				Act:  &verdict.Act{Call: "POST /reviews", Body: map[string]any{"id": json.Number("9007199254740993"), "gone": nil, "text": "\x1b\u2028\"<"}, Sends: 1},
			},
			Verdict:   verdict.Verdict{Class: verdict.Lied, Kind: "lost-write", Findings: []verdict.Finding{{Class: verdict.Lied, Kind: "lost-write"}}},
			Exchanges: []*wire.Exchange{{Number: 7, Method: "POST", ReplyBody: strings.Repeat("x", 5000), Failure: &wire.Failure{Kind: "cut"}}},
			Left:      []engine.Leftover{{Account: "shop", Resource: "review", Key: "8"}},
			Started:   started, Ended: started.Add(time.Second),
		})
	}
	return run
}

var sameRun = cmp.Options{
	cmpopts.IgnoreUnexported(verdict.Act{}),
	cmpopts.EquateApproxTime(0),
	cmpopts.EquateEmpty(),
}

func TestSaveAndLoad(t *testing.T) {
	ctx := context.Background()
	s := opened(t)
	run := sample("7f3a", 3)
	if err := s.Save(ctx, run); err != nil {
		t.Fatal(err)
	}
	loaded, r, err := s.Cell(ctx, "7f3a", 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(run, loaded, sameRun); diff != "" {
		t.Errorf("the cell's row came back changed (-saved +loaded):\n%s", diff)
	}
	if diff := cmp.Diff(run.Results[1], r, sameRun); diff != "" {
		t.Errorf("the cell came back changed (-saved +loaded):\n%s", diff)
	}
	if loaded, err = s.Load(ctx, "7f3a"); err != nil {
		t.Fatal(err)
	}
	for _, each := range run.Results {
		each.Exchanges = nil // Load leaves them out
	}
	if diff := cmp.Diff(run, loaded, sameRun); diff != "" {
		t.Errorf("the run came back changed (-saved +loaded):\n%s", diff)
	}
}

func TestARunIsSavedOnce(t *testing.T) {
	ctx := context.Background()
	s := opened(t)
	if err := s.Save(ctx, sample("7f3a", 1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(ctx, sample("7f3a", 2)); err == nil || !strings.Contains(err.Error(), "a run of this name already") {
		t.Errorf("saving again gives %v", err)
	}
	if run, err := s.Load(ctx, "7f3a"); err != nil || len(run.Results) != 1 {
		t.Errorf("the first one is not there any more: %v, %v", run, err)
	}
}

func TestAReservedIDIsShownNowhereAndCanBeGivenBack(t *testing.T) {
	ctx := context.Background()
	s := opened(t)
	id, err := s.Reserve(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{id, Last} {
		if _, err := s.Load(ctx, name); !errors.Is(err, ErrNone) {
			t.Errorf("%s can be loaded: %v", name, err)
		}
	}
	if err := s.Save(ctx, sample(id, 1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(ctx, id); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(ctx, id); err != nil {
		t.Errorf("a saved run was given back: %v", err)
	}
	second, err := s.Reserve(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Release(ctx, second); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := s.db.QueryRow("SELECT count(*) FROM runs").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows are there, %v", n, err)
	}
}

func TestARunIsSavedWhollyOrNotAtAll(t *testing.T) {
	ctx := context.Background()
	s := opened(t)
	run := sample("7f3a", 3)
	run.Results[2].Number = 1 // a second cell 1: the last row cannot be written
	if err := s.Save(ctx, run); err == nil {
		t.Fatal("two cells of one number were saved")
	}
	if runs, err := s.Runs(ctx); err != nil || len(runs) != 0 {
		t.Errorf("a half-saved run is listed: %v, %v", runs, err)
	}
	if _, err := s.Load(ctx, "7f3a"); !errors.Is(err, ErrNone) {
		t.Errorf("a half-saved run can be loaded: %v", err)
	}
}

func TestNames(t *testing.T) {
	ctx := context.Background()
	s := opened(t)
	for i, id := range []string{"7f3a", "7f3b", "00ff", "7f3a11"} {
		run := sample(id, 1)
		run.Started = run.Started.Add(time.Duration(i) * time.Minute)
		if err := s.Save(ctx, run); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Reserve(ctx); err != nil {
		t.Fatal(err)
	}
	for _, each := range []struct{ name, want, message string }{
		{"7f3b", "7f3b", ""},
		{"0", "00ff", ""},
		{"00FF", "00ff", ""},
		{"last", "7f3a11", ""},
		{"7f3a", "7f3a", ""}, // whole ids win over longer ones
		{"7f3", "", "7f3 may be any of 7f3a, 7f3a11, 7f3b"},
		{"beef1", "", "no such run: beef1"},
		{"runs", "", "no such run: a run is named by hex digits, like 7f3a, or last"},
		{"%", "", "no such run: a run is named by hex digits, like 7f3a, or last"},
		{"", "", "no such run: a run is named by hex digits, like 7f3a, or last"},
	} {
		t.Run(each.name, func(t *testing.T) {
			run, err := s.Load(ctx, each.name)
			if each.message != "" {
				if err == nil || err.Error() != each.message {
					t.Errorf("got %v, want %s", err, each.message)
				}
				return
			}
			if err != nil || run.ID != each.want {
				t.Errorf("got %v, %v; want %s", run, err, each.want)
			}
		})
	}
	if _, _, err := s.Cell(ctx, "7f3b", 2); err == nil || err.Error() != "no such run: run 7f3b has no cell 2; polygraph show 7f3b lists its cells" {
		t.Errorf("an unknown cell gives %v", err)
	}
}

func TestRunsAreListedNewestFirst(t *testing.T) {
	ctx := context.Background()
	s := opened(t)
	for i, id := range []string{"bbbb", "aaaa", "cccc"} {
		run := sample(id, i)
		run.Started = run.Started.Add(time.Duration(i) * time.Nanosecond)
		if err := s.Save(ctx, run); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := s.Runs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range runs {
		got = append(got, fmt.Sprint(r.ID, r.Counts.Lied))
	}
	if want := []string{"cccc2", "aaaa1", "bbbb0"}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTwoCommandsAtOnce(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), ".polygraph")
	const commands, runs = 6, 5
	var group sync.WaitGroup
	problems := make(chan error, commands*runs)
	for range commands {
		group.Go(func() {
			s, err := Open(dir) // the first of them makes the tables, while others look
			if err != nil {
				problems <- err
				return
			}
			defer s.Close()
			for range runs {
				id, err := s.Reserve(ctx)
				if err == nil {
					err = s.Save(ctx, sample(id, 20))
				}
				if err != nil {
					problems <- err
				}
			}
		})
	}
	group.Wait()
	close(problems)
	for err := range problems {
		t.Error(err)
	}
	s := openedIn(t, dir)
	all, err := s.Runs(ctx)
	if err != nil || len(all) != commands*runs {
		t.Fatalf("%d of %d runs are there: %v", len(all), commands*runs, err)
	}
	for _, r := range all {
		if run, err := s.Load(ctx, r.ID); err != nil || len(run.Results) != 20 {
			t.Errorf("run %s is not whole: %v", r.ID, err)
		}
	}
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", ".polygraph")
	s := openedIn(t, dir)
	if err := s.Save(context.Background(), sample("7f3a", 1)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{"": 0o700, FileName: 0o600, ".gitignore": 0o600, FileName + "-wal": 0o600} {
		state, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if got := state.Mode().Perm(); got != want {
			t.Errorf("%q has mode %o, want %o", path, got, want)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, ".gitignore")); err != nil || string(text) != "*\n" {
		t.Errorf(".gitignore holds %q, %v", text, err)
	}
}

func TestAPathMayHoldAnything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "50% of #1? (é) &mode=ro")
	s := openedIn(t, dir)
	if err := s.Save(context.Background(), sample("7f3a", 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, FileName)); err != nil {
		t.Error(err)
	}
	if _, err := Read(dir); err != nil {
		t.Error(err)
	}
}

func TestFilesThatAreNotOurs(t *testing.T) {
	database := func(statement string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	text := func(content string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, each := range []struct {
		name string
		make func(t *testing.T, path string)
		want string
	}{
		{"another program's", database("CREATE TABLE bookmarks (url TEXT)"), "this is another program's database, not a history of polygraph"},
		{"a newer polygraph's", database("PRAGMA application_id=0x504f4c59; PRAGMA user_version=7; CREATE TABLE runs (id TEXT)"), "written by a newer polygraph (schema 7; this one knows 2)"},
		{"no database", text(strings.Repeat("hello ", 200)), "it is damaged, or no history at all"},
		{"a folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "it is a folder"},
	} {
		t.Run(each.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, FileName)
			each.make(t, path)
			before, _ := os.ReadFile(path)
			for name, open := range map[string]func(string) (*Store, error){"open": Open, "read": Read} {
				s, err := open(dir)
				if err == nil {
					s.Close()
					t.Fatalf("%s takes it", name)
				}
				if !strings.Contains(err.Error(), each.want) {
					t.Errorf("%s says %q, want %q in it", name, err, each.want)
				}
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("it was changed")
			}
		})
	}
}

func TestTheFolderIsAFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".polygraph")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.HasPrefix(err.Error(), "open history: ") {
		t.Errorf("got %v", err)
	}
}

func TestReadMakesNothing(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(dir); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("it made %v", entries)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Save(context.Background(), sample("7f3a", 1)), s.Close()); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{filepath.Join(dir, FileName): 0o400, dir: 0o500} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(dir, 0o700) })
	s, err = Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Load(context.Background(), Last); err != nil {
		t.Error(err)
	}
}

func BenchmarkSave(b *testing.B) {
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for i := 0; b.Loop(); i++ {
		if err := s.Save(context.Background(), sample(fmt.Sprintf("%08x", i), 1000)); err != nil {
			b.Fatal(err)
		}
	}
}
