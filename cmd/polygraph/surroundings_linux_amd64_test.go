package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/polygraph-dev/polygraph/runner/journal"
)

// TestSurroundings runs in places where something is missing that a command counts on.
// Whatever it is, the exit code claims no more than was delivered, and nothing is left.
func TestSurroundings(t *testing.T) {
	t.Parallel()
	for _, each := range []struct {
		name  string
		shell string // $run is the run, $suite its suite
		code  int
		out   string // part of what it says, on either stream
		never bool   // nothing was sent
		why   string
	}{
		{name: "all is there", shell: "$run", code: exitKept, out: "5 kept"},
		{name: "the disk under standard output is full", shell: "$run >/dev/full", code: exitUsage, out: "print the run: write /dev/stdout: no space left"},
		{name: "and it is JSON", shell: "$run --json >/dev/full", code: exitUsage, out: "no space left"},
		{name: "the disk under standard error is full", shell: "$run 2>/dev/full", code: exitKept, out: "5 kept"},
		{name: "no standard input", shell: "$run <&-", code: exitKept, out: "5 kept"},
		{name: "no standard error", shell: "$run 2>&-", code: exitKept, out: "5 kept"},
		{name: "no folder for temporary files", shell: "TMPDIR=/nowhere $run", code: exitKept, out: "5 kept"},
		{name: "no home, no user", shell: "env -u HOME -u USER -u LOGNAME $run", code: exitKept, out: "5 kept"},
		{name: "no environment but what the suite asks for", shell: `env -i SANDBOX="$SANDBOX" "$(command -v polygraph)" run suite --account shop-rome`, code: exitKept, out: "5 kept"},
		{name: "little memory is to be used", shell: "GOMEMLIMIT=32MiB $run", code: exitKept, out: "5 kept"},
		{name: "the folder is deleted under it", shell: `mkdir gone && cd gone && rmdir ../gone && polygraph run "$suite"`, code: exitUsage, out: "polygraph: ", never: true},
		{name: "what is kept would stand in a file", shell: "touch .polygraph && $run", code: exitUsage, out: "hint: a run that writes needs its journal", never: true},
		{name: "the report would stand in no folder", shell: "$run --junit no/report.xml", code: exitUsage, out: "there is no folder no", never: true},
		{name: "the report would stand in a file", shell: "$run --junit suite/provider.yaml/report.xml", code: exitUsage, out: "write JUnit report", never: true},
		{name: "the history is not one", shell: "mkdir .polygraph && echo no >.polygraph/history.db && $run", code: exitKept, out: "this run will not be kept"},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			r := newRack(t, "")
			defer r.close()
			cmd := r.shell(each.shell)
			text, err := cmd.CombinedOutput()
			if code := codeOfExit(t, err); code != each.code || !strings.Contains(string(text), each.out) {
				t.Errorf("exit %d, want %d and %q\n%s", code, each.code, each.out, text)
			}
			if each.never && len(r.titles) > 0 {
				t.Errorf("%d things were made", len(r.titles))
			}
			r.bare(t)
		})
	}
}

// shell is a line for the shell in the rack's folder.
func (r *rack) shell(line string) *exec.Cmd {
	cmd := exec.Command("sh", "-c", strings.ReplaceAll(line, "$run", "polygraph run suite --account shop-rome"))
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "SANDBOX="+r.server.URL, "COLUMNS=100", "suite="+filepath.Join(r.dir, "suite"))
	return cmd
}

func codeOfExit(t *testing.T, err error) int {
	t.Helper()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	if ended != nil {
		return ended.ExitCode()
	}
	return 0
}

// bare sees that nothing is left, neither there nor in a journal.
func (r *rack) bare(t *testing.T) {
	t.Helper()
	if left := r.hub.Leftovers(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if paths, err := journal.List(journal.Dir(r.dir)); err == nil && len(paths) > 0 { // where there is no folder, there is no journal
		t.Errorf("a journal is left: %v", paths)
	}
}

// TestReaderGoesAway has whoever reads the results stop reading, as head does: the run cleans up,
// is kept, and claims nothing.
func TestReaderGoesAway(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"out", "err", "both"} {
		t.Run(stream, func(t *testing.T) {
			t.Parallel()
			r := newRack(t, "")
			defer r.close()
			writer := deserted(t)
			var problems strings.Builder
			cmd := r.command(t.Context(), "run", "suite", "--account", "shop-rome")
			cmd.Stderr = &problems
			if stream != "err" {
				cmd.Stdout = writer
			}
			if stream != "out" {
				cmd.Stderr = writer
			}
			want := map[string]int{"out": exitUsage, "err": exitKept, "both": exitUsage}[stream]
			if code := codeOfExit(t, cmd.Run()); code != want {
				t.Errorf("exit %d, want %d\n%s", code, want, &problems)
			}
			r.bare(t)
			show := r.command(t.Context(), "show", "last")
			if text, err := show.CombinedOutput(); err != nil {
				t.Errorf("it was not kept: %v\n%s", err, text)
			}
		})
	}
}

// deserted is the writing end of a pipe that nobody reads.
func deserted(t *testing.T) *os.File {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	t.Cleanup(func() { writer.Close() })
	return writer
}

// TestResultsDelivered has every command that prints find standard output full, or its reader gone.
func TestResultsDelivered(t *testing.T) {
	t.Parallel()
	r := newRack(t, "")
	defer r.close()
	if text, err := r.shell("$run").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, line := range []string{
		"check suite", "explain suite", "plan suite", "show last", "show last/1", "show last --json", "sweep", "sweep --list",
		"schema contract", "--help", "help run", "completion bash", "sandbox --list",
	} {
		text, err := r.shell("polygraph " + line + " >/dev/full").CombinedOutput()
		if code := codeOfExit(t, err); code != exitUsage || !strings.Contains(string(text), "no space left on device") || strings.Count(string(text), "\n") != 1 {
			t.Errorf("%s: exit %d\n%s", line, code, text)
		}
		if !strings.HasPrefix(line, "show") && line != "sweep" {
			continue // one of ours and one that prints by itself stand for the rest
		}
		cmd := r.shell("polygraph " + line)
		var problems strings.Builder
		cmd.Stdout, cmd.Stderr = deserted(t), &problems
		if code := codeOfExit(t, cmd.Run()); code != exitUsage || problems.Len() > 0 {
			t.Errorf("%s, and nobody reads: exit %d\n%s", line, code, &problems)
		}
	}
}

// TestFewDescriptors runs 160 cells with 64 descriptors: what could not be asked is not known, and
// nobody is accused.
func TestFewDescriptors(t *testing.T) {
	t.Parallel()
	r := newRack(t, "")
	defer r.close()
	var all strings.Builder
	for i := range 20 {
		fmt.Fprintf(&all, "contract: Review %d is saved\ncall: createReview\nbody: {product: p-100, stars: 4, title: \"Solid ${unique}\"}\ncreates: review\n---\n", i)
	}
	file := filepath.Join(r.dir, "suite", "reviews.contract.yaml")
	if err := os.WriteFile(file, []byte(strings.TrimSuffix(all.String(), "---\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := r.shell("ulimit -n 64; polygraph run suite --quiet").CombinedOutput()
	code := codeOfExit(t, err)
	t.Logf("exit %d: %s", code, text[max(0, len(text)-200):])
	if !slices.Contains([]int{exitKept, exitInconclusive, exitLeft}, code) {
		t.Errorf("exit %d\n%s", code, clip(string(text)))
	}
	if left := r.hub.Leftovers(); len(left) > 0 && code != exitLeft {
		t.Errorf("exit %d, and %d things are left", code, len(left))
	}
	for _, problem := range r.sweep(t) {
		t.Error(problem)
	}
}

// TestNameNotFound runs where no name can be looked up, nor anything be asked beyond this machine.
func TestNameNotFound(t *testing.T) {
	t.Parallel()
	wantWards(t)
	r := newRack(t, "")
	defer r.close()
	targets := filepath.Join(r.dir, "suite", "polygraph.yaml")
	text, err := os.ReadFile(targets)
	if err != nil {
		t.Fatal(err)
	}
	far := strings.Replace(string(text), `"${env.SANDBOX}"`, "http://reviews.invalid\n    writes: allowed", 1)
	far = regexp.MustCompile(`sandbox-shop-\w+-token`).ReplaceAllString(far, `"${env.TOKEN}"`)
	if err := os.WriteFile(targets, []byte(far), 0o600); err != nil {
		t.Fatal(err)
	}
	g := &guard{dir: r.dir, decide: func(_ *guard, c call) answer {
		if c.place == network && (c.name == "socket" || c.name == "connect") {
			return answer{err: unix.ENETUNREACH}
		}
		return answer{}
	}}
	cmd := r.command(t.Context(), "run", "suite", "--quiet")
	cmd.Env = append(cmd.Env, "TOKEN=a-token-of-some-length")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := g.start(cmd); err != nil {
		t.Fatal(err)
	}
	if code := codeOfExit(t, cmd.Wait()); code != exitInconclusive || !strings.Contains(out.String(), "reviews.invalid") {
		t.Errorf("exit %d\n%s", code, clip(out.String()))
	}
	g.over.Wait()
	r.bare(t)
}
