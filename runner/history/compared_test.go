package history

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/polygraph-dev/polygraph/runner/comparison"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

func comparedAgree(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
	run := sample("7f3a", 3)
	for _, r := range run.Results {
		r.Record.Act.SaidAt, r.Record.Act.Status = 40_000_000, 201
		r.Verdict.Lines = []verdict.Line{{First: 212_000_000}}
		r.Exchanges = []*wire.Exchange{{Call: "createReview", Eyes: r.Subject().Account, Status: 201, ReplyBody: `{"id": 7, "title": null}`, ReplyHeader: wire.Head{{Name: "X-Version", Value: "3"}}}}
	}
	run.Results[2].Exchanges[0].ReplyBody = `{"id": "7"}`
	run.Results[2].Verdict.Class, run.Results[2].Verdict.Fixed = verdict.KnownLie, true
	if err := s.Save(ctx, run); err != nil {
		t.Fatal(err)
	}
	pool := comparison.Pool{}
	head, rows, err := s.Compared(ctx, "last", pool)
	if err != nil || head.ID != "7f3a" {
		t.Fatal(head, err)
	}
	for i, r := range run.Results {
		want := comparison.Row{
			Number: i + 1, Contract: "Saved", Case: "no title", Account: fmt.Sprint("shop-", i), Call: "createReview", Class: r.Verdict.Class, Kind: r.Verdict.Kind, Fixed: i == 2,
			Status: 201, Reply: 40 * time.Millisecond, Seen: 212 * time.Millisecond, Outlines: comparison.OutlinesOf(r),
		}
		if diff := cmp.Diff(want, rows[i]); diff != "" {
			t.Errorf("-of the result +of history:\n%s", diff)
		}
	}
	if rows[0].Outlines[0] != rows[1].Outlines[0] || rows[0].Outlines[0] == rows[2].Outlines[0] {
		t.Error("equal outlines are not one, or others are")
	}
	var n int
	if err := s.db.QueryRow("SELECT count(*) FROM outlines").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d outlines are kept, %v", n, err)
	}
}

// A file of the second schema had digests, and no outlines.
func TestTheSecondSchemaIsBroughtForward(t *testing.T) {
	dir := t.TempDir()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	old := strings.NewReplacer(
		"outlines {bytes}               -- ids", "sends BIGINT, shape BIGINT, headers BIGINT, snapshot BIGINT -- ids",
	).Replace(strings.Join(tables, ";\n"))
	for _, statement := range append(strings.Split(inFile{}.query(old), ";\n"), fmt.Sprintf("PRAGMA application_id=%d", application), "PRAGMA user_version=2") {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := openedIn(t, dir)
	if err := s.Save(context.Background(), sample("7f3a", 2)); err != nil {
		t.Fatal(err)
	}
	if _, rows, err := s.Compared(context.Background(), "last", comparison.Pool{}); err != nil || len(rows) != 2 {
		t.Errorf("%v, %v", rows, err)
	}
}
