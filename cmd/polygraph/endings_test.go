package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/journal"
)

// An ending is how a run comes to its end before its time.
type ending struct {
	name    string
	user    bool // through the Go door
	suite   string
	args    []string // of the test binary
	env     []string
	signals []os.Signal
	code    int  // 0: any but 0
	swept   bool // something may be left, and a sweep must follow
	mute    bool // it has no time to say so
}

// TestEndings has runs come to their ends in every way that leaves them time, through
// both doors, at moments drawn at random: nothing of ours is left then, without a sweep
// where there was time to clean up.
func TestEndings(t *testing.T) {
	t.Parallel()
	once, twice := []os.Signal{os.Interrupt}, []os.Signal{os.Interrupt, os.Interrupt}
	turns := make(chan struct{}, sceneries)
	var f figures
	t.Run("all", func(t *testing.T) {
		for _, each := range []ending{
			{name: "Ctrl-C", signals: once, code: exitInterrupted},
			{name: "Ctrl-C twice", signals: twice, code: exitInterrupted, swept: true},
			{name: "stopped", signals: []os.Signal{syscall.SIGTERM}, code: exitInterrupted},
			{name: "terminal closed", signals: []os.Signal{syscall.SIGHUP}, code: exitInterrupted},
			{name: "go test: Ctrl-C", user: true, signals: once},
			{name: "go test: Ctrl-C twice", user: true, signals: twice, swept: true},
			{name: "go test: stopped", user: true, signals: []os.Signal{syscall.SIGTERM}},
			{name: "go test: terminal closed", user: true, signals: []os.Signal{syscall.SIGHUP}},
			{name: "go test: the suite's time is up", user: true, suite: "slow", args: []string{"-ginkgo.timeout=2s"}},
			{name: "go test: the test's time is up", user: true, suite: "slow", args: []string{"-test.timeout=9s"}, swept: true, mute: true}, // what go test leaves us may not suffice
			{name: "go test: a spec fails and the rest is skipped", user: true, suite: "ledger", args: []string{"-ginkgo.fail-fast"}, env: []string{probeEnv + "=error"}},
			{name: "go test: a probe panics", user: true, suite: "ledger", env: []string{probeEnv + "=panic"}},
			{name: "go test: a probe ends its goroutine", user: true, suite: "ledger", env: []string{probeEnv + "=exit"}},
		} {
			t.Run(each.name, func(t *testing.T) {
				t.Parallel()
				for range whole(25, 1) {
					turns <- struct{}{}
					each.play(t, &f)
					<-turns
				}
			})
		}
	})
	t.Logf("%d endings, %d sweeps after them; %d foreign reviews: left of ours %d, foreign touched %d, deleted twice %d", f.kills, f.sweeps, f.foreign, f.left, f.touched, f.again)
}

func (e ending) play(t *testing.T, f *figures) {
	for _, each := range e.signals {
		if signal.Ignored(each) {
			t.Skipf("whoever started this test ignores %v, and so does what it starts", each)
		}
	}
	s := newSwiftScene(t, whole(500, 50))
	write(t, filepath.Join(s.dir, "slow", "reviews.contract.yaml"), slowContract)
	if err := quick(filepath.Join(s.dir, "slow")); err != nil {
		t.Fatal(err)
	}
	if err := ledgerSuite(filepath.Join(s.dir, "ledger")); err != nil {
		t.Fatal(err)
	}
	suite := e.suite
	if suite == "" {
		suite = "swift"
	}
	args := []string{"run", suite}
	users := e.args
	if !soak() {
		args, users = append(args, "--account", "shop-rome"), append([]string{"-ginkgo.label-filter=/shop-rome/"}, users...)
	}
	cmd, out := s.command(args...)
	if e.user {
		cmd, out = s.users(t, s.dir, suite, users...)
	}
	cmd.Env = append(cmd.Env, e.env...)
	began := time.Now()
	e.send(t, s, cmd)
	took := time.Since(began)
	code := cmd.ProcessState.ExitCode()
	if e.code != 0 && code != e.code || e.code == 0 && code == 0 || code < 0 {
		t.Errorf("exits with %d after %v, want %d\n%s", code, took, e.code, out)
	}
	left := s.things(t)
	if e.swept {
		if len(left) > 0 && !e.mute && !strings.Contains(out.String(), "polygraph sweep") {
			t.Errorf("%d things are left, and it does not say so:\n%s", len(left), out)
		}
		f.add(&f.sweeps, 1)
		s.sweep(t)
	} else if len(left) > 0 {
		t.Errorf("the journal says %v\n%s", left, out)
	}
	s.requireClean(t)
	f.add(&f.kills, 1)
	f.add(&f.foreign, len(s.theirs))
	f.add(&f.left, len(s.ours()))
	f.add(&f.touched, s.touched())
	f.add(&f.again, s.deletedAgain())
}

// send starts the command, and sends it the signals when it is in the middle of its run.
func (e ending) send(t *testing.T, s *scene, cmd *exec.Cmd) {
	t.Helper()
	moment := s.at(30 + rand.Int64N(int64(whole(400, 120))))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() { _ = cmd.Wait(); close(over) }() // how it ended is asked afterwards
	if len(e.signals) > 0 {
		select {
		case <-moment:
		case <-over:
			t.Error("it has come to its end before it could be ended")
		}
	}
	for _, each := range e.signals {
		_ = cmd.Process.Signal(each) // it may just have ended
		select {
		case <-time.After(300 * time.Millisecond): // or the system makes one of them
		case <-over:
		}
	}
	select {
	case <-over:
	case <-time.After(90 * time.Second):
		_ = cmd.Process.Kill()
		<-over
		t.Error("it does not come to its end")
	}
}

// ledgerSuite writes a suite that names a probe written in Go.
func ledgerSuite(dir string) error {
	if err := swift(dir); err != nil {
		return err
	}
	const contract = `contract: A review reaches the ledger
given: {neighbour: {make: review}}
call: createReview
body: {product: p-100, stars: 4, title: "Booked ${unique}"}
effects:
  - creates: review
  - name: the ledger has it once
    expect: after.ledger.copies == 1
---
contract: A review is saved meanwhile
call: createReview
body: {product: p-100, stars: 4, title: "Saved ${unique}"}
creates: review
stays: 1s
`
	own, err := filepath.Glob(filepath.Join(dir, "*.contract.yaml"))
	if err != nil {
		return err
	}
	for _, path := range own {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "ledger.contract.yaml"), []byte(contract), 0o600)
}

// TestTwoRunsAtOnce runs a suite twice at the same time in the same folder, and sweeps
// while both live: each has its own journal, and neither is touched.
func TestTwoRunsAtOnce(t *testing.T) {
	t.Parallel()
	s := newSwiftScene(t, 50)
	write(t, filepath.Join(s.dir, "slow", "reviews.contract.yaml"), slowContract)
	if err := quick(filepath.Join(s.dir, "slow")); err != nil {
		t.Fatal(err)
	}
	first, _ := s.command("run", "slow", "--account", "shop-rome")
	second, _ := s.users(t, s.dir, "slow")
	for _, cmd := range []*exec.Cmd{first, second} {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	if !wait(func() bool {
		paths, err := journal.List(journal.Dir(s.dir))
		return err == nil && len(paths) == 2 && len(s.ours()) >= 2
	}) {
		t.Error("two runs have not two journals")
	}
	before := len(s.ours())
	s.says(t, 0, "its run is still going on", "sweep")
	s.says(t, 0, "is still going on", "sweep", "--list")
	if now := len(s.ours()); now < before {
		t.Errorf("a sweep has removed %d things of runs that live", before-now)
	}
	for _, cmd := range []*exec.Cmd{first, second} {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed is what it is
	}
	s.sweep(t)
	s.requireClean(t)
}

// TestSweepOfADamagedJournal tears the last record, as a power cut may, cuts the file
// off, and spoils the middle of it. What is whole is swept; where records are lost, it
// is said, and never a success; and nothing of anybody else's is touched.
func TestSweepOfADamagedJournal(t *testing.T) {
	t.Parallel()
	for _, each := range []struct {
		name  string
		spoil func(text []byte) []byte
		lost  bool // records that had been on disk
	}{
		{"its last record is torn", func(text []byte) []byte { return text[:len(text)-9] }, false},
		{"half of a record is behind the last", func(text []byte) []byte { return append(text, text[:40]...) }, false},
		{"zeros are behind the last", func(text []byte) []byte { return append(text, make([]byte, 4096)...) }, false},
		{"a line in the middle is spoilt", func(text []byte) []byte {
			lines := strings.SplitAfter(string(text), "\n")
			lines[len(lines)/2] = strings.Replace(lines[len(lines)/2], "{", "[", 1)
			return []byte(strings.Join(lines, ""))
		}, true},
		{"a line in the middle is missing", func(text []byte) []byte {
			lines := strings.SplitAfter(string(text), "\n")
			return []byte(strings.Join(slices.Delete(lines, len(lines)/2, len(lines)/2+1), ""))
		}, true},
		{"its header is spoilt", func(text []byte) []byte { text[3] ^= 1; return text }, true},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			s := newSwiftScene(t, 50)
			cmd, _ := s.command("run", "swift", "--account", "shop-rome")
			if !s.kill(t, cmd, s.at(150)) {
				t.Error("it was not killed")
			}
			paths, err := journal.List(journal.Dir(s.dir))
			if err != nil || len(paths) != 1 {
				t.Fatalf("%d journals, %v", len(paths), err)
			}
			text, err := os.ReadFile(paths[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(paths[0], each.spoil(text), 0o600); err != nil {
				t.Fatal(err)
			}
			sweep, out := s.command("sweep", "swift", "--target", "sandbox")
			_ = sweep.Run() // its code is looked at
			code := sweep.ProcessState.ExitCode()
			if each.lost == (code == 0) {
				t.Errorf("sweep exits with %d\n%s", code, out)
			}
			s.requireUntouched(t)
			if left := s.ours(); !each.lost && len(left) > 0 || len(left) > 1 {
				t.Errorf("left %v\n%s", left, out)
			}
			if each.lost {
				run := strings.TrimSuffix(filepath.Base(paths[0]), ".log")
				s.says(t, 0, "forgotten", "sweep", "--forget", run)
			}
			s.says(t, 0, "nothing to sweep", "sweep")
		})
	}
}

// TestTheDiskIsFull has the journal on a disk that is too small for the run: it stops,
// says so, and what it could not remove a sweep removes when there is room.
func TestTheDiskIsFull(t *testing.T) {
	t.Parallel()
	s := newSwiftScene(t, 50)
	dir := journal.Dir(s.dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	mount := func(size string, options ...string) error {
		text, err := exec.Command("mount", append(options, "-t", "tmpfs", "-o", "size="+size+",mode=0700", "polygraph", dir)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, text)
		}
		return nil
	}
	if err := mount("16k"); err != nil {
		t.Skipf("a full disk is NOT tested here: a small one cannot be mounted: %v", err)
	}
	defer func() {
		if text, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("unmount: %v: %s", err, text)
		}
	}()
	cmd, out := s.command("run", "swift")
	_ = cmd.Run() // its code is looked at
	if code := cmd.ProcessState.ExitCode(); code == 0 || code < 0 || !strings.Contains(out.String(), "no space left on device") {
		t.Errorf("exits with %d\n%s", code, out)
	}
	before := len(s.ours())
	sweep, said := s.command("sweep")
	_ = sweep.Run()
	if code := sweep.ProcessState.ExitCode(); code == 0 && before > 0 {
		t.Errorf("a sweep that cannot write exits with %d\n%s", code, said)
	}
	if err := mount("1m", "-o", "remount"); err != nil {
		t.Fatal(err)
	}
	s.sweep(t)
	s.requireClean(t)
	t.Logf("%d things were there when the disk was full, %d are now", before, len(s.ours()))
}
