package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// behaviours are what every store must do, each in an empty one.
var behaviours = []struct {
	name string
	test func(t *testing.T, where string)
}{
	{"a run comes back as it was saved", saveAndLoad},
	{"a run is saved once", aRunIsSavedOnce},
	{"a reserved id is shown nowhere and can be given back", reservedID},
	{"a run is saved wholly or not at all", aRunIsSavedWhollyOrNotAtAll},
	{"runs are named by a beginning of their id", namesOfRuns},
	{"runs are listed newest first", runsAreListedNewestFirst},
	{"runs are listed by suite and target", runsAreFiltered},
	{"several commands at once", twoCommandsAtOnce},
	{"cells are saved as they come", cellsAreSavedAsTheyCome},
	{"a run that says nothing was killed", killed},
	{"many runs go on at once", manyAtOnce},
	{"all cells come with their exchanges", eachInTurn},
	{"rows and outlines agree with the run", rowsAgree},
	{"rows to be compared agree with the run", comparedAgree},
	{"a cell comes with its row", cellsOfARow},
	{"the last truthful cell is found", lastKept},
	{"evidence goes before verdicts", pruned},
	{"any text is kept", anyText},
}

func TestFile(t *testing.T) {
	t.Parallel()
	for _, each := range behaviours {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			each.test(t, filepath.Join(t.TempDir(), ".polygraph"))
		})
	}
}

// sample is a run of so many cells, with what is hard to keep: long numbers,
// nulls, control characters, half a second of monotonic time.
func sample(id string, cells int) *engine.Finished {
	started := time.Date(2026, 11, 23, 12, 0, 0, 5000, time.UTC)
	run := &engine.Finished{ID: id, Suite: "a folder", Target: "sandbox", Started: started, Ended: started.Add(time.Second), Requests: 99,
		Accounts: []engine.Facts{{Account: "shop-0", Taken: map[string]any{"seats": json.Number("9007199254740993")}, Can: []string{"reviews:write"}, Known: true, Own: &wire.Exchange{Number: 1, ReplyBody: "{}"}}}}
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

func saveAndLoad(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
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

func aRunIsSavedOnce(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
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

func reservedID(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
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

func aRunIsSavedWhollyOrNotAtAll(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
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

func namesOfRuns(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
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

func runsAreListedNewestFirst(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
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

func twoCommandsAtOnce(t *testing.T, where string) {
	ctx := context.Background()
	const commands, runs = 5, 3
	var group sync.WaitGroup
	problems := make(chan error, commands*runs)
	for range commands {
		group.Go(func() {
			s, err := Open(where) // the first of them makes the tables, while others look
			if err != nil {
				problems <- err
				return
			}
			defer s.Close()
			for range runs {
				id, err := s.Reserve(ctx)
				if err == nil {
					err = s.Save(ctx, sample(id, 10))
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
	s := openedIn(t, where)
	all, err := s.Runs(ctx)
	if err != nil || len(all) != commands*runs {
		t.Fatalf("%d of %d runs are there: %v", len(all), commands*runs, err)
	}
	for _, r := range all {
		if run, err := s.Load(ctx, r.ID); err != nil || len(run.Results) != 10 {
			t.Errorf("run %s is not whole: %v", r.ID, err)
		}
	}
}

// await waits until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after 20 s still not: %s", what)
		}
	}
}

// age has a run say nothing for a minute.
func age(t *testing.T, s *Store, id string) {
	t.Helper()
	if _, err := s.db.Exec(s.d.query(`UPDATE runs SET beat = beat - 60000 WHERE id = ?`), id); err != nil {
		t.Fatal(err)
	}
}

func begin(t *testing.T, s *Store, run *engine.Finished) *Keeping {
	t.Helper()
	id, err := s.Reserve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	run.ID = id
	return s.Begin(Start{ID: id, Suite: run.Suite, Target: run.Target, Started: run.Started})
}

func cellsAreSavedAsTheyCome(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
	run := sample("", 120)
	k := begin(t, s, run)
	for _, r := range run.Results[:80] {
		k.Add(r)
	}
	await(t, "80 cells are there", func() bool {
		runs, err := s.Runs(ctx)
		return err == nil && len(runs) == 1 && runs[0].Counts.Cells == 80 && runs[0].State == Running
	})
	halfway, err := s.Load(ctx, run.ID)
	if err != nil || len(halfway.Results) != 80 || !halfway.Running || halfway.Killed {
		t.Fatalf("half of a run cannot be read: %+v, %v", halfway, err)
	}
	if _, err := s.Load(ctx, Last); !errors.Is(err, ErrNone) {
		t.Errorf("a run that goes on is the last: %v", err)
	}
	if err := k.End(ctx, run); err != nil {
		t.Fatal(err)
	}
	for _, r := range run.Results {
		r.Exchanges = nil
	}
	loaded, err := s.Load(ctx, Last)
	if diff := cmp.Diff(run, loaded, sameRun); err != nil || diff != "" {
		t.Errorf("the run came back changed, %v (-saved +loaded):\n%s", err, diff)
	}
	runs, err := s.Runs(ctx)
	if want := engine.Count(run.Results); err != nil || runs[0].Counts != want || runs[0].State != Ended {
		t.Errorf("it is listed as %+v, %v; want %+v", runs, err, want)
	}
}

func killed(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
	if err := s.Save(ctx, sample("0001", 1)); err != nil {
		t.Fatal(err)
	}
	run := sample("", 3)
	run.Started = run.Started.Add(time.Hour)
	k := begin(t, s, run)
	k.Add(run.Results[0])
	await(t, "the cell is there", func() bool { r, err := s.Load(ctx, run.ID); return err == nil && len(r.Results) == 1 })
	k.halt() // what follows is not written any more
	age(t, s, run.ID)
	loaded, err := s.Load(ctx, Last)
	if err != nil || loaded.ID != run.ID || !loaded.Killed || loaded.Running || len(loaded.Results) != 1 {
		t.Errorf("a killed run is read as %+v, %v", loaded, err)
	}
	if runs, err := s.Runs(ctx); err != nil || runs[0].State != Killed || runs[0].Counts.Cells != 1 {
		t.Errorf("it is listed as %+v, %v", runs, err)
	}
	if err := s.Release(ctx, run.ID); err != nil { // what a command does whose run did not come to be
		t.Fatal(err)
	}
	if loaded, err := s.Load(ctx, Last); err != nil || loaded.ID != "0001" {
		t.Errorf("it was not taken out: %v, %v", loaded, err)
	}
	var rows int
	if err := s.db.QueryRow(`SELECT (SELECT count(*) FROM cells) + (SELECT count(*) FROM evidence) + (SELECT count(*) FROM subjects) + (SELECT count(*) FROM accounts)`).Scan(&rows); err != nil || rows != 4 {
		t.Errorf("%d rows are there, %v; want those of one cell", rows, err)
	}
}

// manyAtOnce is several processes, each with a store of its own, that keep their runs.
func manyAtOnce(t *testing.T, where string) {
	ctx := context.Background()
	const runs, cells = 4, 70
	var group sync.WaitGroup
	for range runs {
		group.Go(func() {
			s, err := Open(where)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			run := sample("", cells)
			if run.ID, err = s.Reserve(ctx); err != nil {
				t.Error(err)
				return
			}
			k := s.Begin(Start{ID: run.ID, Suite: run.Suite, Target: run.Target, Started: run.Started})
			for _, r := range run.Results {
				k.Add(r)
			}
			if err := k.End(ctx, run); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	s := openedIn(t, where)
	list, err := s.Runs(ctx)
	if err != nil || len(list) != runs {
		t.Fatalf("%d of %d runs are there: %v", len(list), runs, err)
	}
	for _, each := range list {
		if run, err := s.Load(ctx, each.ID); err != nil || len(run.Results) != cells || each.Counts.Cells != cells {
			t.Errorf("run %s is not whole: %v", each.ID, err)
		}
	}
}

func eachInTurn(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
	run := sample("7f3a", 5)
	if err := s.Save(ctx, run); err != nil {
		t.Fatal(err)
	}
	var got []*engine.Result
	if err := s.Each(ctx, "7f3a", func(r *engine.Result) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(run.Results, got, sameRun); diff != "" {
		t.Errorf("they came back changed (-saved +loaded):\n%s", diff)
	}
	enough, n := errors.New("enough"), 0
	if err := s.Each(ctx, "7f3a", func(*engine.Result) error { n++; return enough }); err != enough || n != 1 {
		t.Errorf("after %d cells it ends with %v", n, err)
	}
}

func rowsAgree(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
	run := sample("7f3a", 4)
	kept := run.Results[3]
	kept.Verdict, kept.Left = verdict.Verdict{Class: verdict.Kept, Lines: []verdict.Line{{First: 1500 * time.Microsecond, Reads: 3}}}, nil
	kept.Record.Act.Status, kept.Record.Act.SentAt, kept.Record.Act.SaidAt = 201, time.Second, 1250*time.Millisecond
	if err := s.Save(ctx, run); err != nil {
		t.Fatal(err)
	}
	head, rows, err := s.Rows(ctx, "7f3a")
	if err != nil || len(rows) != 4 || head.Results != nil || len(head.Accounts) != 1 {
		t.Fatalf("got %d rows of %+v, %v", len(rows), head, err)
	}
	want := rowOf(kept)
	if diff := cmp.Diff(want, rows[3]); diff != "" {
		t.Errorf("the row came back changed (-saved +loaded):\n%s", diff)
	}
	if want.Reply != 250*time.Millisecond || want.First != 1500*time.Microsecond || want.Lost != -1 || want.Status != 201 {
		t.Errorf("the row is %+v", want)
	}
	outline, err := s.Outline(ctx, "7f3a")
	if err != nil {
		t.Fatal(err)
	}
	for at, r := range outline.Results {
		whole := run.Results[at]
		if r.Number != whole.Number || r.Operation != whole.Operation || r.Place != whole.Place || r.Subject().Account != whole.Subject().Account || r.Subject().Contract != whole.Subject().Contract ||
			r.Subject().Case != whole.Subject().Case || r.Verdict.Class != whole.Verdict.Class || r.Verdict.Kind != whole.Verdict.Kind || len(r.Left) != len(whole.Left) ||
			len(r.Verdict.Findings) != len(whole.Verdict.Findings) || !r.Started.Equal(whole.Started) || !r.Ended.Equal(whole.Ended) {
			t.Errorf("cell %d is outlined as %+v", whole.Number, r)
		}
	}
}

func lastKept(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
	first := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for at, class := range []verdict.Class{verdict.Kept, verdict.Kept, verdict.Lied, verdict.Kept} {
		run := sample(fmt.Sprintf("000%d", at), 2)
		run.Started = first.Add(time.Duration(at) * time.Hour)
		for _, r := range run.Results {
			r.Verdict.Class = class
		}
		if at == 3 {
			run.Target = "live"
		}
		if err := s.Save(ctx, run); err != nil {
			t.Fatal(err)
		}
	}
	for _, each := range []struct {
		target, contract, account string
		hours                     int
		want                      string
	}{
		{"sandbox", "Saved", "shop-1", 9, "0001"}, // 0002 was lied to, 0003 is of another target
		{"sandbox", "Saved", "shop-1", 1, "0000"}, // strictly before
		{"live", "Saved", "shop-0", 9, "0003"},
		{"sandbox", "Saved", "shop-1", 0, ""},
		{"sandbox", "Saved", "shop-9", 9, ""},
		{"sandbox", "Sold", "shop-1", 9, ""},
	} {
		run, r, err := s.LastKept(ctx, each.target, each.contract, "no title", each.account, first.Add(time.Duration(each.hours)*time.Hour))
		if each.want == "" {
			if !errors.Is(err, ErrNone) {
				t.Errorf("%+v gives %v, %v", each, run, err)
			}
			continue
		}
		if err != nil || run.ID != each.want || len(run.Accounts) != 1 || r.Subject().Account != each.account || len(r.Exchanges) != 1 || len(run.Results) != 1 {
			t.Errorf("%+v gives %+v, %v", each, run, err)
		}
	}
}

func pruned(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for month := range 3 {
		run := sample(fmt.Sprintf("000%d", month), 3)
		run.Started = start.AddDate(0, month, 0)
		if err := s.Save(ctx, run); err != nil {
			t.Fatal(err)
		}
	}
	alive := sample("", 1)
	alive.Started = start
	k := begin(t, s, alive)
	defer k.halt()
	k.Add(alive.Results[0])
	await(t, "the run that goes on is there", func() bool { r, err := s.Load(ctx, alive.ID); return err == nil && len(r.Results) == 1 })

	got, err := s.Prune(ctx, start.AddDate(0, 1, 15), start.AddDate(0, 0, 15))
	if want := (Pruned{Evidence: 1, Runs: 1}); err != nil || got != want {
		t.Fatalf("pruned %+v, %v; want %+v", got, err, want)
	}
	if again, err := s.Prune(ctx, start.AddDate(0, 1, 15), start.AddDate(0, 0, 15)); err != nil || again != (Pruned{}) {
		t.Errorf("again it pruned %+v, %v", again, err)
	}
	if _, err := s.Load(ctx, "0000"); !errors.Is(err, ErrNone) {
		t.Errorf("the oldest is still there: %v", err)
	}
	if run, err := s.Load(ctx, alive.ID); err != nil || len(run.Results) != 1 || !run.Pruned.IsZero() {
		t.Errorf("the run that goes on was pruned: %+v, %v", run, err)
	}
	run, r, err := s.Cell(ctx, "0001", 2)
	if err != nil || run.Pruned.IsZero() || len(run.Accounts) != 1 || run.Accounts[0].Own != nil || run.Accounts[0].Can == nil || len(r.Exchanges) != 0 || r.Record.Act == nil || r.Record.Act.Body != nil {
		t.Fatalf("there is evidence of a pruned run: %+v, %+v, %v", run, r, err)
	}
	if r.Verdict.Findings[0].Kind != "lost-write" || len(r.Left) != 1 {
		t.Errorf("its verdict went with it: %+v", r)
	}
	seen := 0
	if err := s.Each(ctx, "0001", func(*engine.Result) error { seen++; return nil }); err != nil || seen != 3 {
		t.Errorf("%d cells of it, %v", seen, err)
	}
	if run, r, err := s.Cell(ctx, "0002", 2); err != nil || !run.Pruned.IsZero() || len(r.Exchanges) != 1 {
		t.Errorf("the newest was pruned: %+v, %v", run, err)
	}
}

func runsAreFiltered(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
	for at, each := range []struct{ suite, target string }{{"a", "live"}, {"b", "live"}, {"b", "sandbox"}} {
		run := sample(fmt.Sprintf("000%d", at), 1)
		run.Suite, run.Target, run.Started = each.suite, each.target, run.Started.Add(time.Duration(at)*time.Minute)
		if err := s.Save(ctx, run); err != nil {
			t.Fatal(err)
		}
	}
	for _, each := range []struct {
		f    Filter
		want string
	}{
		{Filter{}, "0002 0001 0000"},
		{Filter{Limit: 2}, "0002 0001"},
		{Filter{Suite: "b"}, "0002 0001"},
		{Filter{Target: "live"}, "0001 0000"},
		{Filter{Suite: "b", Target: "live", Limit: 5}, "0001"},
		{Filter{Suite: "c"}, ""},
	} {
		runs, err := s.List(ctx, each.f)
		var got []string
		for _, r := range runs {
			got = append(got, r.ID)
		}
		if strings.Join(got, " ") != each.want || err != nil {
			t.Errorf("%+v gives %v, %v; want %s", each.f, got, err, each.want)
		}
	}
}

func anyText(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
	run := sample("7f3a", 1)
	run.Suite, run.Target = "a\xff\x00b", "'; DROP TABLE runs; --"
	run.Results[0].Record.Cell.Contract = "zero \x00, half \xc3, \U0001F600"
	run.Results[0].Operation = "GET /?a=$1"
	if err := s.Save(ctx, run); err != nil {
		t.Fatal(err)
	}
	loaded, err := s.Load(ctx, "7f3a")
	if err != nil || loaded.Target != run.Target || !strings.HasPrefix(loaded.Suite, "a") {
		t.Errorf("it came back as %+v, %v", loaded, err)
	}
	if _, rows, err := s.Rows(ctx, "7f3a"); err != nil || rows[0].Operation != "GET /?a=$1" || !strings.HasSuffix(rows[0].Contract, "\U0001F600") {
		t.Errorf("its row came back as %+v, %v", rows, err)
	}
}

func cellsOfARow(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
	run := sample("7f3a", 6)
	run.Results[5].Record.Cell.Contract = "Sold"
	run.Results[3].Verdict, run.Results[3].Left = verdict.Verdict{Class: verdict.Kept}, nil
	wide := sample("00ff", widestRow+1)
	for _, each := range []*engine.Finished{run, wide} {
		if err := s.Save(ctx, each); err != nil {
			t.Fatal(err)
		}
	}
	for _, each := range []struct {
		why   string
		run   string
		cell  int
		row   int
		whole int // so many have their exchanges
	}{
		{"lied to: compared with its row", "7f3a", 1, 5, 5},
		{"kept: there is nothing to explain", "7f3a", 4, 5, 1},
		{"alone in its row", "7f3a", 6, 1, 1},
		{"a row too wide to be read whole", "00ff", 7, widestRow + 1, 1},
	} {
		found, r, err := s.Cell(ctx, each.run, each.cell)
		if err != nil {
			t.Fatal(err)
		}
		whole := 0
		for _, other := range found.Results {
			if len(other.Exchanges) > 0 {
				whole++
			}
		}
		if r.Number != each.cell || len(r.Exchanges) != 1 || r.Record.Act.Body == nil || len(found.Results) != each.row || whole != each.whole {
			t.Errorf("%s: cell %d of %d, %d with exchanges", each.why, r.Number, len(found.Results), whole)
		}
	}
}
