package main

import (
	"database/sql"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/history"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// whole tells whether the result on standard output is there to its end, and gives
// the exit code that it stands for.
func (o outcome) whole() (code int, whole bool) {
	if !o.json {
		last := regexp.MustCompile(`(?m)^40 cells on 8 accounts: .*\n\z`).FindString(o.out)
		switch {
		case last == "":
			return 0, false
		case strings.Contains(last, "lied") || strings.Contains(last, "broken"):
			return exitLied, true
		case strings.Contains(last, "left behind"):
			return exitLeft, true
		case strings.Contains(last, "inconclusive"):
			return exitInconclusive, true
		}
		return exitKept, true
	}
	var d report.Document
	decoder := json.NewDecoder(strings.NewReader(o.out))
	if decoder.Decode(&d) != nil || !strings.HasSuffix(o.out, "}\n") || len(d.Cells) != tortureCells {
		return 0, false
	}
	switch {
	case d.Counts.Lied+d.Counts.Broken > 0:
		return exitLied, true
	case d.Counts.Left > 0:
		return exitLeft, true
	case d.Counts.Inconclusive > 0:
		return exitInconclusive, true
	}
	return exitKept, true
}

// problems are what must not be after a run, whatever failed.
func (r *rack) problems(t *testing.T, o outcome) (all []string) {
	bad := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	code, whole := o.whole()
	switch {
	case !slices.Contains([]int{exitKept, exitUsage, exitInconclusive, exitLeft}, o.code):
		bad("exit code %d", o.code)
	case whole && code != o.code && o.code != exitUsage:
		bad("exit code %d, and the result says %d", o.code, code)
	case !whole && o.code != exitUsage:
		bad("exit code %d without a whole result", o.code)
	case whole && code == exitLied:
		bad("it accuses a truthful provider")
	}
	if left := r.hub.Leftovers(); len(left) > 0 && o.code != exitLeft && o.code != exitUsage {
		bad("exit code %d, and %d things are left", o.code, len(left))
	} else if len(left) > 0 && !strings.Contains(o.out+o.err, "left behind") {
		bad("%d things are left, and nothing says so", len(left))
	}
	all = append(all, o.problems()...)
	all = append(all, r.report(t, o)...)
	all = append(all, r.history(t, o)...)
	all = append(all, r.sweep(t)...)
	return append(all, r.twice()...)
}

// problems are what no command must do.
func (o outcome) problems() (all []string) {
	for _, sign := range []string{"goroutine ", "panic", "a mistake in polygraph itself", "fatal error", "SIGSEGV"} {
		if strings.Contains(o.out+o.err, sign) {
			all = append(all, fmt.Sprintf("it says %q", sign))
		}
	}
	switch {
	case o.code == -1:
		all = append(all, "it does not end")
	case o.code == exitUsage && !strings.Contains(o.err, "polygraph: ") && !strings.Contains(o.err, "mistake"):
		all = append(all, "it does not say why")
	}
	return all
}

// twice are the things that were made or deleted more than once.
func (r *rack) twice() (all []string) {
	for title, times := range r.titles {
		if times > 1 {
			all = append(all, fmt.Sprintf("%q was sent %d times", title, times))
		}
	}
	for path, times := range r.gone {
		if times > 1 {
			all = append(all, fmt.Sprintf("%s was deleted %d times", path, times))
		}
	}
	return all
}

// report looks at the JUnit report: the former one or a whole new one.
func (r *rack) report(t *testing.T, o outcome) (all []string) {
	text := r.text(t, "report.xml")
	var suites struct {
		Tests int        `xml:"tests,attr"`
		Suite []struct{} `xml:"testsuite"`
	}
	switch err := xml.Unmarshal([]byte(text), &suites); {
	case text == former && o.code != exitUsage:
		all = append(all, "no report, and no word of it")
	case text == former:
	case err != nil:
		all = append(all, fmt.Sprintf("half a report: %v\n%s", err, text))
	case suites.Tests != tortureCells || len(suites.Suite) != 1:
		all = append(all, fmt.Sprintf("a report of %d", suites.Tests))
	}
	drafts, err := filepath.Glob(filepath.Join(r.dir, ".report.xml.*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(drafts) > 0 && !o.tally.stroke.stays && !strings.HasPrefix(o.tally.hit, "unlink") {
		all = append(all, fmt.Sprintf("a draft is left: %v", drafts))
	}
	return all
}

// history looks whether what is kept is sound, and can go on.
func (r *rack) history(t *testing.T, o outcome) (all []string) {
	bad := func(format string, args ...any) { all = append(all, "history: "+fmt.Sprintf(format, args...)) }
	store, err := history.Open(filepath.Join(r.dir, journal.HomeName))
	if err != nil {
		return []string{fmt.Sprintf("history: %v", err)}
	}
	defer store.Close()
	if said, err := integrity(filepath.Join(r.dir, journal.HomeName, history.FileName)); err != nil || said != "ok" {
		bad("%s %v", said, err)
	}
	runs, err := store.Runs(t.Context())
	if err != nil {
		bad("%v", err)
	}
	for _, run := range runs {
		finished, err := store.Load(t.Context(), run.ID)
		if err != nil {
			bad("%v", err)
		} else if (run.State == history.Ended || run.State == history.Interrupted) && len(finished.Results) != tortureCells {
			bad("%d cells", len(finished.Results))
		}
	}
	id := regexp.MustCompile(`(?m)^run ([0-9a-f]+)  |"run": "([0-9a-f]+)"`).FindStringSubmatch(o.out)
	said := id != nil && !strings.Contains(o.err, "not kept") && !strings.Contains(o.err, "not be kept")
	if said && !slices.ContainsFunc(runs, func(s history.Summary) bool { return s.ID == id[1]+id[2] }) {
		bad("run %s is not there, and nothing says so", id[1]+id[2])
	}
	if _, err := store.Reserve(t.Context()); err != nil {
		bad("%v", err)
	}
	return all
}

// integrity is what SQLite says of a file: "ok", or what is damaged.
func integrity(path string) (said string, err error) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return "", err
	}
	defer db.Close()
	err = db.QueryRow("PRAGMA integrity_check").Scan(&said)
	return said, err
}

// sweep removes what is left, and looks again.
func (r *rack) sweep(t *testing.T) (all []string) {
	folder := journal.Dir(r.dir)
	paths, err := journal.List(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) > 0 {
		if text, err := r.command(t.Context(), "sweep").CombinedOutput(); err != nil {
			all = append(all, fmt.Sprintf("sweep: %v: %s", err, text))
		}
		if paths, err = journal.List(folder); err != nil || len(paths) > 0 {
			all = append(all, fmt.Sprintf("a journal is left: %v %v", paths, err))
		}
	}
	if left := r.hub.Leftovers(); len(left) > 0 {
		all = append(all, fmt.Sprintf("orphans: %v", left))
	}
	return all
}
