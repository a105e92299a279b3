package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/report"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// TestTicketsReproduceTheirLie runs a suite against a sandbox that lies to one of two
// accounts, writes the ticket, and runs its script with the real curl: what it shows of
// the lie and of the control differs, and it leaves nothing behind. In plain runs it is
// so with a few lies that are settled in a second.
func TestTicketsReproduceTheirLie(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("needs curl, which .ci/providers installs")
	}
	if os.Getenv("POLYGRAPH_SOAK") == "" {
		for _, name := range []string{"lost-write", "duplicated-write"} {
			t.Run(name, func(t *testing.T) { t.Parallel(); reproduce(t, name, "") })
		}
		return
	}
	for _, lie := range reviewhub.Lies() {
		if lie.Contract != "" && lie.Name != "lost-write:unscoped" { // this one is told to who lacks a scope
			t.Run(lie.Name, func(t *testing.T) { t.Parallel(); reproduce(t, lie.Name, lie.Contract) })
		}
	}
}

// reproduce tells a lie and plays its ticket again. Without a contract the quick suite is run.
func reproduce(t *testing.T, name, contract string) {
	hub, err := reviewhub.New(reviewhub.Options{Truthful: true, Lies: []reviewhub.Lie{{Account: "shop-rome", Name: name}}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(hub)
	defer server.Close()
	dir := t.TempDir()
	suite := filepath.Join(dir, "suite")
	args := []string{"run", "suite", "--quiet"}
	if contract == "" {
		err = quick(suite)
	} else {
		args = append(args, "--contract", contract)
		err = os.CopyFS(suite, reviewhub.Files())
	}
	err = errors.Join(err, os.WriteFile(filepath.Join(suite, "polygraph.yaml"), []byte(ticketTargets), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "SANDBOX="+server.URL, "POLYGRAPH_WAIT=6")
	if contract == "" {
		env = append(env, "POLYGRAPH_WAIT=1")
	}
	for _, name := range []string{"rome", "paris"} {
		variable := "POLYGRAPH_SHOP_" + strings.ToUpper(name)
		env = append(env, variable+"_BEARER=sandbox-shop-"+name+"-token", variable+"_SECRET=a-secret-of-a-hook")
	}
	run := func(program string, args ...string) string {
		cmd := exec.Command(program, args...)
		cmd.Dir, cmd.Env = dir, env
		said, err := cmd.CombinedOutput()
		if err != nil && args[0] != "run" {
			t.Errorf("%s %v: %v\n%s", program, args, err, said)
		}
		return string(said)
	}
	found := run("polygraph", args...)
	cell := liedTo(t, dir)
	if cell == "" {
		t.Fatalf("nothing lied:\n%s", found)
	}
	run("polygraph", "ticket", cell, "--out", "ticket")
	before := len(hub.Leftovers())
	lines := numberedCurls(t, filepath.Join(dir, "ticket", "reproduce.sh"))
	said := run("sh", filepath.Join("ticket", "reproduce.sh"))
	ran, err := os.ReadFile(filepath.Join(dir, "ran"))
	for n := range lines {
		if err != nil || !strings.Contains(string(ran), fmt.Sprintf("<%d>", n)) {
			t.Errorf("the script's curl command %d was not executed (%v):\n%s", n, err, said)
		}
	}
	if left := hub.Leftovers(); len(left) > before && !unremovable.MatchString(name) {
		t.Errorf("the script leaves %v behind\n%s", left, said)
	}
	lie, control, whole := strings.Cut(said, "\n== the control")
	if !whole {
		t.Fatalf("there is no control:\n%s", said)
	}
	if a, b := essence(lie), essence(control); a == b {
		t.Errorf("the lie and the control look alike:\n%s\n%s", a, said)
	}
}

// numberedCurls has a script note which of its curl commands it executes, and says how many
// there are.
func numberedCurls(t *testing.T, path string) int {
	script, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(script), "curl -q ")
	var out strings.Builder
	out.WriteString("ran() { echo \"<$1>\" >>ran; shift; curl -q \"$@\"; }\n" + parts[0])
	for n, rest := range parts[1:] {
		fmt.Fprintf(&out, "ran %d %s", n, rest)
	}
	if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return len(parts) - 1
}

const ticketTargets = `targets:
  sandbox:
    server: "${env.SANDBOX}"
    accounts:
      shop-rome: {credentials: {bearer: sandbox-shop-rome-token}}
      shop-paris: {credentials: {bearer: sandbox-shop-paris-token}}
`

// liedTo names the first cell that lied, or is broken, in the last run of a folder.
func liedTo(t *testing.T, dir string) string {
	cmd := exec.Command("polygraph", "show", "last", "--json")
	cmd.Dir = dir
	text, err := cmd.Output()
	var d report.Document
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range d.Cells {
		if cell.Verdict == verdict.Lied || cell.Verdict == verdict.Broken {
			return fmt.Sprintf("%s/%d", d.Run, cell.Number)
		}
	}
	return ""
}

// unremovable are lies after which a script leaves something behind, as it says: deletions
// that do nothing, what another account has, what bears no marker.
var unremovable = regexp.MustCompile(`delete|misdirected-write$|unmarked`)

var passing = regexp.MustCompile(`pg[0-9a-f]{14}|\d{4}-\d\d-\d\dT[0-9:.]+Z|\d\d:\d\d:\d\d|\d{6,}|[0-9a-f]{16}|shop-\w+`)

// essence is what a script has shown, without what is new each time.
func essence(said string) string {
	var out []string
	for _, line := range strings.Split(said, "\n") {
		if strings.HasPrefix(line, "  | Date") || strings.HasPrefix(line, "==") {
			continue
		}
		out = append(out, passing.ReplaceAllString(line, "…"))
	}
	return strings.Join(out, "\n")
}
