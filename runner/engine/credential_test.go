package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCredentialTravelsAsItsSchemeSays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, auth, credentials, header, want, query, fails string }{
		{name: "bearer", auth: "bearer", credentials: "{bearer: token-1234}", header: "Authorization", want: "Bearer token-1234"},
		{name: "bearer, and nobody says how", credentials: "{bearer: token-1234}", header: "Authorization", want: "Bearer token-1234"},
		{name: "basic", auth: "basic", credentials: "{basic: {user: ada, password: \"p:w ä\"}}", header: "Authorization", want: "Basic YWRhOnA6dyDDpA=="},
		{name: "a key in a header", auth: "{header: X-Api-Key}", credentials: "{key: key-12345}", header: "X-Api-Key", want: "key-12345"},
		{name: "a key in the query", auth: "{query: api_key}", credentials: "{key: key-12345}", query: "api_key=key-12345"},
		{name: "a key in a cookie", auth: "{cookie: sid}", credentials: "{key: key-12345}", header: "Cookie", want: "sid=key-12345"},
		{name: "nobody", auth: "bearer", credentials: "", header: "Authorization"},
		{name: "a key, and nobody says how", credentials: "{key: key-12345}", fails: "nothing says how it travels"},
		{name: "client credentials, and no token address", credentials: "{client_id: i, client_secret: secret-123}", fails: "names no token address"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, nil)
			provider := strings.Replace(notesProvider, "auth: bearer\n", "", 1)
			if test.auth != "" {
				provider += "auth: " + test.auth + "\n"
			}
			account := "{}"
			if test.credentials != "" {
				account = "{credentials: " + test.credentials + "}"
			}
			e, err := desk{provider: provider, targets: "targets:\n  local: {server: \"%s\", accounts: {ada: " + account + "}}\n"}.try(c)
			if err != nil || test.fails != "" {
				if err == nil || test.fails == "" || !strings.Contains(err.Error(), test.fails) {
					t.Errorf("got %v, want %q", err, test.fails)
				}
				return
			}
			defer e.Stop(nil)
			for _, r := range await(t, e) {
				require(t, r, "kept")
			}
			for _, a := range c.heard("") {
				if got := a.header.Get(test.header); test.header != "" && got != test.want || test.query != "" && !strings.Contains(a.query, test.query) {
					t.Errorf("%s?%s came with %q, want %q %s", a, a.query, got, test.want, test.query)
				}
			}
		})
	}
}

func TestEmbeddedCredentials(t *testing.T) {
	t.Parallel()
	c := newClerk(t, nil)
	e := desk{targets: "targets:\n  local: {server: \"%s\", accounts: {ada: {}, bo: {}}}\n", change: func(o *Options) {
		o.Credentials = map[string]map[string]string{"ada": {"bearer": "t-ada"}}
	}}.engine(c)
	for _, r := range await(t, e) {
		require(t, r, "kept")
	}
	for _, a := range c.heard("POST") {
		if text := a.sent("text"); text == "" || a.who != "ada" && a.who != "" {
			t.Errorf("%s came from %q", a, a.who)
		}
	}
}

// Nothing could mask a short secret in a reply, so it is refused wherever it comes from.
// What stands in the file for a server of this machine is no secret.
func TestShortSecretsAreRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "short"), []byte("seven77\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const away, here = "https://api.example.com", "%s"
	for _, test := range []struct {
		name, server, credentials string
		table                     string            // accounts.csv, in place of credentials
		lent                      map[string]string // by an embedded provider, in place of credentials
		refused                   string            // the place; "" when it is taken
	}{
		{name: "bearer", server: away, credentials: `{bearer: "${env.SHORT}"}`, refused: "polygraph.yaml:4:44"},
		{name: "bearer on this machine", server: here, credentials: `{bearer: "${env.SHORT}"}`, refused: "polygraph.yaml:4:44"},
		{name: "written out on this machine", server: here, credentials: `{basic: {user: guest, password: guest}}`},
		{name: "from a file", server: away, credentials: `{bearer: "${file.` + filepath.Join(folder, "short") + `}"}`, refused: "polygraph.yaml:4:44"},
		{name: "from a command", server: away, credentials: `{bearer: "${exec.echo short}"}`, refused: "polygraph.yaml:4:44"},
		{name: "a password", server: away, credentials: `{basic: {user: "${env.LONG}", password: "${env.SHORT}"}}`, refused: "polygraph.yaml:4:75"},
		{name: "a user may be short", server: away, credentials: `{basic: {user: "${env.SHORT}", password: "${env.LONG}"}}`},
		{name: "a key", server: away, credentials: `{key: "${env.SHORT}"}`, refused: "polygraph.yaml:4:41"},
		{name: "a key after a word", server: away, credentials: `{key: "token ${env.SHORT}"}`, refused: "polygraph.yaml:4:41"},
		{name: "two short ones are no long one", server: away, credentials: `{key: "${env.SHORT}${env.SHORT}"}`, refused: "polygraph.yaml:4:41"},
		{name: "a client secret", server: away, credentials: `{client_id: "${env.SHORT}", client_secret: "${env.SHORT}"}`, refused: "polygraph.yaml:4:78"},
		{name: "a client may be short", server: here, credentials: `{client_id: "${env.SHORT}", client_secret: "${env.LONG}"}`},
		{name: "seven characters of two bytes", server: away, credentials: `{bearer: "${env.CYRILLIC}"}`, refused: "polygraph.yaml:4:44"},
		{name: "eight", server: away, credentials: `{bearer: "${env.LONG}"}`},
		{name: "of a table", server: away, table: "name,bearer\nada,${env.SHORT}\n", refused: "accounts.csv:2:5"},
		{name: "a password of a table", server: away, table: "name,user,password\nada,ada,${env.SHORT}\n", refused: "accounts.csv:2:9"},
		{name: "a client secret of a table", server: away, table: "name,client_id,client_secret\nada,ada,${env.SHORT}\n", refused: "accounts.csv:2:9"},
		{name: "lent on this machine", server: here, lent: map[string]string{"bearer": "short"}},
		{name: "lent elsewhere", server: away, lent: map[string]string{"bearer": "short"}, refused: "polygraph.yaml:4:16"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := desk{provider: notesProvider, document: fmt.Sprintf(tokenDocument, "/token"), change: func(o *Options) {
				o.Env = func(name string) (string, bool) {
					value, ok := map[string]string{"SHORT": "seven77", "LONG": "eight888", "CYRILLIC": "пароль1"}[name]
					return value, ok
				}
				o.ReadOnly = true
				o.Credentials = map[string]map[string]string{"ada": test.lent}
			}, contracts: "contract: They can be read\ncall: GET /notes\nstatus: 200\n"}
			switch {
			case strings.Contains(test.credentials, "client_"):
				d.provider = strings.Replace(d.provider, "auth: bearer", "openapi: ./openapi.yaml", 1)
			case strings.Contains(test.credentials, "key:"):
				d.provider = strings.Replace(d.provider, "auth: bearer", "auth: {header: X-Api-Key}", 1)
			}
			account := "{}"
			if test.credentials != "" {
				account = "{credentials: " + test.credentials + "}"
			}
			d.targets = "targets:\n  local:\n    server: " + test.server + "\n    accounts: {ada: " + account + "}\n"
			if test.table != "" {
				d.targets = "targets:\n  local:\n    server: " + test.server + "\n    accounts_from: accounts.csv\n"
				d.table = test.table
				if strings.Contains(test.table, "client_") {
					d.provider = strings.Replace(d.provider, "auth: bearer", "openapi: ./openapi.yaml", 1)
				}
			}
			e, err := d.try(newClerk(t, nil))
			if err == nil {
				e.Stop(nil)
			}
			switch {
			case test.refused == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.refused != "" && (err == nil || !strings.HasPrefix(err.Error(), test.refused+": ") ||
				!strings.Contains(err.Error(), `account "ada" is shorter than 8 characters`) || !strings.Contains(err.Error(), "hint: ")):
				t.Errorf("got %v, want it refused at %s", err, test.refused)
			case err != nil && strings.Contains(err.Error(), "seven77"):
				t.Errorf("it shows: %v", err)
			}
		})
	}
}
