package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
)

// showBench prints a report in the form that was asked for.
func (c *console) showBench(r *benchReport, o benchOrder) error {
	var text string
	switch {
	case o.json:
		encoded, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		text = string(encoded) + "\n"
	case o.markdown:
		text = r.markdown()
	default:
		text = r.plain()
	}
	if _, err := fmt.Fprint(c.out, text); err != nil {
		return fmt.Errorf("print the bench: %w", err)
	}
	return nil
}

// rows are the figures of all sizes, a line for each side.
func (r *benchReport) rows() (header table.Row, rows []table.Row) {
	for _, s := range r.Sizes {
		rows = append(rows,
			figureRow(s.Cells, "floor", s.Floor), figureRow(s.Cells, "polygraph", s.Polygraph),
			figureRow(s.Cells, "whole command", s.Command),
			table.Row{s.Cells, "noise", share(s.Noise.Wall), share(s.Noise.CPU), share(s.Noise.Requests), share(s.Noise.Peak)})
	}
	return table.Row{"cells", "", "wall", "CPU per exchange", "requests per verdict", "peak memory"}, rows
}

func figureRow(cells int, side string, f benchFigures) table.Row {
	row := table.Row{cells, side, seconds(f.Wall), "not measured", fmt.Sprintf("%.1f", f.Requests), "not measured"}
	if f.CPU > 0 {
		row[3] = seconds(f.CPU)
	}
	if f.Peak > 0 {
		row[5] = fmt.Sprintf("%.0f MB", f.Peak/(1<<20))
	}
	return row
}

func share(s float64) string { return fmt.Sprintf("%.0f %%", 100*s) }

// bars are what was to be reached.
func (r *benchReport) bars() (header table.Row, rows []table.Row) {
	for _, s := range r.Sizes {
		for _, b := range s.Bars {
			met := "met"
			if !b.Met {
				met = "missed"
			}
			rows = append(rows, table.Row{s.Cells, b.What, fmt.Sprintf("%.2f", b.Is), fmt.Sprintf("≤ %.4g", b.Most), met})
		}
	}
	return table.Row{"cells", "", "is", "bar", ""}, rows
}

func (r *benchReport) machine() string {
	return fmt.Sprintf("%s on %s with %s, medians of %s; a write takes some %s to be visible",
		r.Go, r.System, counted(r.CPUs, "CPU"), counted(r.Rounds, "round"), seconds(r.Settle))
}

func (r *benchReport) plain() string {
	header, rows := r.rows()
	barHeader, bars := r.bars()
	return plainTable(header, rows) + "\n" + plainTable(barHeader, bars) + "\n" + r.machine() + "\n"
}

func plainTable(header table.Row, rows []table.Row) string {
	w := table.NewWriter()
	w.SetStyle(table.StyleDefault)
	w.Style().Options = table.OptionsNoBordersAndSeparators
	w.Style().Format = table.FormatOptions{}
	w.AppendHeader(header)
	w.AppendRows(rows)
	return trimmed(w.Render()) + "\n"
}

// trimmed has no blanks at the end of a line.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// benchIntro says what the figures are of, for who reads them without the command.
const benchIntro = `The job: create a review, wait until it is visible, compare it with what was sent, list,
delete, wait until it is gone; on as many accounts of the sandbox as there are cells, all
at the same time.

* **floor**: bare goroutines with net/http and encoding/json, one for each account, and a
  fixed 50 ms between two reads. It keeps nothing, and could not tell a lie.
* **polygraph**: the same as a contract, from the plan to the closed journal: evidence kept,
  secrets masked, written to the disk before it is sent. Every cell must be kept.
* **whole command**: ` + "`polygraph run`" + ` on that suite, from its start to its end: loading,
  Ginkgo, report and history besides.
* **noise**: by how much the floor differs from itself between rounds, (largest - smallest) / median.

Sandbox, floor and Polygraph are a process each. CPU is that of user and system together;
peak memory is the process's own high-water mark, program text included.

`

func (r *benchReport) markdown() string {
	var text strings.Builder
	text.WriteString(benchIntro)
	for i, part := range []func() (table.Row, []table.Row){r.rows, r.bars} {
		header, rows := part()
		w := table.NewWriter()
		w.AppendHeader(header)
		w.AppendRows(rows)
		if i > 0 {
			text.WriteString("\n")
		}
		text.WriteString(w.RenderMarkdown() + "\n")
	}
	return text.String() + "\n" + r.machine() + ".\n"
}
