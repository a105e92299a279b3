package journal

import (
	"fmt"
	"testing"
	"time"
)

// dawn is the time at which everything in these tests happens.
func dawn() time.Time { return time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC) }

func header() Header {
	return Header{Suite: "suites/reviewhub", Provider: "reviewhub", Target: "live", Server: "https://api.reviewhub.example",
		Accounts: []string{"shop-oslo", "shop-rome"}, Started: dawn()}
}

func intent(id string) Intent {
	return Intent{ID: id, Cell: "7f3a/12", Account: "shop-oslo", Resource: "review", Phase: Act, Call: "POST /reviews?a=1&b=<2>",
		Marker: "pg" + id, MarkedFields: map[string]string{"title": "Solid pg" + id}, Delete: "deleteReview", At: dawn()}
}

// story is one record of every kind, in an order that is possible.
func story() []Record {
	return []Record{
		intent("a"),
		Replied{ID: "a", Status: 201, Key: "8841"},
		Made{ID: "a", Key: "8841"},
		Changing{ID: "a", Fields: map[string]string{"title": "Edited pgx"}},
		intent("b"),
		Replied{ID: "b", Failure: "connection reset\nby peer"},
		Deleting{ID: "a", Key: "8841"},
		Removed{ID: "a", Key: "8841", How: ReadBackGone},
		Removed{ID: "b", How: NeverMade},
		intent("c"),
		Made{ID: "c", Key: "räksmörgås/ \u2028"},
		Left{ID: "c", Key: "räksmörgås/ \u2028", Why: "DELETE answered 403"},
		Done{At: dawn()},
	}
}

// text is the file that a run leaves which records what it is given.
func text(t testing.TB, records ...Record) []byte {
	t.Helper()
	head := header()
	head.Version = version
	var file []byte
	for i, record := range append([]Record{head}, records...) {
		file = append(file, lineOf(t, "7f3a", i+1, record)...)
	}
	return file
}

func lineOf(t testing.TB, run string, number int, record Record) []byte {
	t.Helper()
	line, err := frame(run, number, record)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// start opens the journal of run 7f3a in a folder of its own.
func start(t testing.TB) *Journal {
	t.Helper()
	j, err := Open(t.TempDir()+"/journal", "7f3a", header())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func appendAll(t testing.TB, j *Journal, records ...Record) {
	t.Helper()
	for i, record := range records {
		if err := j.Append(record); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
}

func readBack(t testing.TB, path string) *Contents {
	t.Helper()
	c, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// names gives things as id/key:stage.
func names(things []Thing) []string {
	named := []string{}
	for _, thing := range things {
		named = append(named, fmt.Sprintf("%s/%s:%s", thing.ID, thing.Key, thing.Stage))
	}
	return named
}
