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
	{"a proof is kept after its run", proofIsKept},
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
