package main

import (
	"io"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// A format is a form in which a run can be written for other programs.
type format struct {
	name  string // of its flag
	title string // in messages
	usage string // of its flag
	cell  bool   // one cell can be written, too
	write func(w io.Writer, from source) error
}

// A source is what a form is made from.
type source struct {
	run   *engine.Finished
	cells report.Results // with their exchanges
	limit int            // bytes, of a form that has a limit
	// beside is the run with the other accounts, where only one cell is written; else nil.
	beside *engine.Finished
}

// json writes what show --json and run --json print.
func (from source) json(w io.Writer) error {
	if from.beside != nil {
		return report.JSONOf(w, from.beside, from.run.Results[0])
	}
	return report.JSON(w, from.run)
}

// formats is the table of forms, in the order of the help.
func formats() []format {
	plain := func(write func(io.Writer, *engine.Finished) error) func(io.Writer, source) error {
		return func(w io.Writer, from source) error { return write(w, from.run) }
	}
	whole := func(write func(io.Writer, *engine.Finished, report.Results) error) func(io.Writer, source) error {
		return func(w io.Writer, from source) error { return write(w, from.run, from.cells) }
	}
	return []format{
		{name: "html", title: "HTML page", usage: "the report as one page for a browser, which needs no network, to `FILE`", cell: true, write: whole(report.HTML)},
		{name: "junit", title: "JUnit report", usage: "a JUnit report, to `FILE`", write: plain(report.JUnit)},
		{name: "json", title: "JSON document", usage: "one JSON document, as run --json prints it, to `FILE`", cell: true, write: func(w io.Writer, from source) error { return from.json(w) }},
		{name: "ctrf", title: "CTRF report", usage: "a report in the Common Test Report Format, to `FILE`", write: plain(report.CTRF)},
		{name: "sarif", title: "SARIF log", usage: "lies and broken contracts as SARIF 2.1.0, for code scanners, to `FILE`", write: plain(report.SARIF)},
		{name: "har", title: "HTTP Archive", usage: "the requests and replies as an HTTP Archive 1.2, to `FILE`", cell: true, write: whole(report.HAR)},
		{name: "markdown", title: "Markdown", usage: "Markdown for a comment or a job's summary, to `FILE`", write: func(w io.Writer, from source) error {
			return report.Markdown(w, from.run, from.limit)
		}},
	}
}

func formatNames() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}
