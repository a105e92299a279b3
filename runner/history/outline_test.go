package history

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

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
