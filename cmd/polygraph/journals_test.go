package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSweepAfterGoTest kills the tests of a user's package, and sweeps up after them
// from wherever a user may stand.
func TestSweepAfterGoTest(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	module := filepath.Join(s.dir, "module")
	pkg := filepath.Join(module, "shop")
	suite := filepath.Join(pkg, "testdata", "reviews")
	if err := quick(suite); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(suite, "reviews.contract.yaml"), slowContract)
	write(t, filepath.Join(module, "go.mod"), "module shop.example\n")

	users, _ := s.users(t, pkg, "testdata/reviews")
	s.killWhenMade(t, users)
	s.says(t, 0, "nothing to sweep", "sweep", "--list")
	for _, where := range []string{"module/shop", "module/shop/testdata/reviews", "./...", "module/..."} {
		s.says(t, exitLeft, "to remove", "sweep", "--list", where)
	}
	write(t, filepath.Join(suite, "reviews.contract.yaml"), "contract: It has become\nnonsense: since\n")
	s.says(t, 0, ", 0 left", "sweep", "./...")
	if left := s.hub.Leftovers(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	s.says(t, 0, "nothing to sweep", "sweep", "./...")
	if _, err := os.Stat(filepath.Join(pkg, ".polygraph", ".gitignore")); err != nil {
		t.Error(err)
	}

	// Who runs the tests again hears of what was left.
	write(t, filepath.Join(suite, "reviews.contract.yaml"), slowContract)
	users, _ = s.users(t, pkg, "testdata/reviews")
	s.killWhenMade(t, users)
	write(t, filepath.Join(suite, "reviews.contract.yaml"), quickContracts)
	users, out := s.users(t, pkg, "testdata/reviews")
	_ = users.Run() // shop-oslo is not lied to here
	if !strings.Contains(out.String(), "things behind: polygraph sweep "+filepath.ToSlash(pkg)) {
		t.Errorf("the next run does not say what the last has left:\n%s", out)
	}
	s.says(t, 0, ", 0 left", "sweep", "module/shop/testdata/reviews")
}

// TestNothingIsSentWithoutJournal has the folder of the journal be one that cannot be written.
func TestNothingIsSentWithoutJournal(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	write(t, filepath.Join(s.dir, ".polygraph"), "a file, which no journal can be in")
	s.says(t, exitUsage, "let it read only", "run", "quick")
	users, out := s.users(t, s.dir, "quick")
	if err := users.Run(); err == nil || !strings.Contains(out.String(), "let it read only") {
		t.Errorf("%v\n%s", err, out)
	}
	if n := s.requests.Load(); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestSweepWhere asks for folders in which there is nothing to be found.
func TestSweepWhere(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	if err := os.Mkdir(filepath.Join(s.dir, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.says(t, exitUsage, "no run was started there", "sweep", "empty")
	s.says(t, exitUsage, "there is no folder", "sweep", "nowhere")
	s.says(t, exitUsage, "is a file", "sweep", "quick/provider.yaml")
	s.says(t, 0, "nothing to sweep", "sweep", "quick", "./...")
}

// killWhenMade starts a command and kills it when the sandbox holds something.
func (s *scene) killWhenMade(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if !wait(func() bool { return len(s.hub.Leftovers()) > 0 }) {
		t.Error("nothing is made")
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed is what it is
}

// says runs polygraph, which must exit with a code and say something.
func (s *scene) says(t *testing.T, code int, text string, args ...string) {
	t.Helper()
	cmd, out := s.command(args...)
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code || !strings.Contains(out.String(), text) {
		t.Errorf("polygraph %s exits with %d, want %d and %q:\n%s", strings.Join(args, " "), got, code, text, out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
