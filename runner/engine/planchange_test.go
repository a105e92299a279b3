package engine

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/polygraph-dev/polygraph/contracts"
)

// planned is a suite of two files whose plan is compared.
var planned = map[string]string{
	"provider.yaml": `polygraph: 1
provider: notes
openapi: ./openapi.yaml
vars: {edition: 2}
headers: {accept-language: en}
account: {read: GET /me, take: {can: response.body.scopes}}
throttled: response.body.error == 'slow'
resources:
  note:
    make: {call: POST /notes, body: {text: "Made ${unique}"}}
    read: GET /notes/{key}
    list: {call: GET /notes, items: response.body.items}
    delete: DELETE /notes/{key}
probes: {site: "GET ${target.site}/p"}
`,
	"openapi.yaml": `openapi: 3.0.3
info: {title: notes, version: "1"}
paths: {}
components: {securitySchemes: {o: {type: oauth2, flows: {clientCredentials: {tokenUrl: /token, scopes: {}}}}}}
`,
	"a.contract.yaml": `contract: A note is kept
call: POST /notes
body: {text: "New ${unique}", stars: 4}
creates: note
cases:
  no text: {body: {text: null}, status: 422}
`,
	"b.contract.yaml": `contract: An edited note is edited
given: note
call: PATCH /notes/{note.id}
body: {text: "Edited ${unique}"}
updates: note
within: 2s
---
contract: It is tidied up
call: GET /notes
status: 200
cleanup: DELETE /notes/tidy
---
contract: The site stays
call: POST /editions/{edition}
query: {q: 1}
keeps: [site]
`,
	"polygraph.yaml": `targets:
  live:
    server: https://api.example.com/v1
    writes: allowed
    hosts: ["https://files.example.com"]
    roles: {owner: ada}
    vars: {site: "https://www.example.com"}
    limits: {rate: 10/s}
    accounts:
      ada: {credentials: {client_id: ada, client_secret: "${env.ADA}"}, tags: [eu], vars: {shop: 7}}
      bo: {credentials: {client_id: bo, client_secret: "${env.BO}"}, expects: {lacks: ["notes:write"]}}
`,
}

// planOf plans a suite of files, without secrets.
func planOf(t *testing.T, files map[string]string, change func(*Options)) *Plan {
	t.Helper()
	e, err := New(planOptions(t, files, change))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Stop(nil)
	return e.WholePlan()
}

func planOptions(t *testing.T, files map[string]string, change func(*Options)) Options {
	t.Helper()
	suite := fstest.MapFS{}
	for name, text := range files {
		suite[name] = &fstest.MapFile{Data: []byte(text)}
	}
	loaded, err := contracts.LoadFS(suite, contracts.Options{Scope: contracts.Run})
	if err != nil {
		t.Fatalf("load:\n%v", err)
	}
	o := Options{Suite: loaded, Target: loaded.Target, Paper: true}
	if change != nil {
		change(&o)
	}
	return o
}

// edited is the planned suite with some texts replaced; each must be there.
func edited(t *testing.T, pairs ...string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for name, text := range planned {
		files[name] = text
	}
	for i := 0; i < len(pairs); i += 2 {
		found := false
		for name, text := range files {
			if strings.Contains(text, pairs[i]) {
				files[name], found = strings.Replace(text, pairs[i], pairs[i+1], 1), true
			}
		}
		if !found {
			t.Fatalf("no %q to replace", pairs[i])
		}
	}
	return files
}

func TestWhatChangesAPlan(t *testing.T) {
	t.Parallel()
	before := planOf(t, planned, nil)
	for _, test := range []struct {
		name  string
		files map[string]string
		same  bool
		says  string // in the differences
	}{
		{name: "nothing", files: planned, same: true},
		{name: "a body", files: edited(t, "New ${unique}", "Newer ${unique}"), says: `+ a.contract.yaml:1:1: "A note is kept" act 1: POST /notes as ACCOUNT, writes, once, body {"stars": 4, "text": "Newer ${unique}"}`},
		{name: "a number of a body", files: edited(t, "stars: 4", "stars: 5"), says: `"stars": 5`},
		{name: "a number and its text", files: edited(t, "stars: 4", "stars: \"4\""), says: `"stars": "4"`},
		{name: "a template and its text", files: edited(t, "New ${unique}", "New $${unique}"), says: "New $${unique}"},
		{name: "what is left out", files: edited(t, "{text: null}", "{stars: null}"), says: "no text"},
		{name: "a path", files: edited(t, "PATCH /notes/{note.id}", "PATCH /notes/{note.id}/x"), says: "+ b.contract.yaml:1:1: \"An edited note is edited\" act 1: PATCH /notes/{note.id}/x"},
		{name: "a method", files: edited(t, "PATCH /notes/{note.id}", "PUT /notes/{note.id}"), says: "PUT"},
		{name: "a query", files: edited(t, "{q: 1}", "{q: 2}"), says: `query {"q": 2}`},
		{name: "a header of all", files: edited(t, "accept-language: en", "accept-language: de"), says: `headers of every call {"accept-language": "de"}`},
		{name: "a var of the provider", files: edited(t, "edition: 2", "edition: 3"), says: "provider var edition = 3"},
		{name: "a var of the target", files: edited(t, "www.example.com", "evil.example.com"), says: `target var site = "https://evil.example.com"`},
		{name: "a var of an account", files: edited(t, "shop: 7", "shop: 8"), says: "+ target live: account ada with oauth2 from /token for [], tags eu, var shop = 8"},
		{name: "the server", files: edited(t, "api.example.com/v1", "api.example.com/v2"), says: "+ target live: server https://api.example.com/v2"},
		{name: "a limit", files: edited(t, "10/s", "20/s"), says: "+ target live: limit rate 20/s"},
		{name: "a limit that was a default", files: edited(t, "{rate: 10/s}", "{rate: 10/s, writes_per_run: 201}"), says: "+ target live: limit writes_per_run 201"},
		{name: "the default, written", files: edited(t, "{rate: 10/s}", "{rate: 600/m, writes_per_run: 200}"), same: true},
		{name: "a host", files: edited(t, "files.example.com", "evil.example.com"), says: "+ target live: credentials may go to https://evil.example.com"},
		{name: "a role", files: edited(t, "owner: ada", "owner: bo"), says: "+ target live: role owner is bo"},
		{name: "another account", files: edited(t, "    accounts:\n", "    accounts:\n      al: {}\n"), says: "al"},
		{name: "another name", files: edited(t, "bo: {", "bob: {"), says: "(on bob)"},
		{name: "another secret of the same name", files: edited(t, "env.ADA", "env.OTHER"), same: true},
		{name: "another form of credential", files: edited(t, `{client_id: bo, client_secret: "${env.BO}"}`, `{bearer: "${env.BO}"}`), says: "account bo with bearer"},
		{name: "a token address", files: edited(t, "tokenUrl: /token", "tokenUrl: https://evil.example/token"), says: "from https://evil.example/token"},
		{name: "a clean-up", files: edited(t, "DELETE /notes/tidy", "DELETE /notes"), says: "clean-up 1: DELETE /notes as ACCOUNT"},
		{name: "how things are deleted", files: edited(t, "delete: DELETE /notes/{key}", "delete: DELETE /notes?id={key}"), says: "clean-up 1: DELETE /notes?id={key}"},
		{name: "what is an identity", files: edited(t, "  note:\n", "  note:\n    key: text\n"), says: "resource note has key text"},
		{name: "what pages follow", files: edited(t, "items: response.body.items", "items: response.body.items, next: response.body.next"), says: "next response.body.next"},
		{name: "what is given", files: edited(t, "Made ${unique}", "Mode ${unique}"), says: "given 1: POST /notes"},
		{name: "two given things", files: edited(t, "given: note\n", "given: {note: {make: note}, other: {make: note}}\n"), says: "given 2: POST /notes"},
		{name: "eyes", files: edited(t, "call: POST /notes\nbody", "call: POST /notes\nas: other\nbody"), says: "act 1: POST /notes as OTHER"},
		{name: "how long it is watched", files: edited(t, "within: 2s", "within: 20s"), says: "takes at most"},
		{name: "a probe", files: edited(t, "${target.site}/p", "${target.site}/q"), says: "GET ${target.site}/q"},
		{name: "account.read", files: edited(t, "GET /me", "GET /whoami"), says: "account 1: GET /whoami"},
		{name: "a contract less", files: edited(t, "contract: It is tidied up", "contract: It is tidied up in another way"), says: `- b.contract.yaml:8:1: "It is tidied up" act 1`},
		{name: "a case more", files: edited(t, "cases:\n", "cases:\n  no stars: {body: {stars: null}, status: 422}\n"), says: `"A note is kept: no stars" act 1`},
		{name: "what counts as throttled", files: edited(t, "'slow'", "'late'"), says: "throttled response.body.error == 'late'"},
		{name: "the provider", files: edited(t, "provider: notes", "provider: others"), says: "+ provider.yaml: provider others"},
		{name: "writes are allowed by now", files: edited(t, "    writes: allowed\n", ""), same: true},
		{name: "what is expected", files: edited(t, "status: 422", "status: 400", "status: 200", "status: 2xx"), same: true},
		{name: "lines that moved", files: edited(t, "contract: A note is kept", "# a word\n\n\ncontract: A note is kept"), same: true},
		{name: "names in another order", files: edited(t, `{text: "New ${unique}", stars: 4}`, `{stars: 4, text: "New ${unique}"}`), same: true},
		{name: "another file", files: func() map[string]string {
			files := edited(t)
			files["z.contract.yaml"] = files["a.contract.yaml"]
			delete(files, "a.contract.yaml")
			return files
		}(), same: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := planOf(t, test.files, nil)
			differences := before.differences(now)
			if (len(differences) == 0) != test.same {
				t.Fatalf("got %q, want the same: %v", differences, test.same)
			}
			if text := strings.Join(differences, "\n"); !strings.Contains(text, test.says) {
				t.Errorf("got\n%s\nwant %s", text, test.says)
			}
			if back := now.differences(before); len(back) != len(differences) {
				t.Errorf("%d differences there, %d back", len(differences), len(back))
			}
		})
	}
}

// What a second act sends is the plan's, too: what it draws anew, and what it changes.
func TestWhatChangesASecondAct(t *testing.T) {
	t.Parallel()
	again := func(change string) map[string]string {
		return edited(t, "cases:\n", "again:\n  once more: "+change+"\ncases:\n")
	}
	before := planOf(t, again(`{body: {text: "Second ${unique}"}, status: 409}`), nil)
	for change, want := range map[string]string{
		`{body: {text: "Third ${unique}"}, status: 409}`: `drawn anew: body {"text": "Third ${unique}"}`,
		`{headers: {idempotency-key: "x"}, status: 409}`: `drawn anew: headers {"idempotency-key": "x"}`,
		`{effect: none}`: "drawn anew: nothing",
		`{body: {text: "Second ${unique}"}, status: 422}`: "",
	} {
		if got := strings.Join(before.differences(planOf(t, again(change), nil)), "\n"); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: got\n%s\nwant %s", change, got, want)
		}
	}
}

// A plan goes through its file, holds no secret, and is compared before a secret is asked for.
func TestPlanFile(t *testing.T) {
	t.Parallel()
	before := planOf(t, planned, nil)
	text, err := before.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := planOf(t, planned, nil).JSON(); !bytes.Equal(text, again) {
		t.Error("the same suite gives another text")
	}
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := ReadPlan(path)
	if err != nil {
		t.Fatal(err)
	}
	secret := func(o *Options) {
		o.Paper, o.Plan = false, read
		o.Env = func(name string) (string, bool) { return "a-secret-of-" + name, true }
	}
	_, err = New(planOptions(t, edited(t, "tokenUrl: /token", "tokenUrl: https://api.example.com/token"), secret))
	var changed *PlanChanged
	if !errors.As(err, &changed) || len(changed.Differences) != 4 {
		t.Errorf("another token address: %v", err)
	}
	e, err := New(planOptions(t, planned, secret))
	if err != nil {
		t.Fatalf("the same suite: %v", err)
	}
	defer e.Stop(nil)
	if now, _ := e.WholePlan().JSON(); !bytes.Equal(text, now) || strings.Contains(string(now), "a-secret") {
		t.Error("with its secrets the plan is another")
	}
	never := func(o *Options) {
		secret(o)
		o.Env = func(string) (string, bool) { return "", false } // to resolve a secret would be another mistake
	}
	_, err = New(planOptions(t, edited(t, "stars: 4", "stars: 5", "Edited", "Changed"), never))
	if err == nil {
		t.Fatal("a changed plan is run")
	}
	for _, want := range []string{
		"nothing is sent: 6 differences\n",
		"\n  - a.contract.yaml:1:1: \"A note is kept\" act 1: POST /notes as ACCOUNT, writes, once, body {\"stars\": 4, \"text\": \"New ${unique}\"} (on ada, bo)\n",
		"\n  + a.contract.yaml:1:1: ", "\nhint: look at polygraph plan again",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestPlanOfAnotherChoice(t *testing.T) {
	t.Parallel()
	chosen := planOf(t, planned, func(o *Options) { o.Accounts, o.Contracts = []string{"ada"}, []string{"kept"} })
	_, err := New(planOptions(t, planned, func(o *Options) { o.Plan = chosen }))
	if err == nil || !strings.Contains(err.Error(), `it was written for --account ada --contract "kept"; give the same here`) || !strings.Contains(err.Error(), "more") {
		t.Errorf("got %v", err)
	}
	_, err = New(planOptions(t, planned, func(o *Options) { o.Plan, o.ReadOnly = planOf(t, planned, nil), true }))
	if err == nil || !strings.Contains(err.Error(), "leaves nothing") && !strings.Contains(err.Error(), "written for everything") {
		t.Errorf("read-only: %v", err)
	}
}

func TestReadPlanRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, test := range map[string]struct{ text, want string }{
		"empty": {"", "is no plan"}, "text": {"hello", "is no plan"}, "other": {`{"a": 1}`, "is no plan"}, "list": {`[]`, "is no plan"},
		"torn": {`{"polygraph_plan": 1, "cells": [`, "is no plan"}, "later": {`{"polygraph_plan": 2}`, "plan of version 2, and this reads 1"},
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadPlan(path); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "hint: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadPlan(filepath.Join(folder, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
}
