package runner

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A counter counts what another process tells it.
type counter struct {
	*httptest.Server
	mu     sync.Mutex
	counts map[string]int
	seen   map[string]int // by kind and cell
	order  []string       // kinds
}

func newCounter(t *testing.T) *counter {
	c := &counter{counts: map[string]int{}, seen: map[string]int{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		what, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		c.mu.Lock()
		defer c.mu.Unlock()
		c.counts[what]++
		c.seen[r.URL.Path]++
		c.order = append(c.order, what)
	}))
	t.Cleanup(c.Close)
	return c
}

// all gives the counts, without the hooks of those who run the example.
func (c *counter) all() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.counts)
}

func (c *counter) count(what string) int { return c.all()[what] }

// await waits for a count, so that a signal comes when it should.
func (c *counter) await(t *testing.T, what string, n int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); c.count(what) < n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: %d of %d in 30 s", what, c.count(what), n)
		}
	}
}

// ginkgoCommand builds the ginkgo command of our own version, once.
var ginkgoCommand = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "polygraph-ginkgo")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "ginkgo")
	out, err := exec.Command("go", "build", "-o", path, "github.com/onsi/ginkgo/v2/ginkgo").CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return path, nil
})

// An outcome is what a process did.
type outcome struct {
	out  string
	code int
	took time.Duration
}

// begin starts an example: args[0] is "test" for the bare test binary, as go
// test runs it, or "ginkgo".
func begin(t *testing.T, c *counter, example string, args ...string) (*exec.Cmd, func() outcome) {
	t.Helper()
	return beginWith(t, c, func(*exec.Cmd) {}, example, args...)
}

// beginWith is begin with a change to the command.
func beginWith(t *testing.T, c *counter, change func(*exec.Cmd), example string, args ...string) (*exec.Cmd, func() outcome) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir() // where the suite leaves its reports
	var cmd *exec.Cmd
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	if args[0] == "ginkgo" {
		path, err := ginkgoCommand()
		if err != nil {
			t.Fatal(err)
		}
		local := filepath.Join(folder, "example.test") // ginkgo knows a compiled suite by its name
		if err := os.Symlink(binary, local); err != nil {
			t.Fatal(err)
		}
		cmd = exec.CommandContext(ctx, path, append(args[1:], "--no-color", local)...)
	} else {
		cmd = exec.CommandContext(ctx, binary, args[1:]...)
	}
	var out bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = folder, &out, &out
	source, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), sourceEnv+"="+source, exampleEnv+"="+example, serverEnv+"="+c.URL)
	change(cmd)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	return cmd, func() outcome {
		err := cmd.Wait()
		cancel()
		if ctx.Err() == context.DeadlineExceeded {
			t.Fatalf("still running after a minute: %v\n%s", err, &out)
		}
		return outcome{out.String(), cmd.ProcessState.ExitCode(), time.Since(began)}
	}
}

func TestDoors(t *testing.T) {
	const cells = 12
	tests := []struct {
		name    string
		example string
		args    []string
		acts    int
		fails   bool
		says    string // in the output
		never   string // in the output
		counts  map[string]int
	}{
		{name: "go test", example: "contracts", args: []string{"test"}, acts: cells},
		{name: "go test with a plain RunSpecs", example: "plain", args: []string{"test"}, acts: cells},
		{name: "ginkgo", example: "contracts", args: []string{"ginkgo"}, acts: cells, says: "Ran 12 of 12 Specs"},
		{name: "ginkgo -p", example: "beside", args: []string{"ginkgo", "--procs=3"}, acts: cells, says: "Ran 16 of 16 Specs", counts: map[string]int{"hook": 16}},
		{name: "own specs and hooks are not lost", example: "beside", args: []string{"ginkgo"}, acts: cells, says: "Ran 16 of 16 Specs", counts: map[string]int{"hook": 16, "after-suite": 1}},
		{name: "dry run", example: "beside", args: []string{"ginkgo", "--dry-run"}, acts: 0},
		{name: "focus", example: "contracts", args: []string{"ginkgo", "--focus=^suite Contract 0 keeps its word on "}, acts: 3, says: "Ran 3 of 12 Specs"},
		{name: "skip", example: "contracts", args: []string{"ginkgo", "--skip=shop-[01]"}, acts: 4},
		{name: "label filter", example: "contracts", args: []string{"ginkgo", "--label-filter=account:shop-1 && needs:reviews_write"}, acts: 2},
		{name: "focus file", example: "contracts", args: []string{"ginkgo", "--focus-file=c0.contract.yaml:15"}, acts: 3},
		{name: "random order", example: "contracts", args: []string{"ginkgo", "--randomize-all"}, acts: cells},
		{name: "repeat is a new run", example: "contracts", args: []string{"ginkgo", "--repeat=1"}, acts: 2 * cells},
		{name: "a lie", example: "lies", args: []string{"test"}, acts: cells, fails: true, says: "suite/c0.contract.yaml:1: LIED  lost-write  Contract 0 keeps its word  (shop-1)"},
		{name: "a lie told to flake attempts", example: "lies", args: []string{"ginkgo", "--flake-attempts=3"}, acts: cells, fails: true, says: "8 Passed | 4 Failed", never: "Attempt #"},
		{name: "a lie told to MustPassRepeatedly", example: "flaky", args: []string{"ginkgo"}, acts: cells, fails: true, says: "8 Passed | 4 Failed", never: "Attempt #"},
		{name: "fail fast", example: "first slow", args: []string{"ginkgo", "--fail-fast", "--seed=1"}, acts: cells, fails: true, says: "c0.contract.yaml:5: its spec was skipped after the act was sent\nLIED  lost-write", counts: map[string]int{"after-suite": 1}},
		{name: "fail fast names what is left", example: "first slow", args: []string{"test", "-ginkgo.fail-fast", "-ginkgo.seed=1"}, acts: cells, fails: true, says: "left   review 17 of shop-2: its delete answered 500"},
		{name: "OneAtATime", example: "some skipped", args: []string{"ginkgo"}, acts: 8, says: "8 Passed | 0 Failed | 0 Pending | 4 Skipped"},
		{name: "BeforeSuite fails", example: "no server", args: []string{"test"}, acts: 0, fails: true},
		{name: "the run does not begin", example: "refused", args: []string{"test"}, acts: 0, fails: true, says: "${env.SHOP} is not set"},
		{name: "the suite does not load", example: "mistake", args: []string{"test"}, acts: 0, fails: true, says: "no such folder"},
		{name: "the suite does not load, filtered out", example: "mistake", args: []string{"test", "-ginkgo.focus=own"}, acts: 0, fails: true, says: "no such folder", counts: map[string]int{"own": 1}},
		{name: "options that nobody would heed", example: "lost options", args: []string{"test", "-ginkgo.focus=loads"}, fails: true, says: "give them to Specs"},
		{name: "Ordered is refused", example: "ordered", args: []string{"test"}, acts: 0, fails: true, says: "Ordered container"},
		{name: "pending", example: "pending", args: []string{"test"}, acts: 0},
		{name: "Await", example: "await", args: []string{"ginkgo", "--focus=asks"}, acts: 2, says: "1 Passed"},
		{name: "Await and all others", example: "await", args: []string{"ginkgo", "--procs=2"}, acts: cells, fails: true, says: "10 Passed | 4 Failed"},
		{name: "bad focus", example: "contracts", args: []string{"test", "-ginkgo.focus=("}, acts: 0, fails: true, says: `--focus "("`},
		{name: "go test -timeout", example: "slow", args: []string{"test", "-test.timeout=10s"}, acts: cells, fails: true, counts: map[string]int{"after-suite": 1}},
		{name: "suite timeout", example: "slow", args: []string{"test", "-ginkgo.timeout=1s"}, acts: cells, fails: true, counts: map[string]int{"after-suite": 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCounter(t)
			_, wait := begin(t, c, test.example, test.args...)
			got := wait()
			if got.code != 0 != test.fails {
				t.Errorf("exit code %d\n%s", got.code, got.out)
			}
			if !strings.Contains(got.out, test.says) {
				t.Errorf("does not say %q:\n%s", test.says, got.out)
			}
			if test.never != "" && strings.Contains(got.out, test.never) {
				t.Errorf("says %q:\n%s", test.never, got.out)
			}
			if c.count("act") != test.acts || c.count("clean-up") != test.acts {
				t.Errorf("%d acts and %d clean-ups, want %d\n%s", c.count("act"), c.count("clean-up"), test.acts, got.out)
			}
			for what, n := range test.counts {
				if c.count(what) != n {
					t.Errorf("%s: %d, want %d\n%s", what, c.count(what), n, got.out)
				}
			}
			cleanedBeforeAfterSuite(t, c)
		})
	}
}

// cleanedBeforeAfterSuite looks at the order: what AfterSuite stops may be the
// server that cells clean up on. Under ginkgo -p every process has an AfterSuite,
// and the last is of the one that ran our specs.
func cleanedBeforeAfterSuite(t *testing.T, c *counter) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.order) - 1; i >= 0 && slices.Contains(c.order, "after-suite"); i-- {
		switch c.order[i] {
		case "after-suite":
			return
		case "clean-up", "ended":
			t.Errorf("a clean-up after AfterSuite: %v", c.order)
			return
		}
	}
}

// signalGap is the time between two signals: the system makes one of those that come
// before a busy process has taken the first.
const signalGap = 300 * time.Millisecond

func TestInterruptedSuite(t *testing.T) {
	tests := []struct {
		name    string
		example string
		signals []os.Signal
		cleaned int
		says    string
	}{
		{"INT", "slow", []os.Signal{os.Interrupt}, 12, ""},
		{"TERM", "slow", []os.Signal{syscall.SIGTERM}, 12, ""},
		{"HUP", "slow", []os.Signal{syscall.SIGHUP}, 12, ""},
		{"INT and INT", "endless", []os.Signal{os.Interrupt, os.Interrupt}, 0, "left   review 1 of shop-2: abandoned"},
		{"HUP and TERM", "endless", []os.Signal{syscall.SIGHUP, syscall.SIGTERM}, 0, "left   review 1 of shop-2: abandoned"},
		{"INT three times", "endless", []os.Signal{os.Interrupt, os.Interrupt, os.Interrupt}, 0, "left   review 1 of shop-2: abandoned"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if signal.Ignored(test.signals[0]) {
				t.Skipf("whoever started this test ignores %v, and so does what it starts", test.signals[0])
			}
			c := newCounter(t)
			cmd, wait := begin(t, c, test.example, "test")
			c.await(t, "act", 12)
			for _, each := range test.signals {
				if err := cmd.Process.Signal(each); err != nil {
					t.Fatal(err)
				}
				time.Sleep(signalGap)
			}
			got := wait()
			if got.code == 0 || c.count("act") != 12 || c.count("clean-up") != test.cleaned || c.count("ended") != 1 {
				t.Errorf("exit code %d, counts %v\n%s", got.code, c.all(), got.out)
			}
			if !strings.Contains(got.out, test.says) {
				t.Errorf("does not say %q:\n%s", test.says, got.out)
			}
			cleanedBeforeAfterSuite(t, c)
		})
	}
}

func TestInterruptedCommand(t *testing.T) {
	tests := []struct {
		name    string
		example string
		signals []os.Signal
		says    string
		cleaned int
	}{
		{"INT", "command", []os.Signal{os.Interrupt}, "24 results, 0 with something left, interrupted", 24},
		{"TERM", "command", []os.Signal{syscall.SIGTERM}, "24 results, 0 with something left, interrupted", 24},
		{"INT and INT", "endless command", []os.Signal{os.Interrupt, os.Interrupt}, "24 results, 24 with something left, interrupted", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCounter(t)
			cmd, wait := begin(t, c, test.example, "test")
			c.await(t, "act", 24)
			time.Sleep(time.Second) // a signal in the instant in which the signals are taken back from Ginkgo is lost
			for _, s := range test.signals {
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
				time.Sleep(signalGap)
			}
			got := wait()
			if !strings.Contains(got.out, test.says) || c.count("clean-up") != test.cleaned {
				t.Errorf("counts %v\n%s", c.all(), got.out)
			}
		})
	}
}

// Cells wait side by side, whatever the door. One after another they would take
// five minutes; how long they really take is logged, and not judged: machines are
// noisy.
func TestThreeHundredCells(t *testing.T) {
	const limit = time.Minute
	for _, door := range []string{"test", "ginkgo"} {
		t.Run(door, func(t *testing.T) {
			c := newCounter(t)
			if _, err := ginkgoCommand(); err != nil {
				t.Fatal(err)
			}
			_, wait := begin(t, c, "300", door)
			got := wait()
			t.Logf("300 cells of a second: %v", got.took)
			if got.code != 0 || c.count("act") != 300 || got.took > limit {
				t.Errorf("%d acts in %v, exit code %d\n%s", c.count("act"), got.took, got.code, got.out)
			}
		})
	}
	t.Run("Run", func(t *testing.T) {
		e := newScripted(planOf(15, 10))
		e.wait = time.Second
		began := time.Now()
		results, err := Run(e, RunOptions{Folder: "suite"})
		took := time.Since(began)
		t.Logf("300 cells of a second: %v", took)
		if err != nil || len(results) != 300 || took > limit {
			t.Errorf("%d results in %v, %v", len(results), took, err)
		}
	})
}
