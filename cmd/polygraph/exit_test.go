package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// resultsOf makes a result of each class; "left" is a kept one that left something.
func resultsOf(classes ...verdict.Class) []*engine.Result {
	var out []*engine.Result
	for i, class := range classes {
		r := &engine.Result{Number: i + 1, Record: &verdict.Record{}, Verdict: verdict.Verdict{Class: class}}
		if class == "left" {
			r.Verdict.Class, r.Left = verdict.Kept, []engine.Leftover{{Resource: "review"}}
		}
		out = append(out, r)
	}
	return out
}

func TestCodeOfRun(t *testing.T) {
	const left = verdict.Class("left")
	for _, each := range []struct {
		name        string
		classes     []verdict.Class
		interrupted bool
		want        int
	}{
		{"all kept", []verdict.Class{verdict.Kept, verdict.Kept}, false, 0},
		{"known is as good as kept", []verdict.Class{verdict.KnownLie, verdict.Kept}, false, 0},
		{"lied", []verdict.Class{verdict.Kept, verdict.Lied}, false, 1},
		{"broken", []verdict.Class{verdict.Broken}, false, 1},
		{"inconclusive", []verdict.Class{verdict.Inconclusive, verdict.Kept}, false, 3},
		{"left", []verdict.Class{left, verdict.Kept}, false, 4},
		{"a lie before what is left", []verdict.Class{left, verdict.Lied}, false, 1},
		{"what is left before inconclusive", []verdict.Class{left, verdict.Inconclusive}, false, 4},
		{"interrupted before all", []verdict.Class{left, verdict.Lied, verdict.Inconclusive}, true, 130},
	} {
		t.Run(each.name, func(t *testing.T) {
			run := &engine.Finished{Results: resultsOf(each.classes...), Interrupted: each.interrupted}
			if got := codeOfRun(run); got != each.want {
				t.Errorf("got %d, want %d", got, each.want)
			}
		})
	}
}

func TestCodeOf(t *testing.T) {
	for _, each := range []struct {
		name string
		err  error
		want int
	}{
		{"nothing wrong", nil, 0},
		{"a mistake of usage", errors.New("unknown flag"), 2},
		{"a code", exit(exitLied), 1},
		{"a wrapped code", fmt.Errorf("run: %w", exit(exitLeft)), 4},
		{"kept", exit(exitKept), 0},
	} {
		t.Run(each.name, func(t *testing.T) {
			if got := codeOf(each.err); got != each.want {
				t.Errorf("got %d, want %d", got, each.want)
			}
		})
	}
}
