package engine

import (
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
