package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPocketBaseNamesTheRole takes a role from one user of a PocketBase and asks why she
// is lied to: her list is answered 200 and is empty. Nothing of Polygraph knows PocketBase,
// and nothing of the suite says that a role matters.
func TestPocketBaseNamesTheRole(t *testing.T) {
	t.Parallel()
	base := openPocketBase(t, provided(t, "pocketbase-v0.36.8"), filepath.Join("testdata", "roles", "collections.json"))
	l := libraryRun{name: "roles", env: []string{"POCKETBASE=" + base.address, "POCKETBASE_ROOT=" + base.root}}
	var dora string
	var people []string
	for n, name := range []string{"ada", "ben", "cleo", "dora", "emil", "fay", "gus", "hana", "ines", "joan", "kim", "lars"} {
		people = append(people, "--account", name)
		facts := map[string]any{"role": "agent", "team": []string{"north", "south"}[n%2], "rights": [][]string{{"exports"}, {"reports"}, {}}[n%3]}
		token, id := base.personWith(t, name, facts)
		l.env = append(l.env, "POCKETBASE_"+strings.ToUpper(name)+"="+token)
		if name == "dora" {
			dora = "/api/collections/people/records/" + id
		}
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "roles"), os.DirFS(filepath.Join("testdata", "roles"))); err != nil {
		t.Fatal(err)
	}
	run := func(more ...string) string { return l.do(t, dir, append([]string{"run", "roles"}, more...)...) }

	requireSays(t, run(people...), `\n12 cells on 12 accounts: 12 kept`)
	base.ask(t, "PATCH", dora, map[string]any{"role": "viewer"}, nil)
	requireSays(t, run(people...), `LIED  filtered-empty  The list finds a task of mine  \(dora\)\n(.*\n)*  differs only here: account.role is "viewer" \(11 of 11 truthful accounts have "agent"\)\n`)
	requireSays(t, run("--account", "dora"), `\n  differs from run [0-9a-f]+, which kept it: account.role is "viewer" \(it was "agent"\)\n`)
	requireSays(t, run(append(people, "--flip")...), `\n  proved: .*role`)

	var record struct{ Role string }
	if base.ask(t, "GET", dora, nil, &record); record.Role != "viewer" {
		t.Errorf("after --flip her role is %q", record.Role)
	}
}

func requireSays(t *testing.T, text, pattern string) {
	t.Helper()
	if !regexp.MustCompile(pattern).MatchString(text) {
		t.Errorf("want %s in\n%s", pattern, text)
	}
}
