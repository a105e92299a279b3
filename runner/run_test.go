package runner

import (
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2/reporters"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

func TestRunSelects(t *testing.T) {
	tests := []struct {
		name    string
		options RunOptions
		want    []int
	}{
		{"everything", RunOptions{}, []int{1, 2, 3, 4, 5, 6, 7, 8}},
		{"an account", RunOptions{LabelFilter: "account:shop-1"}, []int{2, 4, 6, 8}},
		{"a scope", RunOptions{LabelFilter: "needs:reviews_write && !account:shop-0"}, []int{6, 8}},
		{"a contract", RunOptions{Focus: []string{"Contract 1"}, Skip: []string{"no title"}}, []int{5, 6}},
		{"with the folder", RunOptions{Folder: "my suite", Focus: []string{"^my suite Contract 0"}}, []int{1, 2, 3, 4}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var acts atomic.Int32
			e := newScripted(planOf(2, 2))
			e.tell = func(what string, _ *engine.Cell) {
				if what == "act" {
					acts.Add(1)
				}
			}
			results, err := Run(e, test.options)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, r := range results {
				got = append(got, r.Number)
			}
			if len(got) != len(test.want) || int(acts.Load()) != len(test.want) {
				t.Fatalf("results %v from %d acts, want %v", got, acts.Load(), test.want)
			}
			for i := range got {
				if got[i] != test.want[i] {
					t.Fatalf("results %v, want %v", got, test.want)
				}
			}
		})
	}
}

// What the user got wrong is said before anything is sent.
func TestRunRefuses(t *testing.T) {
	here := t.TempDir()
	var filter FilterError
	tests := []struct {
		name    string
		cells   int
		options RunOptions
		is      func(error) bool
		says    string
	}{
		{"a bad query", 2, RunOptions{LabelFilter: "a &&"}, func(err error) bool { return errors.As(err, &filter) }, "--label-filter"},
		{"a bad focus", 2, RunOptions{Focus: []string{"("}}, func(err error) bool { return errors.As(err, &filter) }, "--focus"},
		{"nothing selected", 2, RunOptions{LabelFilter: "account:nobody"}, isNothing, `none of 8 cells matches --label-filter "account:nobody"`},
		{"an empty plan", 0, RunOptions{}, isNothing, "no contract meets an account"},
		{"a report in no folder", 2, RunOptions{JUnit: filepath.Join(here, "no", "junit.xml")}, func(error) bool { return true }, "write JUnit report: there is no folder " + filepath.Join(here, "no")},
		{"a report that is a folder", 2, RunOptions{JUnit: here}, func(error) bool { return true }, "is a folder"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := newScripted(planOf(2, test.cells))
			e.tell = func(what string, c *engine.Cell) { t.Errorf("%s of %s", what, c) }
			results, err := Run(e, test.options)
			if results != nil || err == nil || !test.is(err) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %d results and %v, want %s", len(results), err, test.says)
			}
		})
	}
	left, err := os.ReadDir(here)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func isNothing(err error) bool { return errors.Is(err, ErrNothingToRun) }

func TestRunWritesJUnit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "junit.xml")
	e := newScripted(planOf(2, 3))
	e.wait = 200 * time.Millisecond
	e.verdict = func(c *engine.Cell) verdict.Verdict {
		v := lostFor("shop-1")(c)
		switch {
		case c.Number == 3:
			v = verdict.Verdict{Class: verdict.KnownLie, Kind: "dropped-field"}
		case c.Number == 1: // of itself: nobody has stopped the run
			v = verdict.Verdict{Class: verdict.Inconclusive, Kind: verdict.Interrupted}
		case c.Number == 4:
			v = verdict.Verdict{Class: verdict.Inconclusive, Kind: "blind-probe", Findings: []verdict.Finding{{Class: verdict.Inconclusive, Kind: "blind-probe", Hint: "give these eyes another thing"}}}
		case v.Class == verdict.Lied:
			v.Findings[0].Seen = "GET /reviews/1 \x1b[2J\x00 {{red}} <b>"
		}
		return v
	}
	e.left = func(c *engine.Cell) []engine.Leftover {
		if c.Number != 6 {
			return nil
		}
		return []engine.Leftover{{Account: "shop-2", Resource: "review", Key: "17", Why: "DELETE /reviews/17 answered 500"}}
	}
	if _, err := Run(e, RunOptions{Folder: "suite", JUnit: path, Skip: []string{"Contract 1"}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got reporters.JUnitTestSuites
	if err := xml.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if got.Tests != 6 || got.Failures != 5 || got.Disabled != 0 { // two lies, one blind, one not judged, one left something behind
		t.Errorf("%d specs, %d failures, %d skipped, want 6, 5 and 0", got.Tests, got.Failures, got.Disabled)
	}
	cases := got.TestSuites[0].TestCases
	for _, c := range cases {
		if c.Time < 0.2 || c.Time > 30 {
			t.Errorf("%s took %v s", c.Name, c.Time)
		}
	}
	if name := cases[1].Name; name != "Contract 0 keeps its word on shop-1" {
		t.Errorf("name %q", name)
	}
	lie := cases[1].Failure
	if lie == nil || !strings.HasPrefix(lie.Message, "suite/c0.contract.yaml:1: LIED  lost-write") || !strings.Contains(lie.Message, "{{red}} <b>") {
		t.Errorf("failure %+v", lie)
	}
	if lie != nil && (strings.Contains(lie.Description, ".go:") || !strings.Contains(lie.Description, "suite/c0.contract.yaml:1")) {
		t.Errorf("the failure is placed in our Go code: %s", lie.Description)
	}
	if f := cases[3].Failure; f == nil || !strings.Contains(f.Message, "give these eyes another thing") {
		t.Errorf("inconclusive without what would settle it: %+v", f)
	}
	if f := cases[5].Failure; f == nil || !strings.Contains(f.Message, "review 17 of shop-2: DELETE /reviews/17 answered 500") {
		t.Errorf("left behind without a word: %+v", f)
	}
	if strings.ContainsAny(string(text), "\x1b\x00\ufffd") {
		t.Error("control characters of the provider are in the report")
	}
	assertAlone(t, path)
}

// assertAlone sees that a file is the only one in its folder.
func assertAlone(t *testing.T, path string) {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("beside the report: %v, %v", files, err)
	}
}

// A report that was there stays as it was until the new one is complete.
func TestJUnitFileIsWholeOrOld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "junit.xml")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(newScripted(planOf(1, 1)), RunOptions{JUnit: path, LabelFilter: "none"}); err == nil {
		t.Fatal("no error")
	}
	if text, _ := os.ReadFile(path); string(text) != "old" {
		t.Errorf("the old report is %q", text)
	}
	assertAlone(t, path)
}
