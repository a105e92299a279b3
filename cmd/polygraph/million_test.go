package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/history"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// answers is how long a command may take to answer from a history of a million cells.
const answers = time.Second

// TestHistoryOfAMillionCells fills a history with a hundred runs of ten thousand cells, and
// measures the commands that read it. By itself it has a few small runs, and sees that they
// answer. The cells are those of a run of the sandbox, again and again under other names.
func TestHistoryOfAMillionCells(t *testing.T) {
	t.Parallel()
	runs, contracts, accounts := whole(100, 3), whole(100, 3), whole(100, 4)
	dir := t.TempDir()
	cells := sandboxCells(t, dir)
	where := filepath.Join(dir, journal.HomeName)
	if err := os.RemoveAll(where); err != nil {
		t.Fatal(err)
	}
	took := fill(t, where, cells, runs, contracts, accounts)
	state, err := os.Stat(filepath.Join(where, history.FileName))
	if err != nil {
		t.Fatal(err)
	}
	n := contracts * accounts
	t.Logf("%d runs of %d cells: %.2f GB, %d bytes a cell; one run is saved in %v", runs, n, float64(state.Size())/1e9, state.Size()/int64(runs*n), took.Round(time.Millisecond))
	t.Logf("| command | time | CPU |\n| --- | ---: | ---: |")
	for _, args := range [][]string{
		{"runs"}, {"runs", "--limit", "0", "--json"},
		{"show", "0001"}, {"show", fmt.Sprintf("0002/%d", n)}, {"show", "last/1"},
		{"compare", "0000", "0001"},
	} {
		var times, busy []time.Duration
		for range whole(5, 1) {
			cmd := exec.Command("polygraph", args...)
			cmd.Dir = dir
			began := time.Now()
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %v\n%s", args, err, said)
			}
			times = append(times, time.Since(began))
			busy = append(busy, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
		}
		slices.Sort(times)
		slices.Sort(busy)
		middle := times[len(times)/2]
		t.Logf("| `polygraph %s` | %v | %v |", strings.Join(args, " "), middle.Round(time.Millisecond), busy[len(busy)/2].Round(time.Millisecond))
		if soak() && times[0] > answers { // the machine may be busy with something else meanwhile
			t.Errorf("%v takes %v", args, times[0])
		}
	}
}

// sandboxCells are the results of a run of the sandbox, with their exchanges: of its own
// suite, or of two contracts.
func sandboxCells(t *testing.T, dir string) []*engine.Result {
	t.Helper()
	if err := os.CopyFS(filepath.Join(dir, "suite"), reviewhub.Files()); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "suite", "--quiet"}
	if !soak() {
		args = append(args, "--contract", "The list finds a review", "--account", "shop-rome")
	}
	cmd := exec.Command("polygraph", args...)
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil && cmd.ProcessState.ExitCode() != exitLied {
		t.Fatalf("%v: %s", err, said)
	}
	store, err := history.Read(filepath.Join(dir, journal.HomeName))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var cells []*engine.Result
	if err := store.Each(context.Background(), history.Last, func(r *engine.Result) error { cells = append(cells, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return cells
}

// fill saves two runs, and copies the first of them until there are as many as are wanted.
// It says how long a run took to save.
func fill(t *testing.T, where string, cells []*engine.Result, runs, contracts, accounts int) time.Duration {
	t.Helper()
	store, err := history.Open(where)
	if err != nil {
		t.Fatal(err)
	}
	var took time.Duration
	for n := range 2 {
		run := multiplied(t, cells, contracts, accounts)
		run.ID = fmt.Sprintf("%04x", n)
		run.Started = run.Started.Add(time.Duration(n) * time.Hour)
		run.Ended = run.Started.Add(time.Minute)
		began := time.Now()
		if err := store.Save(context.Background(), run); err != nil {
			t.Fatal(err)
		}
		took = time.Since(began)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	copyRuns(t, filepath.Join(where, history.FileName), runs)
	return took
}

// multiplied is a run of so many contracts on so many accounts, each cell one of those that
// are given, under another name. The first account is lied to about the first contract.
func multiplied(t *testing.T, cells []*engine.Result, contracts, accounts int) *engine.Finished {
	t.Helper()
	run := &engine.Finished{Suite: "./suite", Target: "sandbox", Started: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Requests: 123456}
	for line := range contracts {
		of := cells[line*len(cells)/contracts]
		if line == 0 {
			of = aLie(cells)
		}
		for at := range accounts {
			if at == 1 && line == 0 {
				of = truthful(cells, of)
			}
			r, record := *of, verdict.Record{}
			text, err := json.Marshal(of.Record)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &record); err != nil {
				t.Fatal(err)
			}
			record.Cell.Contract = fmt.Sprintf("%s (%d)", record.Cell.Contract, line)
			record.Cell.Account = fmt.Sprintf("shop-%03d", at)
			r.Number, r.Record = len(run.Results)+1, &record
			run.Results = append(run.Results, &r)
		}
	}
	return run
}

// aLie is a cell that was lied to, where there is one.
func aLie(cells []*engine.Result) *engine.Result {
	return cells[max(0, slices.IndexFunc(cells, func(r *engine.Result) bool { return r.Verdict.Class == verdict.Lied }))]
}

// truthful is a kept cell of the same contract and case.
func truthful(cells []*engine.Result, of *engine.Result) *engine.Result {
	return cells[slices.IndexFunc(cells, func(r *engine.Result) bool {
		return r.Verdict.Class == verdict.Kept && r.Subject().Contract == of.Subject().Contract && r.Subject().Case == of.Subject().Case
	})]
}

// copyRuns copies the first run of a file, with all that it has, an hour later each.
func copyRuns(t *testing.T, path string, runs int) {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(MEMORY)&_pragma=synchronous(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var first int64
	if err := db.QueryRow("SELECT seq FROM runs WHERE id = '0000'").Scan(&first); err != nil {
		t.Fatal(err)
	}
	for n := 2; n < runs; n++ {
		for _, statement := range []string{
			`INSERT INTO runs (seq, id, suite, target, started, ended, beat, requests, interrupted, counts, facts)
				SELECT ?2, printf('%04x', ?3), suite, target, strftime('%Y-%m-%dT%H:%M:%S.000000000Z', started, ?3 || ' hours'),
				strftime('%Y-%m-%dT%H:%M:%S.000000000Z', ended, ?3 || ' hours'), beat, requests, interrupted, counts, facts FROM runs WHERE seq = ?1`,
			`INSERT INTO subjects (id, run, contract, variant, operation, place) SELECT id + ?3 * 100000, ?2, contract, variant, operation, place FROM subjects WHERE run = ?1`,
			`INSERT INTO accounts (id, run, name) SELECT id + ?3 * 100000, ?2, name FROM accounts WHERE run = ?1`,
			`INSERT INTO outlines (id, run, text) SELECT id + ?3 * 100000, ?2, text FROM outlines WHERE run = ?1`,
			`INSERT INTO cells (cell, subject, account, class, kind, claim, status, began, took, reply, seen, stable, lost, reads, verdict, outlines)
				SELECT (?2 << 24) | (cell & 0xffffff), subject + ?3 * 100000, account + ?3 * 100000, class, kind, claim, status, began, took, reply, seen, stable, lost, reads, verdict, outlines
				FROM cells WHERE cell >> 24 = ?1 AND cell BETWEEN ?1 << 24 AND (?1 + 1) << 24`,
			`INSERT INTO evidence (cell, result, exchanges) SELECT (?2 << 24) | (cell & 0xffffff), result, exchanges FROM evidence WHERE cell BETWEEN ?1 << 24 AND (?1 + 1) << 24`,
		} {
			if _, err := db.Exec(statement, first, first+int64(n), n); err != nil {
				t.Fatalf("%v: %s", err, statement)
			}
		}
	}
}
