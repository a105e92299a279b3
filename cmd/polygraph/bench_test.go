package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// benched runs `polygraph bench` and gives what it printed.
func benched(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command("polygraph", append([]string{"bench"}, args...)...)
	cmd.Dir = t.TempDir()
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("bench: %v\n%s%s", err, &out, &problems)
	}
	return out.String()
}

// TestBench runs the whole of it, small: every side is measured, and says what it
// must. How fast any of them is depends on the machine, and is not judged here.
func TestBench(t *testing.T) {
	t.Parallel()
	var r benchReport
	if err := json.Unmarshal([]byte(benched(t, "--cells", "10", "--rounds", "1", "--settle", "50ms", "--json")), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Sizes) != 1 || r.Sizes[0].Cells != 10 || r.Rounds != 1 || r.Settle != 0.05 {
		t.Fatalf("the report is %+v", r)
	}
	size := r.Sizes[0]
	for side, f := range map[string]benchFigures{sideFloor: size.Floor, sidePolygraph: size.Polygraph, sideCommand: size.Command} {
		if f.Wall < 0.1 { // two writes of 45 ms at least were waited for, and their replies
			t.Errorf("%s took %f s, which cannot be", side, f.Wall)
		}
		if f.Requests < 5 || f.Requests > 100 {
			t.Errorf("%s sent %f requests per verdict", side, f.Requests)
		}
	}
	if size.Noise.Wall != 0 {
		t.Errorf("one round differs from itself by %f", size.Noise.Wall)
	}
	if len(size.Bars) < 2 {
		t.Errorf("the bars are %v", size.Bars)
	}
}

// TestBenchBars works the report out from figures that are known.
func TestBenchBars(t *testing.T) {
	t.Parallel()
	runs := map[string][]benchRun{
		sideFloor:     {benchRunOf(500, 10), benchRunOf(600, 10), benchRunOf(560, 12)},
		sidePolygraph: {benchRunOf(580, 14), benchRunOf(580, 15), benchRunOf(900, 90)},
		sideCommand:   {benchRunOf(700, 20), benchRunOf(700, 20), benchRunOf(700, 20)},
	}
	r := newBenchReport(benchOrder{rounds: 3, settle: 300 * time.Millisecond}, []benchRow{{10, runs}, {20, runs}})
	met := map[string]bool{}
	for _, b := range r.Sizes[1].Bars {
		met[b.What] = b.Met
	}
	for what, want := range map[string]bool{
		"wall, times the floor's":                    true,  // 580 by 560: 1.04
		"CPU per exchange, times the floor's":        true,  // 15 by 10
		"requests per verdict, times the floor's":    true,  // the same
		"peak memory in MB":                          false, // 90
		"CPU of a cell, times that with fewer cells": true,  // half
	} {
		if met[what] != want {
			t.Errorf("%s: met is %v", what, met[what])
		}
	}
	if noise := r.Sizes[0].Noise.Wall; noise < 0.178 || noise > 0.179 { // 100 by 560
		t.Errorf("noise is %f", noise)
	}
	for name, text := range map[string]string{"plain": r.plain(), "markdown": r.markdown()} {
		for _, want := range []string{"whole command", "580ms", "18 %", "90 MB", "missed", "met", "medians of 3 rounds"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: want %q in\n%s", name, want, text)
			}
		}
	}
}

// benchRunOf is a round of 100 requests that took so many milliseconds, and so many
// of CPU for each request.
func benchRunOf(wall, cpu int64) benchRun {
	return benchRun{Wall: time.Duration(wall) * time.Millisecond, CPU: time.Duration(100*cpu) * time.Millisecond, Peak: 90 << 20, Requests: 100}
}

// BenchmarkCells is `polygraph bench` as a Go benchmark: a round for each iteration.
func BenchmarkCells(b *testing.B) {
	for _, cells := range []int{10, 100, 1000} {
		b.Run(strconv.Itoa(cells), func(b *testing.B) {
			var r benchReport
			if err := json.Unmarshal([]byte(benched(b, "--cells", strconv.Itoa(cells), "--rounds", strconv.Itoa(b.N), "--json")), &r); err != nil {
				b.Fatal(err)
			}
			size := r.Sizes[0]
			for side, f := range map[string]benchFigures{sideFloor: size.Floor, sidePolygraph: size.Polygraph, sideCommand: size.Command} {
				b.ReportMetric(f.Wall, side+"-s")
				b.ReportMetric(f.CPU*1e6, side+"-µs/exchange")
				b.ReportMetric(f.Requests, side+"-requests/verdict")
				b.ReportMetric(f.Peak/(1<<20), side+"-MB")
			}
		})
	}
}
