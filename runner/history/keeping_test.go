package history

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

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
