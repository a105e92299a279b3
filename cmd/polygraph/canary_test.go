package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/polygraph-dev/polygraph/fixtures/parrot"
	"github.com/polygraph-dev/polygraph/runner"
	"github.com/polygraph-dev/polygraph/runner/report"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// TestCanary runs the real command against a provider that repeats every secret, and
// searches everything that it has printed and written: every place × every encoding ×
// every output. Besides, nothing of it may act on a terminal.
func TestCanary(t *testing.T) {
	t.Parallel()
	s := &search{outputs: map[string]string{}}
	heard := s.gather(t)
	places := parrot.Canaries()
	for _, each := range places[:10] { // those that a client sends
		if !heard[each.Place] {
			t.Errorf("%s never travelled: its search proves nothing", each.Place)
		}
	}
	hits, encodings := 0, 0
	for _, each := range places {
		forms := parrot.Encodings(each.Secret)
		encodings = len(forms)
		for output, text := range s.outputs {
			for encoding, form := range forms {
				if strings.Contains(text, form) {
					hits++
					t.Errorf("%s: in %s, as %s: %q", output, each.Place, encoding, around(text, form))
				}
			}
		}
	}
	size := 0
	every := wire.NewRedactor()
	for _, each := range places {
		every.Add(each.Secret)
	}
	for output, text := range s.outputs { // in further spellings, such as %41 for A
		if every.MaskText(text) != text && hits == 0 {
			hits++
			t.Errorf("%s: a secret shows in a spelling of its own", output)
		}
	}
	names := make([]string, 0, len(s.outputs))
	for name, text := range s.outputs {
		names = append(names, name)
		size += len(text)
		if text == "" && !strings.HasSuffix(name, "stderr") && !failing.MatchString(name) {
			t.Errorf("%s is empty: its search proves nothing", name)
		}
	}
	slices.Sort(names)
	t.Logf("%d places × %d encodings × %d outputs (%d KiB) = %d searches: %d hits", len(places), encodings, len(names), size>>10, len(places)*encodings*len(names), hits)
	t.Logf("outputs: %s", strings.Join(names, "; "))
	s.control(t, places)
}

// failing are commands that print nothing but what is wrong.
var failing = regexp.MustCompile(`: mistakes stdout$|^leaky: `)

// around is what stands before a hit.
func around(text, form string) string {
	at := strings.Index(text, form)
	return text[max(0, at-80):min(len(text), at+len(form)+10)]
}

// control plants each secret in the clear in an output: the search must find it.
func (s *search) control(t *testing.T, places []parrot.Canary) {
	for _, each := range places {
		for encoding, form := range parrot.Encodings(each.Secret) {
			for _, text := range []string{s.outputs["many: run stdout"], s.outputs["many: history, unpacked"]} {
				planted := text[:500] + form + text[500:1000]
				if !strings.Contains(planted, form) || wire.NewRedactor(each.Secret).MaskText(planted) == planted {
					t.Errorf("the search would not find %s as %s", each.Place, encoding)
				}
			}
		}
	}
}

// A search is everything that the command has said and left, by name.
type search struct {
	mu      sync.Mutex
	outputs map[string]string
}

func (s *search) add(name, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outputs[name] += text
}

func (s *search) said(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outputs[name]
}

// gather runs every command that prints anything, and says which secrets the
// providers have heard.
func (s *search) gather(t *testing.T) map[string]bool {
	heard := map[string]bool{}
	var all sync.WaitGroup
	for _, name := range parrot.Suites() {
		all.Go(func() {
			places := s.suite(t, name)
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, place := range places {
				heard[place] = true
			}
		})
	}
	all.Go(func() { s.leaky(t) })
	all.Wait()
	return heard
}

// suite runs what there is to run with one suite.
func (s *search) suite(t *testing.T, name string) []string {
	p := parrot.New(name)
	server := httptest.NewServer(p)
	defer server.Close()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "suite"), parrot.Suite(name, server.URL)); err != nil {
		t.Error(err)
		return nil
	}
	c := &cage{t, s, name, dir, append(os.Environ(), parrot.Environment(server.URL)...)}
	c.run(exitKept, "check", "check", "suite")
	c.run(exitKept, "explain", "explain", "suite")
	c.run(exitKept, "plan", "plan", "suite")
	c.planFile()
	c.run(exitLied, "run", "run", "suite", "--junit", "junit.xml", "--html", "page.html", "--ctrf", "run.ctrf", "--sarif", "run.sarif", "--har", "run.har", "--markdown", "run.md")
	cells := c.cells()
	c.run(exitLied, "run --json", "run", "suite", "--json", "--contract", "*altered*", "--contract", "*kept*")
	c.truthful()
	c.run(exitLied, "run --quiet", "run", "suite", "--quiet", "--contract", "*altered*")
	for _, form := range [][]string{{}, {"--json"}, {"--markdown"}} {
		c.run(exitKept, strings.Join(append([]string{"compare"}, form...), " "), append([]string{"compare", "previous", "last"}, form...)...)
	}
	for i, cell := range cells {
		c.run(exitKept, "show --all", "show", cell, "--all")
		if i%4 == 0 {
			c.run(exitKept, "show of a cell", "show", cell)
			c.run(exitKept, "show --json", "show", cell, "--json")
		}
	}
	c.ticket()
	c.run(exitKept, "show", "show", "last")
	c.run(exitKept, "report", "report", "last")
	c.run(exitKept, "runs", "runs")
	c.run(exitKept, "runs --json", "runs", "--json")
	c.run(exitLeft, "sweep --list", "sweep", "--list")
	c.run(exitLeft, "sweep", "sweep")
	c.run(exitUsage, "mistakes", "run", "suite", "--target", "none")
	c.run(exitKept, "completion", "__complete", "show", "")
	if name == "many" { // the others differ in how a key travels, which these do not see
		c.told()
		for _, form := range formatNames() {
			c.run(exitKept, "report --"+form, "report", "last", "--"+form, "-")
		}
		c.run(exitLied, "onboard", "onboard", "suite", "*", "--markdown", "onboard.md")
		c.run(exitLied, "onboard --json", "onboard", "suite", "*", "--json")
		c.run(exitInconclusive, "onboard --read-only", "onboard", "suite", "*", "--read-only")
		for _, args := range [][]string{{}, {"--json"}, {"--quiet"}} {
			c.run(anyVerdict, "strength", append([]string{"strength", "suite", "--contract", "A thing is *", "--contract", "*told*"}, args...)...)
		}
		c.onTerminal()
		c.ginkgo()
	}
	c.files()
	c.unpacked()
	if n := p.Masked(); n > 0 {
		t.Errorf("%s: %d requests were sent with *** in place of what they need", name, n)
	}
	return p.Heard()
}

// leaky runs a suite whose credential comes from a command that fails.
func (s *search) leaky(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "suite"), parrot.Leaky()); err != nil {
		t.Error(err)
		return
	}
	c := &cage{t, s, "leaky", dir, append(os.Environ(), "PARROT=http://127.0.0.1:9", "PARROT_BEARER=unused-and-long")}
	c.run(exitUsage, "run", "run", "suite")
	if said := s.said("leaky: run stderr"); !strings.Contains(said, "exit status 3") {
		t.Errorf("the command did not fail as it should: %s", said)
	}
}

// A cage is a folder in which the command is run against one parrot.
type cage struct {
	t    *testing.T
	s    *search
	name string
	dir  string
	env  []string
}

// run runs the command, keeps what it says, and wants it safe to be printed.
func (c *cage) run(code int, name string, args ...string) string {
	cmd := exec.Command("polygraph", args...)
	cmd.Dir, cmd.Env = c.dir, c.env
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	var ended *exec.ExitError
	if code == anyVerdict && (err == nil || errors.As(err, &ended) && (ended.ExitCode() == exitLied || ended.ExitCode() == exitInconclusive)) {
		code = cmd.ProcessState.ExitCode()
	}
	if errors.As(err, &ended) && ended.ExitCode() != code || !errors.As(err, &ended) && code != exitKept {
		c.t.Errorf("%s: polygraph %s ends with %v, want %d\n%s", c.name, strings.Join(args, " "), err, code, &problems)
	}
	c.s.add(c.name+": "+name+" stdout", out.String())
	c.s.add(c.name+": "+name+" stderr", problems.String())
	for _, text := range []string{out.String(), problems.String()} {
		if safe := report.Text(text); safe != text {
			c.t.Errorf("%s: polygraph %s prints what acts on a terminal", c.name, strings.Join(args, " "))
		}
	}
	return out.String()
}

// anyVerdict is the exit code of a command whose judgement is none of a test's business.
const anyVerdict = -1

// told sees that deliveries were heard, and their signatures verified with the secret: else
// the search for it would prove nothing.
func (c *cage) told() {
	kept := 0
	c.query("SELECT class FROM cells WHERE subject IN (SELECT id FROM subjects WHERE contract = 'It is told')", func(row []any) {
		if row[0] == "kept" {
			kept++
		}
	})
	if kept == 0 {
		c.t.Errorf("%s: no delivery was heard", c.name)
	}
	if shown := c.s.said(c.name + ": show --all stdout"); !strings.Contains(shown, "told-") {
		c.t.Errorf("%s: no delivery is shown", c.name)
	}
}

// cells are the names of the cells of the only run until now, one for each contract
// and verdict.
func (c *cage) cells() []string {
	var names []string
	c.query("SELECT r.id || '/' || (MIN(c.cell) & 0xffffff) FROM cells c JOIN runs r ON r.seq = c.cell >> 24 GROUP BY r.id, c.subject, c.class", func(row []any) { names = append(names, fmt.Sprint(row[0])) })
	if len(names) < 6 {
		c.t.Errorf("%s: only the cells %v", c.name, names)
	}
	return names
}

// query gives every row of the history.
func (c *cage) query(query string, each func(row []any)) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.dir, ".polygraph", "history.db")+"?mode=ro")
	if err != nil {
		c.t.Error(err)
		return
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		c.t.Error(err)
		return
	}
	defer rows.Close()
	columns, _ := rows.Columns() // the rows are open
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			c.t.Error(err)
			return
		}
		each(row)
	}
	if err := rows.Err(); err != nil {
		c.t.Error(err)
	}
}

// unpacked is the history as it reads, its blobs without compression.
func (c *cage) unpacked() {
	for _, table := range []string{"runs", "subjects", "accounts", "outlines", "cells", "evidence"} {
		c.query("SELECT * FROM "+table, func(row []any) {
			for _, value := range row {
				if packed, ok := value.([]byte); ok {
					value = unzipped(c.t, packed)
				}
				c.s.add(c.name+": history, unpacked", fmt.Sprint(value)+"\n")
			}
		})
	}
}

func unzipped(t *testing.T, packed []byte) string {
	if !bytes.HasPrefix(packed, []byte("\x28\xb5\x2f\xfd")) {
		return string(packed)
	}
	decoder, err := zstd.NewReader(nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer decoder.Close()
	text, err := decoder.DecodeAll(packed, nil)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// own are the files that hold the secrets because the user put them there.
var own = regexp.MustCompile(`^suite/(provider\.yaml|openapi\.yaml|polygraph\.yaml|a\.contract\.yaml|key\.txt|password\.txt)$`)

// files are all that the command has written: reports, history, journals.
func (c *cage) files() {
	journals := 0
	err := filepath.WalkDir(c.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(c.dir, path)
		if err != nil || own.MatchString(filepath.ToSlash(name)) {
			return err
		}
		text, err := os.ReadFile(path)
		kind := filepath.Base(name)
		if filepath.Base(filepath.Dir(path)) == "journal" {
			kind = "journals"
			journals++
		}
		if len(text) > 0 {
			c.s.add(c.name+": file "+kind, string(text))
		}
		return err
	})
	if err != nil {
		c.t.Error(err)
	}
	if journals == 0 {
		c.t.Errorf("%s: no journal is left to be searched", c.name)
	}
}

// planFile is the plan that a later run is held to.
func (c *cage) planFile() {
	if help, err := exec.Command("polygraph", "plan", "--help").Output(); err != nil || !bytes.Contains(help, []byte("--out")) {
		return
	}
	c.run(exitKept, "plan --out", "plan", "suite", "--out", "plan.json")
}

// truthful sees that masking accuses nobody: a thing whose text is a secret was kept.
func (c *cage) truthful() {
	var document struct {
		Cells []struct{ Contract, Account, Verdict string }
	}
	text := c.s.said(c.name + ": run --json stdout")
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		c.t.Errorf("%s: %v", c.name, err)
	}
	kept := 0
	for _, cell := range document.Cells {
		switch {
		case cell.Contract != "A thing is kept" || cell.Account == "refused":
		case cell.Verdict != "kept":
			c.t.Errorf("%s: %q on %s is %s, and it was the truth", c.name, cell.Contract, cell.Account, cell.Verdict)
		default:
			kept++
		}
	}
	if kept == 0 {
		c.t.Errorf("%s: nothing was kept", c.name)
	}
}

// onTerminal runs under a terminal, so that progress is shown.
func (c *cage) onTerminal() {
	script, err := exec.LookPath("script")
	if err != nil {
		c.t.Log("progress is not searched: there is no script(1) to make a terminal with")
		return
	}
	cmd := exec.Command(script, "-qec", "polygraph run suite --contract '*altered*'", "/dev/null")
	cmd.Dir, cmd.Env = c.dir, append(c.env, "TERM=xterm")
	text, err := cmd.CombinedOutput()
	if !bytes.Contains(text, []byte("\x1b[K")) {
		c.t.Errorf("%s: no progress was shown: %v\n%s", c.name, err, text)
	}
	c.s.add(c.name+": terminal with progress", string(text))
}

// canaryEnv names the suite that TestCanarySuite runs.
const canaryEnv = "POLYGRAPH_CANARY_SUITE"

// ginkgo runs the suite as specs, with Ginkgo's own reports.
func (c *cage) ginkgo() {
	binary, err := os.Executable()
	if err != nil {
		c.t.Error(err)
		return
	}
	cmd := exec.Command(binary, "-test.run=^TestCanarySuite$", "--ginkgo.v", "--ginkgo.junit-report=ginkgo.xml", "--ginkgo.json-report=ginkgo.json")
	cmd.Dir, cmd.Env = c.dir, append(c.env, canaryEnv+"=suite")
	text, err := cmd.CombinedOutput()
	if !bytes.Contains(text, []byte("a line of the user's own log")) {
		c.t.Errorf("%s: the user's own log is lost\n%s", c.name, text)
	}
	if err == nil || !bytes.Contains(text, []byte("altered-value")) {
		c.t.Errorf("%s: the specs end with %v\n%s", c.name, err, text)
	}
	c.s.add(c.name+": ginkgo -v", string(text))
}

// TestCanarySuite is the test function of a user who runs a suite under go test.
func TestCanarySuite(t *testing.T) {
	folder := os.Getenv(canaryEnv)
	if folder == "" {
		t.Skip("run by TestCanary")
	}
	gomega.RegisterFailHandler(ginkgo.Fail)
	ginkgo.AfterEach(func() { log.Print("a line of the user's own log") })
	runner.Specs(folder)
	runner.RunSpecs(t, "suite")
}
