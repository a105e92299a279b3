package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/history"
	"github.com/polygraph-dev/polygraph/runner/journal"
)

var update = flag.Bool("update", false, "write the golden texts in the scripts anew")

func TestMain(m *testing.M) {
	if os.Getenv(userSuite) != "" {
		os.Exit(m.Run())
	}
	testscript.Main(m, map[string]func(){"polygraph": main, "measured": measured, mortalName: mortal, wardName: ward})
}

// TestScripts drives the real command. Each script has a sandbox of its own on
// loopback ($SANDBOX), its suite as a folder (reviewhub), the same with quick
// contracts (quick), and once more for contracts of its own (slow), and these commands
// besides testscript's:
//
//	plain FILE        FILE (or stdout, stderr) without clocks, ports, ids and paths, as the file "plain"
//	code N COMMAND…   runs the command, which must exit with N
//	clean             the sandbox holds nothing that a run has made
//	made              waits until the sandbox holds something that a run has made
//	saved N           waits until the newest run has so many cells in the history
//	aged              has the newest run say nothing for a minute
//	onlyreads         the sandbox has been asked something, and nothing but GET
//	lie ACCOUNT=LIE   has the sandbox tell it
//	revoke ACCOUNT SCOPE   has the sandbox take a scope away
//	forget-first cell|run   has sweep forget what the first journal says is there
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUp,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"plain": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.WriteFile(ts.MkAbs("plain"), []byte(plain(ts.ReadFile(args[0]))), 0o600))
			},
			"code": code,
			"clean": func(ts *testscript.TestScript, neg bool, _ []string) {
				if left := hubOf(ts).Leftovers(); (len(left) == 0) == neg {
					ts.Fatalf("left in the sandbox: %v", left)
				}
			},
			"made": func(ts *testscript.TestScript, _ bool, _ []string) {
				if !wait(func() bool { return len(hubOf(ts).Leftovers()) > 0 }) {
					ts.Fatalf("nothing is made")
				}
			},
			"saved": func(ts *testscript.TestScript, _ bool, args []string) {
				if !wait(func() bool { return fmt.Sprint(cellsOfNewest(ts.MkAbs(journal.HomeName))) == args[0] }) {
					ts.Fatalf("the newest run has %d cells", cellsOfNewest(ts.MkAbs(journal.HomeName)))
				}
			},
			"aged": func(ts *testscript.TestScript, _ bool, _ []string) {
				db, err := sql.Open("sqlite", ts.MkAbs(filepath.Join(journal.HomeName, history.FileName)))
				ts.Check(err)
				defer db.Close()
				_, err = db.Exec("UPDATE runs SET beat = beat - 60000 WHERE seq = (SELECT max(seq) FROM runs)")
				ts.Check(err)
			},
			"forget-first": func(ts *testscript.TestScript, _ bool, args []string) {
				paths, err := journal.List(journal.Dir(ts.MkAbs(".")))
				ts.Check(err)
				read, err := journal.Read(paths[0])
				ts.Check(err)
				name := read.Run
				if args[0] == "cell" {
					name = read.State().Things()[0].Cell
				}
				ts.Check(ts.Exec("polygraph", "sweep", "--forget", name))
			},
			"onlyreads": func(ts *testscript.TestScript, neg bool, _ []string) {
				asked := hubOf(ts).Requests()
				reads := len(asked) > 0 && !slices.ContainsFunc(asked, func(c reviewhub.Count) bool { return c.Method != "GET" })
				if reads == neg {
					ts.Fatalf("the sandbox was asked %v", asked)
				}
			},
			"revise": func(ts *testscript.TestScript, _ bool, _ []string) {
				ts.Value(revisableKey{}).(*revisable).revised.Store(true)
			},
			"revoke": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(hubOf(ts).Revoke(args[0], args[1]))
			},
			"lie": func(ts *testscript.TestScript, _ bool, args []string) {
				lie, err := reviewhub.ParseLie(args[0])
				ts.Check(err)
				ts.Check(hubOf(ts).Tell(lie))
			},
		},
	})
}

// cellsOfNewest is how many cells of the newest run are in a history.
func cellsOfNewest(dir string) int {
	store, err := history.Read(dir)
	if err != nil {
		return 0
	}
	defer store.Close()
	runs, err := store.Runs(context.Background())
	if err != nil || len(runs) == 0 {
		return 0
	}
	return runs[0].Counts.Cells
}

type hubKey struct{}

func hubOf(ts *testscript.TestScript) *reviewhub.Hub { return ts.Value(hubKey{}).(*reviewhub.Hub) }

func setUp(env *testscript.Env) error {
	hub, err := reviewhub.New(reviewhub.Options{})
	if err != nil {
		return err
	}
	provider := &revisable{Handler: hub}
	server := httptest.NewServer(provider)
	env.Defer(server.Close)
	env.Values[hubKey{}] = hub
	env.Values[revisableKey{}] = provider
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	env.Vars = append(env.Vars, "SANDBOX="+server.URL, "NOBODY=http://"+closed.Addr().String(), "COLUMNS=100", "OSLO=sandbox-shop-oslo-token")
	closed.Close()
	return errorsOf(
		os.CopyFS(filepath.Join(env.WorkDir, "reviewhub"), reviewhub.Files()),
		quick(filepath.Join(env.WorkDir, "quick")),
		quick(filepath.Join(env.WorkDir, "slow")),
	)
}

func errorsOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// quick writes a suite of two contracts that are settled in a second, on a
// server that $SANDBOX names.
func quick(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"provider.yaml", "openapi.yaml"} {
		text, err := fs.ReadFile(reviewhub.Files(), name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	// A script may bring its own contracts or targets.
	for name, text := range map[string]string{"reviews.contract.yaml": quickContracts, "polygraph.yaml": quickTargets} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

const quickContracts = `contract: A review is saved
call: createReview
needs: reviews:write
body: {product: p-100, stars: 4, title: "Solid ${unique}"}
creates: review
within: 2s
cases:
  six stars: {body: {stars: 6}, status: 422}
---
contract: Publishing makes it public
given: review
call: POST /reviews/{review.id}/publish
needs: reviews:publish
updates: review
set: {state: published}
within: 500ms
patience: 700ms
`

const quickTargets = `targets:
  sandbox:
    server: "${env.SANDBOX}"
    accounts:
      shop-oslo: {credentials: {bearer: "${env.OSLO}"}}
      shop-rome: {credentials: {bearer: sandbox-shop-rome-token}}
`

// code runs a command that must exit with a certain code.
func code(ts *testscript.TestScript, _ bool, args []string) {
	want := args[0]
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != want {
		ts.Fatalf("%s exits with %s, want %s", strings.Join(args[1:], " "), got, want)
	}
}

// plain takes out of a text whatever differs from run to run.
func plain(text string) string {
	for _, each := range []struct{ find, put string }{
		{`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?`, "DATE"},
		{`\d\d:\d\d:\d\d\.\d+`, "TIME"},
		{`127\.0\.0\.1:\d+`, "ADDRESS"},
		{`\b[0-9a-f]{4,8}/(\d+)\b`, "RUN/$1"},
		{`(?m)^run [0-9a-f]{4,8} `, "run RUN "},
		{`(?m)^- run: [0-9a-f]{4,8}$`, "- run: RUN"},
		{`"run": "[0-9a-f]+"`, `"run": "RUN"`},
		{`\b(\d+|\d+\.\d+)–\d+(\.\d+)? (ms|s)\b`, "SPAN"},
		{`\b\d+(\.\d+)? (ms|s)\b( to \d+(\.\d+)? (ms|s)\b)?`, "SPAN"},
		{`"(\w+_ms)": [\d.]+`, `"$1": SPAN`},
		{`\b\d+ (read|request)s?\b`, "N ${1}s"},
		{`\b\d{6,}\b`, "ID"},
		{`/[^ \n"]*/script-[^/ ]*`, "WORK"},
	} {
		text = regexp.MustCompile(each.find).ReplaceAllString(text, each.put)
	}
	return text
}
