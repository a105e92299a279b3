package runner

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
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
}

func isNothing(err error) bool { return errors.Is(err, ErrNothingToRun) }
