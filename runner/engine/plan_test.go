package engine

import (
	"slices"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

const (
	readsNote   = "contract: The notes can be read\ncall: GET /notes\nstatus: 200\n"
	tidiesNotes = "contract: Reading makes a copy that is swept\ncall: GET /notes\nstatus: 200\ncleanup: [DELETE /copies]\n"
)

func TestPlanChooses(t *testing.T) {
	t.Parallel()
	all := strings.Join([]string{createsNote + "rejects: {no text: {text: null}}\n", updatesNote, readsNote}, "---\n")
	for _, test := range []struct {
		name                string
		accounts, contracts []string
		readOnly            bool
		want                string // cells, or a part of the message
	}{
		{name: "everything", want: "A note is kept on ada; A note is kept on bo; A note is kept (no text) on ada; A note is kept (no text) on bo; An edited note is edited on ada; An edited note is edited on bo; The notes can be read on ada; The notes can be read on bo"},
		{name: "an account", accounts: []string{"bo"}, contracts: []string{"An*"}, want: "An edited note is edited on bo"},
		{name: "accounts by pattern, each once", accounts: []string{"?o", "b*"}, contracts: []string{"An*"}, want: "An edited note is edited on bo"},
		{name: "a part of a title, letters of any case", accounts: []string{"ada"}, contracts: []string{"EDITED"}, want: "An edited note is edited on ada"},
		{name: "no such account", accounts: []string{"eve"}, want: `target "local" has no account "eve": it has ada, bo`},
		{name: "no such contract", contracts: []string{"Nothing"}, want: "no contract matches \"Nothing\"; there are:\n  A note is kept\n"},
		{name: "read-only", accounts: []string{"ada"}, readOnly: true, want: "The notes can be read on ada"},
		{name: "read-only, and nothing reads", contracts: []string{"*edited*"}, readOnly: true, want: "--read-only leaves nothing to run"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, nil)
			e, err := desk{contracts: all, change: func(o *Options) {
				o.Accounts, o.Contracts, o.ReadOnly = test.accounts, test.contracts, test.readOnly
			}}.try(c)
			if err != nil {
				if !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %s", err, test.want)
				}
				return
			}
			var cells []string
			for i, cell := range e.Cells() {
				cells = append(cells, cell.String())
				if cell.Number != i+1 {
					t.Errorf("cell %d has number %d", i+1, cell.Number)
				}
			}
			if got := strings.Join(cells, "; "); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestGuardWrites(t *testing.T) {
	t.Parallel()
	away := strings.Replace(twoAccounts, "%s", "https://api.example.com", 1)
	away = strings.NewReplacer("t-ada", `"${env.T}"`, "t-bo", `"${env.T}"`).Replace(away)
	allowed := strings.Replace(away, "    accounts", "    writes: allowed\n    accounts", 1)
	never := strings.Replace(twoAccounts, "    accounts", "    writes: never\n    accounts", 1)
	for _, test := range []struct {
		name, targets, contract string
		readOnly                bool
		want                    string // "" for a plan
	}{
		{name: "on loopback", contract: createsNote},
		{name: "elsewhere", targets: away, contract: createsNote, want: "does not allow writes, and 1 of the chosen contracts write"},
		{name: "elsewhere, allowed", targets: allowed, contract: createsNote},
		{name: "allowed, but read-only wins", targets: allowed, contract: createsNote, readOnly: true, want: "--read-only leaves nothing"},
		{name: "never, on loopback", targets: never, contract: createsNote, want: "does not allow writes"},
		{name: "reading elsewhere", targets: away, contract: readsNote},
		{name: "a given thing is a write", targets: away, contract: "contract: It can be read\ngiven: note\ncall: GET /notes/{note.id}\nstatus: 200\n", want: "does not allow writes"},
		{name: "a clean-up is a write", targets: away, contract: tidiesNotes, want: "does not allow writes"},
		{name: "a clean-up is a write in a read-only run", contract: tidiesNotes, readOnly: true, want: "--read-only leaves nothing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := desk{targets: test.targets, contracts: test.contract, change: func(o *Options) {
				o.ReadOnly, o.Env = test.readOnly, func(string) (string, bool) { return "token-of-somebody", true }
			}}.try(newClerk(t, nil))
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"shop-*", "shop-oslo", true}, {"shop-?", "shop-oslo", false}, {"a/b", "a/b", true}, {"*", "a/b", true},
		{"[", "[", true}, {"[", "a", false}, {"is it?", "is it?", true},
	} {
		if got := matches(test.pattern, test.name); got != test.want {
			t.Errorf("%q and %q: %v", test.pattern, test.name, got)
		}
	}
}

func TestAccountNames(t *testing.T) {
	t.Parallel()
	names := func(n int) string {
		e := desk{}.engine(newClerk(t, nil))
		all := e.o.Target.Accounts[:1:1]
		for len(all) < n {
			all = append(all, all[0])
		}
		return accountNames(all)
	}
	if got := names(2); got != "ada, ada" {
		t.Errorf("got %q", got)
	}
	if got := names(15); !strings.HasSuffix(got, "ada and 3 more") || strings.Count(got, "ada") != 12 {
		t.Errorf("got %q", got)
	}
}

func TestPlanned(t *testing.T) {
	t.Parallel()
	c := newClerk(t, nil)
	provider := notesProvider + "account: {read: GET /me, take: {can: response.body.scopes}}\n"
	e := desk{provider: provider, contracts: updatesNote + "keeps: [note]\nwithin: 2s\npatience: 4s\nstays: 1s\n"}.engine(c)
	requests, longest := e.Planned(e.Cells()[0])
	var got []string
	for _, r := range requests {
		text := r.Phase + " " + r.Call + " as " + r.Eyes
		if r.Write {
			text += "!"
		}
		got = append(got, text)
	}
	want := []string{
		"account GET /me as ada", "given POST /notes as ada!", "before GET /notes/{key} as ada",
		"act PATCH /notes/{note.id} as ada!", "watch GET /notes/{key} as ada", "clean-up DELETE /notes/{key} as ada!",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := "5.6s"; longest.String() != want { // patience, stays, three final reads 100 ms apart, and 300 ms for what is given
		t.Errorf("longest %s, want %s", longest, want)
	}
	if c.count("") > 0 {
		t.Error("planning sent something")
	}
}

// TestPlansHideSecrets masks them wherever a plan quotes what somebody has written.
func TestPlansHideSecrets(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-hunter2"
	p := &Plan{Settings: []string{"server: " + secret}, Accounts: []string{"ada: " + secret},
		Cells: []PlannedCell{{Requests: []Planned{{Call: "GET /?key=" + secret, Sends: secret}}}}}
	p.hide(wire.NewRedactor(secret))
	r := p.Cells[0].Requests[0]
	for _, text := range []string{p.Settings[0], p.Accounts[0], r.Call, r.Sends} {
		if strings.Contains(text, secret) || !strings.Contains(text, wire.Mask) {
			t.Errorf("%q", text)
		}
	}
}
