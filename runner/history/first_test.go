package history

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// firstTables are those of the first schema.
const firstTables = `
PRAGMA application_id=0x504f4c59;
PRAGMA user_version=1;
CREATE TABLE runs (
	id TEXT PRIMARY KEY, suite TEXT NOT NULL, target TEXT NOT NULL, started TEXT NOT NULL, ended TEXT,
	requests INTEGER NOT NULL, interrupted INTEGER NOT NULL, counts TEXT NOT NULL
);
CREATE TABLE cells (
	run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, number INTEGER NOT NULL, contract TEXT NOT NULL,
	variant TEXT NOT NULL, account TEXT NOT NULL, verdict TEXT NOT NULL, kind TEXT NOT NULL, result TEXT NOT NULL,
	exchanges BLOB, PRIMARY KEY (run, number)
) WITHOUT ROWID;
INSERT INTO runs VALUES ('beef', '', '', '2026-11-23T12:00:00.000000000Z', NULL, 0, 0, '{}');
`

// A file of the first schema is brought forward without loss, also by who only reads it.
func TestTheFirstSchemaIsBroughtForward(t *testing.T) {
	for name, open := range map[string]func(string) (*Store, error){"open": Open, "read": Read} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var runs []*engine.Finished
			for n, id := range []string{"7f3a", "00ff"} {
				run := sample(id, 3)
				run.Accounts, run.Interrupted = nil, n == 1 // facts were not kept
				runs = append(runs, run)
			}
			writeFirst(t, filepath.Join(dir, FileName), runs)
			s, err := open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for _, run := range runs {
				loaded, _, err := s.Cell(context.Background(), run.ID, 2) // all of its cells are of one contract
				if diff := cmp.Diff(run, loaded, sameRun); err != nil || diff != "" {
					t.Errorf("run %s came back changed, %v (-saved +loaded):\n%s", run.ID, err, diff)
				}
			}
			if list, err := s.Runs(context.Background()); err != nil || len(list) != 2 || list[0].Counts.Lied != 3 {
				t.Errorf("listed are %+v, %v", list, err)
			}
			if _, err := s.Load(context.Background(), "beef"); !errors.Is(err, ErrNone) {
				t.Errorf("a reserved id became a run: %v", err)
			}
		})
	}
}

// A file that cannot be brought forward stays as it is.
func TestADamagedFirstSchemaStaysAsItIs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	writeFirst(t, path, []*engine.Finished{sample("7f3a", 1)})
	database(t, path, "UPDATE cells SET result = '{'")
	if _, err := Open(dir); err == nil {
		t.Fatal("half a cell was brought forward")
	}
	var version, cells int
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM cells WHERE run = '7f3a')").Scan(&version, &cells); err != nil || version != 1 || cells != 1 {
		t.Errorf("it is of version %d with %d cells, %v", version, cells, err)
	}
}

func writeFirst(t *testing.T, path string, runs []*engine.Finished) {
	t.Helper()
	database(t, path, firstTables)
	for _, run := range runs {
		counts, err := json.Marshal(engine.Count(run.Results))
		if err != nil {
			t.Fatal(err)
		}
		database(t, path, "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", run.ID, run.Suite, run.Target, moment(run.Started), moment(run.Ended), run.Requests, run.Interrupted, string(counts))
		for _, r := range run.Results {
			without := *r
			without.Exchanges = nil
			result, err := json.Marshal(&without)
			if err != nil {
				t.Fatal(err)
			}
			var exchanges bytes.Buffer
			zip := gzip.NewWriter(&exchanges)
			if err := errors.Join(json.NewEncoder(zip).Encode(r.Exchanges), zip.Close()); err != nil {
				t.Fatal(err)
			}
			c := r.Subject()
			database(t, path, "INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", run.ID, r.Number, c.Contract, c.Case, c.Account,
				string(r.Verdict.Class), string(r.Verdict.Kind), string(result), exchanges.Bytes())
		}
	}
}

// database carries a statement out on a file.
func database(t *testing.T, path, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement, args...); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", statement, err))
	}
}
