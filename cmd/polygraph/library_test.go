package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// providersVariable names the folder in which .ci/providers puts real providers.
const providersVariable = "POLYGRAPH_PROVIDERS"

// A libraryRun is a suite of contracts/library and what it must find on the real
// provider.
type libraryRun struct {
	name  string            // the suite's folder
	env   []string          // where the provider listens, and credentials
	other map[string]string // "account: contract: case" → "lied lost-write"; every other cell must be kept
	ids   string            // a pattern for what the provider numbers its things with; "" for none
}

// provided gives the path of a provider that .ci/providers has installed. Without
// it the test is skipped, and says how to get it.
func provided(t *testing.T, name string) string {
	t.Helper()
	folder, wanted := os.LookupEnv(providersVariable)
	if !wanted {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		folder = filepath.Join(cache, "polygraph-providers")
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		if wanted {
			t.Fatalf("%s has no %s: %v", providersVariable, name, err)
		}
		t.Skipf("NOT TESTED against the real %s, which is not installed: .ci/providers does that", name)
	}
	return path
}

// providedByDebian is provided for what comes from Debian's packages: on another
// system nobody can ask for it.
func providedByDebian(t *testing.T, name string) string {
	t.Helper()
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Skipf("NOT TESTED against the real %s, which comes from Debian's packages, and this is no Debian", name)
	}
	return provided(t, name)
}

// serve starts a provider and waits until its address answers. It is ended with
// the test, and what it has said is shown when the test fails.
func serve(t *testing.T, address string, cmd *exec.Cmd) {
	t.Helper()
	said, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cmd.Wait() // it is killed in the end; what matters is whether it has answered
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
		said.Close()
		if text, err := os.ReadFile(said.Name()); err == nil && t.Failed() {
			t.Logf("%s said at last:\n%s", filepath.Base(cmd.Path), text[max(0, len(text)-1000):])
		}
	})
	answering := func() bool {
		select {
		case <-ended:
			t.Fatalf("%s has ended before it answered", filepath.Base(cmd.Path))
		default:
		}
		reply, err := http.Get(address)
		if err != nil {
			return false
		}
		reply.Body.Close()
		return true
	}
	for range 6 { // a broker takes its time on a busy machine
		if wait(answering) {
			return
		}
	}
	t.Fatalf("%s does not answer at %s", filepath.Base(cmd.Path), address)
}

// freePort is a port of loopback that nothing listens on.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// play runs the suite and holds against it what was wanted, and the suite's page.
func (l libraryRun) play(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	suite := "contracts/library/" + l.name
	source := filepath.Join("..", "..", filepath.FromSlash(suite))
	if err := os.CopyFS(filepath.Join(dir, filepath.FromSlash(suite)), os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	said := l.do(t, dir, "run", suite)
	l.judged(t, l.do(t, dir, "show", "last", "--json"))
	l.page(t, filepath.Join(source, "README.md"), "$ polygraph run "+suite+"\n"+said)
}

// do runs the command in a folder, with the provider's address and credentials.
// What it says on standard error is a failure: nothing is left behind, nothing is
// wrong with the suite.
func (l libraryRun) do(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("polygraph", args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "COLUMNS=120"), l.env...)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) || problems.Len() > 0 {
		t.Fatalf("polygraph %s: %v\n%s%s", strings.Join(args, " "), err, out, &problems)
	}
	return string(out)
}

// judged compares the verdict of every cell with what is wanted.
func (l libraryRun) judged(t *testing.T, document string) {
	t.Helper()
	var run struct {
		Cells []struct{ Contract, Case, Account, Verdict, Kind, Reason string }
	}
	if err := json.Unmarshal([]byte(document), &run); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, c := range run.Cells {
		name := c.Account + ": " + c.Contract
		if c.Case != "" {
			name += ": " + c.Case
		}
		got, want := c.Verdict, "kept"
		if c.Kind != "" {
			got += " " + c.Kind
		}
		if other, ok := l.other[name]; ok {
			found[name], want = true, other
		}
		if got != want {
			t.Errorf("%s: %s (%s), want %s", name, got, c.Reason, want)
		}
	}
	for name := range l.other {
		if !found[name] {
			t.Errorf("there is no cell %q", name)
		}
	}
}

// told names the same verdict for several accounts.
func told(verdicts map[string]string, verdict, cell string, accounts ...string) {
	for _, account := range accounts {
		verdicts[account+": "+cell] = verdict
	}
}

// page compares the console block of the suite's page with what was said, but for
// clocks, ids and markers; with -update it writes it anew where they differ.
func (l libraryRun) page(t *testing.T, path, said string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```console\n(.*?)^```").FindSubmatchIndex(text)
	if block == nil {
		t.Fatalf("%s has no console block", path)
	}
	want := string(text[block[2]:block[3]])
	if l.plain(said) == l.plain(want) {
		return
	}
	if !*update {
		t.Errorf("%s shows what is not said any more; -update writes it anew\n%s", path, differing(l.plain(said), l.plain(want)))
		return
	}
	fresh := slices.Concat(text[:block[2]], []byte(said), text[block[3]:])
	if err := os.WriteFile(path, fresh, 0o600); err != nil {
		t.Fatal(err)
	}
}

// plain takes out what differs from run to run.
func (l libraryRun) plain(text string) string {
	text = plain(text)
	if l.ids != "" {
		text = regexp.MustCompile(l.ids).ReplaceAllString(text, "ID")
	}
	for _, each := range []struct{ find, put string }{
		{`\bpg[a-z2-7]{14}\b`, "MARKER"},
		{`\bunder SPAN\b`, "SPAN"},
	} {
		text = regexp.MustCompile(each.find).ReplaceAllString(text, each.put)
	}
	return text
}

// differing shows the lines in which two texts differ first.
func differing(said, want string) string {
	a, b := strings.Split(said, "\n"), strings.Split(want, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			other := "nothing"
			if i < len(b) {
				other = b[i]
			}
			return fmt.Sprintf("line %d: said %q\nthe page has %q", i+1, a[i], other)
		}
	}
	return fmt.Sprintf("the page goes on after line %d", len(a))
}
