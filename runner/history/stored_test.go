package history

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

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
	bare := 0
	err := s.EachBare(ctx, "7f3a", func(r *engine.Result) error {
		if r.Exchanges != nil || r.Number != run.Results[bare].Number {
			t.Errorf("cell %d comes with %d exchanges", r.Number, len(r.Exchanges))
		}
		bare++
		return nil
	})
	if err != nil || bare != len(run.Results) {
		t.Errorf("%d cells without exchanges, %v", bare, err)
	}
	enough, n := errors.New("enough"), 0
	if err := s.Each(ctx, "7f3a", func(*engine.Result) error { n++; return enough }); err != enough || n != 1 {
		t.Errorf("after %d cells it ends with %v", n, err)
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
