package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// CTRF writes a run in the Common Test Report Format: a test for each cell. A lie and a
// broken contract have failed; what could not be told is "other", with the verdict as
// rawStatus, because nobody has failed there.
//
// A test's id is that of its cell in every run of the suite on the target.
func CTRF(w io.Writer, run *engine.Finished) error {
	return jsonStream(w, func(s *stream) {
		s.member("reportFormat", "CTRF")
		s.member("specVersion", "0.0.0")
		s.member("reportId", uuidOf("run", run.ID, run.Suite, run.Target, run.Started.UTC().Format(time.RFC3339Nano)))
		s.member("timestamp", run.Ended.UTC().Format(time.RFC3339Nano))
		s.member("generatedBy", toolName)
		s.object("results", func(s *stream) {
			s.member("tool", ctrfTool{Name: toolName, Version: toolVersion()})
			s.member("summary", ctrfSummaryOf(run))
			s.list("tests", func(s *stream) {
				o := &prose{run: run}
				for _, r := range sorted(run) {
					s.element(ctrfTestOf(o, r))
				}
			})
			s.member("environment", ctrfEnvironment{
				App: run.Suite, Environment: run.Target,
				Extra: map[string]any{"run": run.ID, "requests": run.Requests, "interrupted": run.Interrupted, "killed": run.Killed},
			})
		})
	})
}

type ctrfTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type ctrfEnvironment struct {
	App         string         `json:"appName"`
	Environment string         `json:"testEnvironment"`
	Extra       map[string]any `json:"extra"`
}

// Times are in milliseconds since 1970.
type ctrfSummary struct {
	Tests    int            `json:"tests"`
	Passed   int            `json:"passed"`
	Failed   int            `json:"failed"`
	Skipped  int            `json:"skipped"`
	Pending  int            `json:"pending"`
	Other    int            `json:"other"`
	Suites   int            `json:"suites"`
	Start    int64          `json:"start"`
	Stop     int64          `json:"stop"`
	Duration int64          `json:"duration"`
	Extra    map[string]any `json:"extra"`
}

func ctrfSummaryOf(run *engine.Finished) ctrfSummary {
	n, contracts := tally(run), map[string]bool{}
	for _, r := range run.Results {
		contracts[r.Subject().Contract] = true
	}
	return ctrfSummary{
		Tests: len(run.Results), Passed: n[passed], Failed: n[failed], Skipped: n[skipped], Other: n[errored], Suites: len(contracts),
		Start: since1970(run.Started), Stop: since1970(run.Ended), Duration: took(run.Started, run.Ended).Milliseconds(),
		Extra: map[string]any{"counts": engine.Count(run.Results)},
	}
}

// since1970 counts milliseconds; a time that is not known is 0.
func since1970(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

type ctrfTest struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Status   string         `json:"status"`
	Duration int64          `json:"duration"`
	Start    int64          `json:"start"`
	Stop     int64          `json:"stop"`
	Suite    []string       `json:"suite"`
	Message  string         `json:"message,omitempty"`
	Trace    string         `json:"trace,omitempty"`
	Line     int            `json:"line,omitempty"`
	Raw      string         `json:"rawStatus"`
	Type     string         `json:"type"`
	File     string         `json:"filePath"`
	Retries  int            `json:"retries,omitempty"`
	Tries    []ctrfTry      `json:"retryAttempts,omitempty"`
	Labels   map[string]any `json:"labels"`
	Extra    map[string]any `json:"extra,omitempty"`
}

// A ctrfTry is an attempt that was not judged: it was throttled, or made anew to be sure.
type ctrfTry struct {
	Attempt int    `json:"attempt"` // 1-based
	Status  string `json:"status"`
	Message string `json:"message"`
}

func ctrfTestOf(o *prose, r *engine.Result) ctrfTest {
	run, c := o.run, r.Subject()
	file, line := lineOf(placeIn(run, r))
	t := ctrfTest{
		ID: cellID(run, r), Name: testName(r), Duration: took(r.Started, r.Ended).Milliseconds(), Start: since1970(r.Started), Stop: since1970(r.Ended),
		Status: map[standing]string{passed: "passed", failed: "failed", errored: "other", skipped: "skipped"}[standingOf(run, r)],
		Suite:  []string{run.Suite, c.Contract}, Raw: strings.TrimSpace(fmt.Sprintf("%s %s", r.Verdict.Class, r.Verdict.Kind)),
		Type: "contract", File: file, Line: line,
		Labels: map[string]any{"account": c.Account, "case": c.Case, "operation": r.Operation, "target": run.Target},
	}
	if standingOf(run, r) != passed || r.Verdict.Kind != "" {
		t.Message, t.Trace = headline(r), o.whole(r)
	}
	if run.ID != "" {
		t.Extra = map[string]any{"evidence": fmt.Sprintf("polygraph show %s/%d", run.ID, r.Number)}
	}
	for i, text := range unjudged(r) {
		t.Tries = append(t.Tries, ctrfTry{Attempt: i + 1, Status: "other", Message: text})
	}
	t.Retries = len(t.Tries)
	return t
}
