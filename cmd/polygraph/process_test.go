package main

import (
	"bufio"
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

// patient is for what happens at once on a machine that has nothing else to do.
const patient = 30 * time.Second

const slowContract = `contract: It never gets another title
given: review
call: PATCH /reviews/{review.id}
body: {title: "Other ${unique}"}
effects:
  - updates: review
    set: {title: "Never ${unique}"}
    within: 2m
`

// TestInterrupted presses Ctrl-C, stops the process and closes its terminal while
// a cell is being watched: it cleans up, shows and keeps what it has, and exits
// with 130.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for _, each := range []struct {
		name   string
		signal os.Signal
	}{
		{"Ctrl-C", os.Interrupt},
		{"stopped", syscall.SIGTERM},
		{"terminal closed", syscall.SIGHUP},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			if signal.Ignored(each.signal) {
				t.Skipf("whoever started this test ignores %v, as nohup does, and so does what it starts", each.signal)
			}
			interrupted(t, each.signal)
		})
	}
}

func interrupted(t *testing.T, by os.Signal) {
	hub, err := reviewhub.New(reviewhub.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(hub)
	defer server.Close()
	dir := t.TempDir()
	suite := filepath.Join(dir, "slow")
	if err := quick(suite); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(suite, "reviews.contract.yaml"), []byte(slowContract), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("polygraph", "run", "slow", "--account", "shop-rome")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SANDBOX="+server.URL, "OSLO=sandbox-shop-oslo-token")
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acted := wait(func() bool {
		return slices.ContainsFunc(hub.Requests(), func(c reviewhub.Count) bool { return c.Method == "PATCH" })
	})
	if err := cmd.Process.Signal(by); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	var ended *exec.ExitError
	if !acted || !errors.As(err, &ended) || ended.ExitCode() != exitInterrupted {
		t.Errorf("acted %v, exit %v, want %d\n%s%s", acted, err, exitInterrupted, &out, &problems)
	}
	if !strings.Contains(out.String(), "INCONCLUSIVE  interrupted") {
		t.Errorf("it does not say what it has:\n%s", &out)
	}
	if left := hub.Leftovers(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	show := exec.Command("polygraph", "show", "last")
	show.Dir = dir
	if text, err := show.CombinedOutput(); err != nil || !strings.Contains(string(text), "inconclusive interrupted") {
		t.Errorf("it was not kept: %v\n%s", err, text)
	}
}

func wait(done func() bool) bool {
	for end := time.Now().Add(patient); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if done() {
			return true
		}
	}
	return false
}

// TestSandboxServes reads what the sandbox announces, uses it, and stops it.
func TestSandboxServes(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("polygraph", "sandbox", "--lie", "shop-rome=dropped-field")
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill() // it has ended already when all is well
	var said []string
	lines := bufio.NewScanner(pipe)
	for lines.Scan() && lines.Text() != "interrupt to stop" {
		said = append(said, lines.Text())
	}
	text := strings.Join(said, "\n")
	for _, want := range []string{"sandbox-shop-oslo-token", "shop-rome=dropped-field", "server: http://127.0.0.1:"} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in\n%s", want, text)
		}
	}
	address := strings.TrimPrefix(said[0], "the sandbox listens on ")
	request, err := http.NewRequest("GET", address+"/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer sandbox-shop-oslo-token")
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		t.Errorf("GET /me is answered %d", reply.StatusCode)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("interrupted, it ends with %v", err)
	}
	if _, err := http.Get(address); err == nil {
		t.Error("it listens still")
	}
}
