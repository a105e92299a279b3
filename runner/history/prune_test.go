package history

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

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
