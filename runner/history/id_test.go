package history

import (
	"context"
	"errors"
	"testing"
	"time"
)

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
