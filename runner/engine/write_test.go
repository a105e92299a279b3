package engine

import (
	"net/http"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/journal"
)

// everyWay are contracts that would write in every way there is, and three that only read.
const everyWay = `contract: A note is kept
call: POST /notes
body: {text: "New ${unique}"}
creates: note
---
contract: An edited note is edited
given: note
call: PATCH /notes/{note.id}
body: {text: "Edited ${unique}"}
updates: note
---
contract: A deleted note is gone
given: note
call: DELETE /notes/{note.id}
deletes: note
---
contract: A given note can be read
given: note
call: GET /notes/{note.id}
status: 200
---
contract: It is tidied up after a read
call: GET /notes
status: 200
cleanup: DELETE /notes/old
---
contract: It is tidied up by a GET
call: GET /notes
status: 200
cleanup: GET /notes/tidy
---
contract: A GET makes one
call: GET /notes/new
creates: note
---
contract: A PUT is vouched for
given: {note: {call: GET /notes/old}}
call: PUT /notes
finds: note
---
contract: Rejected ones
call: POST /notes
creates: note
rejects: {nothing: {}}
---
contract: They are listed
call: GET /notes
status: 200
---
contract: They are found
given: {note: {call: GET /notes/old}}
call: POST /notes/_search
finds: note
---
contract: A note that is there is fetched
given: {old: {call: GET /notes/old}}
call: GET /notes
status: 200
`

// searching answers what only looks although it is a POST, and a GET of a note that is not ours.
func searching(_ *clerk, w http.ResponseWriter, a asking) bool {
	return answers(w, a, "POST /notes/_search", 200, map[string]any{"items": []any{}}) || answers(w, a, "GET /notes/old", 200, map[string]any{"id": "old"}) ||
		answers(w, a, "POST /me", 200, map[string]any{"scopes": []any{"all"}})
}

func TestReadOnlyWinsOverEverything(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{"on this machine": "", "allowed": "    writes: allowed\n", "never": "    writes: never\n"} {
		c := newClerk(t, searching)
		d := desk{
			provider: notesProvider + "account: {read: POST /me, take: {can: response.body.scopes}}\n", contracts: everyWay,
			targets: strings.Replace(twoAccounts, "    accounts", line+"    accounts", 1),
			change:  func(o *Options) { o.ReadOnly, o.Accounts = true, []string{"*"} },
		}
		e := d.engine(c)
		if n := len(e.Cells()); n != 6 {
			t.Errorf("%s: %d cells, want three contracts on two accounts", name, n)
		}
		await(t, e)
		looked := 0
		for _, a := range c.heard("") {
			switch {
			case a.method == "GET" && a.path != "/notes/new" && a.path != "/notes/tidy", a.String() == "POST /notes/_search", a.String() == "POST /me":
				looked++
			default:
				t.Errorf("%s: a read-only run sent %s", name, a)
			}
		}
		if looked < 8 || c.count("GET /notes/old") == 0 || c.count("POST /notes/_search") == 0 {
			t.Errorf("%s: only %d reads", name, looked)
		}
		t.Logf("%s: %d requests, all of them reads", name, looked)
	}
}

// Whatever plans a request, the last look at it holds.
func TestReadOnlyEngineSendsNoWrite(t *testing.T) {
	t.Parallel()
	c := newClerk(t, nil)
	e := desk{contracts: "contract: They are listed\ncall: GET /notes\nstatus: 200\n", change: func(o *Options) { o.ReadOnly = true }}.engine(c)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "GET"} {
		r := &request{method: method, url: c.url + "/notes/n1"}
		if reply := e.transmit(t.Context(), e.eyes["ada"], r, &deed{writes: true}); reply.Failure == nil || reply.Failure.Sent {
			t.Errorf("%s went out as a write", method)
		}
		if reply := e.send(t.Context(), e.eyes["ada"], r); (reply.Failure == nil) != (method == "POST" || method == "GET") {
			t.Errorf("%s as a read: %v", method, reply.Failure)
		}
	}
	if n := c.count("PUT") + c.count("PATCH") + c.count("DELETE"); n > 0 || c.count("POST") != 1 || c.count("GET") != 1 {
		t.Errorf("heard %v", c.heard(""))
	}
	_, err := Sweep(t.Context(), Options{Suite: e.o.Suite, Target: e.o.Target, ReadOnly: true}, nil, []journal.Thing{{}})
	if err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("a sweep: %v", err)
	}
}

// An address of vars may lead from a target on this machine to a live one.
func TestWritesOffThisMachineWantToBeAllowed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, line, site, want string
	}{
		{"elsewhere", "", "https://api.invalid", "this writes to another"},
		{"elsewhere, by a name of this machine", "", "http://api.localhost:1", "this writes to another"},
		{"allowed", "    writes: allowed\n", "https://api.invalid", "no such host|lookup|dial|unreachable"},
		{"on this machine", "", "http://127.0.0.1:1", "refused|unreachable"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, nil)
			d := desk{
				contracts: "contract: It is posted\ncall: POST ${target.site}/x\nstatus: 200\n",
				targets:   strings.Replace(twoAccounts, "    accounts", test.line+"    vars: {site: \""+test.site+"\"}\n    accounts", 1),
			}
			r := d.run(c)[0]
			found := false
			for _, part := range strings.Split(test.want, "|") {
				found = found || strings.Contains(reasons(r.Verdict), part)
			}
			if r.Verdict.Class != "inconclusive" || !found {
				t.Errorf("got %s %s %s, want %s", r.Verdict.Class, r.Verdict.Kind, reasons(r.Verdict), test.want)
			}
		})
	}
}

// No value of a path can make a request leave the server.
func TestValuesNameNoHost(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"//evil.example", "https://evil.example/x", "\\\\evil.example\\x", "/\\evil.example", "@evil.example", ":80@evil.example", ".evil.example", "..//evil.example",
		"evil.example#", "?x@evil.example", "%2f%2fevil.example", "\t//evil.example", "/%0d%0aHost: evil.example",
	} {
		for _, call := range []string{"GET /{x}", "GET /{+x}", "GET /a/{x}/b", "GET /a/{+x}", "GET /a?b={x}"} {
			r, err := asked(t, notesProvider, "call: "+call+"\npath: {x: "+quoteYAML(value)+"}", nil)
			if err != nil {
				continue // refused
			}
			u, err := http.NewRequest("GET", r.url, nil)
			if err != nil || !strings.HasPrefix(u.URL.Host, "127.0.0.1:") || u.URL.User != nil || !strings.HasPrefix(u.URL.Path, "/v1/") {
				t.Errorf("%s with %q asks %s: %v", call, value, r.url, err)
			}
		}
	}
}

func quoteYAML(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "$", "$$").Replace(text) + `"`
}
