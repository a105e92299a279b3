package main

import (
	"cmp"
	"runtime"
	"slices"
	"time"
)

// A benchRow is everything measured with one number of cells.
type benchRow struct {
	cells int
	runs  map[string][]benchRun // side → rounds
}

// A benchReport is the result of a bench, as --json prints it.
type benchReport struct {
	Go     string      `json:"go"`
	System string      `json:"system"`
	CPUs   int         `json:"cpus"`
	Rounds int         `json:"rounds"`
	Settle float64     `json:"settle_seconds"`
	Sizes  []benchSize `json:"sizes"`
}

// A benchSize is what came out with one number of cells: medians over the rounds.
type benchSize struct {
	Cells     int          `json:"cells"`
	Floor     benchFigures `json:"floor"`
	Polygraph benchFigures `json:"polygraph"`
	Command   benchFigures `json:"command"` // `polygraph run` from its start to its end, history and all
	Noise     benchFigures `json:"noise"`   // the floor against itself: (largest - smallest) / median over the rounds
	Bars      []benchBar   `json:"bars"`
}

// benchFigures are one side's. In noise they are shares of one.
type benchFigures struct {
	Wall     float64 `json:"wall_seconds"`
	CPU      float64 `json:"cpu_seconds_per_exchange"` // 0: not measured
	Requests float64 `json:"requests_per_verdict"`
	Peak     float64 `json:"peak_bytes"` // 0: not measured
}

// A benchBar is what DESIGN.md asks for, and what came out.
type benchBar struct {
	What string  `json:"what"`
	Most float64 `json:"most"`
	Is   float64 `json:"is"`
	Met  bool    `json:"met"`
}

func newBenchReport(o benchOrder, rows []benchRow) *benchReport {
	r := &benchReport{
		Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(),
		Rounds: o.rounds, Settle: o.settle.Seconds(),
	}
	for _, row := range rows {
		size := benchSize{
			Cells: row.cells, Floor: row.medians(sideFloor), Polygraph: row.medians(sidePolygraph),
			Command: row.medians(sideCommand), Noise: row.noise(),
		}
		size.Bars = size.bars()
		r.Sizes = append(r.Sizes, size)
	}
	r.linear()
	return r
}

// figures are those of one round.
func (row benchRow) figures(run benchRun) benchFigures {
	return benchFigures{
		Wall: run.Wall.Seconds(), CPU: run.CPU.Seconds() / float64(run.Requests),
		Requests: float64(run.Requests) / float64(row.cells), Peak: float64(run.Peak),
	}
}

// each calls a function with the sorted values of each figure of a side.
func (row benchRow) each(side string, of func(sorted []float64) float64) benchFigures {
	values := [4][]float64{}
	for _, run := range row.runs[side] {
		f := row.figures(run)
		for i, v := range []float64{f.Wall, f.CPU, f.Requests, f.Peak} {
			values[i] = append(values[i], v)
		}
	}
	for i := range values {
		slices.Sort(values[i])
	}
	return benchFigures{Wall: of(values[0]), CPU: of(values[1]), Requests: of(values[2]), Peak: of(values[3])}
}

func (row benchRow) medians(side string) benchFigures { return row.each(side, median) }

func (row benchRow) noise() benchFigures {
	return row.each(sideFloor, func(sorted []float64) float64 {
		if middle := median(sorted); middle > 0 {
			return (sorted[len(sorted)-1] - sorted[0]) / middle
		}
		return 0
	})
}

func median(sorted []float64) float64 {
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// The bars, for as many cells as they are meant for.
const (
	barCPU      = 1.5
	barRequests = 1
	barPeak     = 80 << 20 // bytes, to 1,000 cells
	barLinear   = 1.25     // CPU of a cell, against the size before
)

// barWall is how long Polygraph may take, in times of the floor.
func barWall(cells int) float64 {
	if cells <= 100 {
		return 1.05
	}
	return 1.25
}

func (s *benchSize) bars() []benchBar {
	bars := []benchBar{
		bar("wall, times the floor's", barWall(s.Cells), s.Polygraph.Wall/s.Floor.Wall),
		bar("requests per verdict, times the floor's", barRequests, s.Polygraph.Requests/s.Floor.Requests),
	}
	if s.Floor.CPU > 0 {
		bars = append(bars, bar("CPU per exchange, times the floor's", barCPU, s.Polygraph.CPU/s.Floor.CPU))
	}
	if s.Polygraph.Peak > 0 && s.Cells <= 1000 {
		bars = append(bars, bar("peak memory in MB", barPeak/float64(1<<20), s.Polygraph.Peak/(1<<20)))
	}
	return bars
}

// linear adds, from the second size on, what a cell costs against the size before.
func (r *benchReport) linear() {
	for i := 1; i < len(r.Sizes); i++ {
		before, now := r.Sizes[i-1].Polygraph, &r.Sizes[i]
		if before.CPU > 0 && r.Sizes[i-1].Cells < now.Cells {
			ratio := now.Polygraph.CPU * now.Polygraph.Requests / (before.CPU * before.Requests)
			now.Bars = append(now.Bars, bar("CPU of a cell, times that with fewer cells", barLinear, ratio))
		}
	}
}

func bar(what string, most, is float64) benchBar {
	return benchBar{What: what, Most: most, Is: is, Met: cmp.Compare(is, most+0.005) < 0} // as far as it is shown
}

// seconds is a duration for a table.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < 10*time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}
