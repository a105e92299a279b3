package engine

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// An ear is a server on another origin that keeps everything it hears, and answers like a
// page of the provider's list.
type ear struct {
	*httptest.Server
	mu    sync.Mutex
	heard []string
}

func newEar(t *testing.T) *ear {
	t.Helper()
	e := &ear{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		whole, _ := httputil.DumpRequest(r, true)
		e.mu.Lock()
		e.heard = append(e.heard, string(whole))
		e.mu.Unlock()
		write(w, 200, map[string]any{"items": []any{}, "id": "n1", "access_token": "t-of-the-stranger", "token_type": "bearer"})
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *ear) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.heard...)
}

// The secret, and what stands in a request that proves an account with it.
const canary = "c4nary/secret+1"

var proofs = []string{canary, url.QueryEscape(canary), base64.StdEncoding.EncodeToString([]byte("ada:" + canary)), "id:" + canary, "Authorization", "Cookie", "X-Api-Key", "t-of-ada"}

func proves(request string) bool {
	for _, proof := range proofs {
		if strings.Contains(request, proof) || strings.Contains(request, base64.StdEncoding.EncodeToString([]byte(proof))) {
			return true
		}
	}
	return false
}

// tokenDocument is an OpenAPI document whose client credentials are exchanged at an address.
const tokenDocument = `openapi: 3.0.3
info: {title: notes, version: "1"}
paths: {}
components: {securitySchemes: {o: {type: oauth2, flows: {clientCredentials: {tokenUrl: %q, scopes: {}}}}}}
`

// forms are all forms in which an account of polygraph.yaml proves itself. Certificates have
// none there; the wire's own tests send them abroad.
var forms = []struct{ name, auth, credentials string }{
	{"bearer", "auth: bearer", `{bearer: "${env.CANARY}"}`},
	{"basic", "auth: basic", `{basic: {user: ada, password: "${env.CANARY}"}}`},
	{"header", "auth: {header: X-Api-Key}", `{key: "${env.CANARY}"}`},
	{"query", "auth: {query: api_key}", `{key: "${env.CANARY}"}`},
	{"cookie", "auth: {cookie: sid}", `{key: "${env.CANARY}"}`},
	{"client credentials", "openapi: ./openapi.yaml", `{client_id: id, client_secret: "${env.CANARY}"}`},
}

// abroad is a desk of one account that proves itself in a form; extra stands in the target.
func abroad(form int, provider, contract, extra string) desk {
	f := forms[form]
	return desk{
		provider:  strings.Replace(provider, "auth: bearer", f.auth, 1),
		contracts: contract,
		targets:   fmt.Sprintf("targets:\n  local:\n    server: %%s\n%s    accounts: {ada: {credentials: %s}}\n", extra, f.credentials),
		document:  fmt.Sprintf(tokenDocument, "/token"),
		change: func(o *Options) {
			o.Env = func(string) (string, bool) { return canary, true }
		},
	}
}

func TestCredentialsNeverLeaveTheirOrigin(t *testing.T) {
	t.Parallel()
	const nextInBody = `    list: {call: GET /notes, items: response.body.items, next: response.body.next}`
	followed := strings.Replace(notesProvider, "    list: {call: GET /notes, items: response.body.items}", nextInBody, 1)
	if followed == notesProvider {
		t.Fatal("the provider has another list now")
	}
	for _, test := range []struct {
		name, provider, contract string
		extra                    func(abroad string) string // lines of the target
		instead                  func(c *clerk, w http.ResponseWriter, a asking, abroad string) bool
		heard, proved            bool // the other origin may hear of us; may get the credential
	}{
		{name: "next in the body", provider: followed, instead: func(c *clerk, w http.ResponseWriter, a asking, abroad string) bool {
			return answers(w, a, "GET /notes", 200, map[string]any{"items": []any{}, "next": abroad + "/notes?page=2"})
		}},
		{name: "next without a scheme", provider: followed, instead: func(c *clerk, w http.ResponseWriter, a asking, abroad string) bool {
			return answers(w, a, "GET /notes", 200, map[string]any{"items": []any{}, "next": strings.TrimPrefix(abroad, "http:") + "/notes?page=2"})
		}},
		{name: "next with a user", provider: followed, instead: func(c *clerk, w http.ResponseWriter, a asking, abroad string) bool {
			return answers(w, a, "GET /notes", 200, map[string]any{"items": []any{}, "next": strings.Replace(abroad, "://", "://"+strings.TrimPrefix(c.url, "http://")+"@", 1)})
		}},
		{name: "Link", instead: func(c *clerk, w http.ResponseWriter, a asking, abroad string) bool {
			w.Header().Set("Link", "<"+abroad+"/notes>; rel=\"next\"")
			return answers(w, a, "GET /notes", 200, map[string]any{"items": []any{}})
		}},
		{name: "a redirected read", instead: func(c *clerk, w http.ResponseWriter, a asking, abroad string) bool {
			w.Header().Set("Location", abroad+"/notes")
			return answers(w, a, "GET /notes", 302, nil)
		}},
		{name: "a redirected act", instead: func(c *clerk, w http.ResponseWriter, a asking, abroad string) bool {
			w.Header().Set("Location", abroad+"/notes")
			return answers(w, a, "POST /notes", 307, nil)
		}},
		{name: "a redirected deletion", instead: func(c *clerk, w http.ResponseWriter, a asking, abroad string) bool {
			w.Header().Set("Location", abroad+a.path)
			return answers(w, a, "DELETE "+a.path, 308, nil)
		}},
		{name: "Location of what was made", instead: func(c *clerk, w http.ResponseWriter, a asking, abroad string) bool {
			if a.String() == "POST /notes" {
				note := c.put(map[string]any{"text": a.sent("text")})
				w.Header().Set("Location", abroad+"/notes/"+note["id"].(string))
				write(w, 201, nil)
				return true
			}
			return false
		}},
		{name: "Refresh and Content-Location", instead: func(c *clerk, w http.ResponseWriter, a asking, abroad string) bool {
			w.Header().Set("Refresh", "0; url="+abroad)
			w.Header().Set("Content-Location", abroad)
			return false
		}},
		{name: "a redirected token", instead: func(c *clerk, w http.ResponseWriter, a asking, abroad string) bool {
			w.Header().Set("Location", abroad+"/token")
			return answers(w, a, "POST /token", 307, nil)
		}},
		{name: "a host among the facts", provider: notesProvider + "account: {read: GET /me, take: {home: response.body.home}}\nprobes: {there: \"GET ${account.home}/x\"}\n",
			contract: "contract: It is asked\ncall: GET /notes\nkeeps: [there]\nwithin: 100ms\nstays: 0s\n",
			instead: func(c *clerk, w http.ResponseWriter, a asking, abroad string) bool {
				return answers(w, a, "GET /me", 200, map[string]any{"home": abroad})
			}},
		{name: "a host among the provider's vars", provider: notesProvider + "vars: {site: \"ABROAD\"}\nprobes: {there: \"GET ${target.site}/x\"}\n",
			contract: "contract: It is asked\ncall: GET /notes\nkeeps: [there]\nwithin: 100ms\nstays: 0s\n"},
		{name: "a host among the target's vars", provider: notesProvider + "probes: {there: \"GET ${target.site}/x\"}\n",
			contract: "contract: It is asked\ncall: GET /notes\nkeeps: [there]\nwithin: 100ms\nstays: 0s\n",
			extra:    func(abroad string) string { return "    vars: {site: \"" + abroad + "\"}\n" }, heard: true},
		{name: "a page of a site", provider: notesProvider + "probes: {there: {call: \"GET ${target.site}/x\", items: response.body.items, next: \"'" + "/y'\"}}\n",
			contract: "contract: It is asked\ncall: GET /notes\nkeeps: [there]\nwithin: 100ms\nstays: 0s\n",
			extra:    func(abroad string) string { return "    vars: {site: \"" + abroad + "\"}\n" }, heard: true},
		{name: "a host that the target lists", provider: followed, extra: func(abroad string) string { return "    hosts: [\"" + abroad + "\"]\n" },
			instead: func(c *clerk, w http.ResponseWriter, a asking, abroad string) bool {
				return answers(w, a, "GET /notes", 200, map[string]any{"items": []any{}, "next": abroad + "/notes?page=2"})
			}, heard: true, proved: true},
	} {
		for i, form := range forms {
			t.Run(test.name+"/"+form.name, func(t *testing.T) {
				t.Parallel()
				stranger := newEar(t)
				home := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
					if test.instead != nil && test.instead(c, w, a, stranger.URL) {
						return true
					}
					return answers(w, a, "POST /token", 200, map[string]any{"access_token": "t-of-ada", "token_type": "bearer"})
				})
				provider, contract, extra := notesProvider, createsNote, ""
				if test.provider != "" {
					provider = strings.Replace(test.provider, "ABROAD", stranger.URL, 1)
				}
				if test.contract != "" {
					contract = test.contract
				}
				if test.extra != nil {
					extra = test.extra(stranger.URL)
				}
				for _, r := range abroad(i, provider, contract, extra).run(home) {
					if r.Verdict.Class == "lied" || r.Verdict.Class == "broken" && test.name != "a redirected act" {
						t.Errorf("accused: %s", reasons(r.Verdict))
					}
				}
				heard := stranger.all()
				if len(heard) > 0 != test.heard {
					t.Errorf("the other origin was asked %d times: %q", len(heard), heard)
				}
				proved := 0
				for _, request := range heard {
					if proves(request) {
						proved++
					}
				}
				if proved > 0 != test.proved {
					t.Errorf("the other origin got the credential %d times: %q", proved, heard)
				}
				if len(home.heard("")) == 0 && !strings.Contains(provider, stranger.URL) {
					t.Error("nothing was sent at all")
				}
			})
		}
	}
}

// answers writes a reply to one request, and says whether it did.
func answers(w http.ResponseWriter, a asking, to string, status int, body any) bool {
	if a.String() != to {
		return false
	}
	write(w, status, body)
	return true
}

// A stranger's pull request can move the token address. The secret does not follow it.
func TestTokenAddress(t *testing.T) {
	t.Parallel()
	stranger := newEar(t)
	for _, test := range []struct {
		name, address, extra string
		want                 string // where the token is asked for; else part of the mistake
		away                 bool
	}{
		{name: "own origin", address: "HOME/oauth/token", want: "POST /oauth/token"},
		{name: "relative to the origin", address: "/oauth/token", want: "POST /oauth/token"},
		{name: "relative to the server", address: "oauth/token", want: "POST /v1/oauth/token"},
		{name: "another host", address: "ABROAD/oauth/token", want: "neither the target's own origin nor in its hosts"},
		{name: "another host without a scheme", address: "//evil.example/token", want: "neither the target's own origin"},
		{name: "another scheme", address: "HTTPSHOME/token", want: "neither the target's own origin"},
		{name: "another port", address: "http://127.0.0.1:1/token", want: "neither the target's own origin"},
		{name: "a name of the same machine", address: "LOCALHOST/token", want: "neither the target's own origin"},
		{name: "the own host as a user", address: "http://HOST@evil.example/token", want: "neither the target's own origin"},
		{name: "no http", address: "file:///etc/passwd", want: "only http and https"},
		{name: "a host of vars is none of hosts", address: "ABROAD/token", extra: "    vars: {site: \"ABROAD\"}\n", want: "neither the target's own origin"},
		{name: "a host that the target lists", address: "ABROAD/oauth/token", extra: "    hosts: [\"ABROAD\"]\n", want: "POST /oauth/token", away: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			home := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				return strings.HasSuffix(a.path, "/token") && answers(w, a, a.String(), 200, map[string]any{"access_token": "t-of-ada", "token_type": "bearer"})
			})
			place := strings.NewReplacer("HTTPSHOME", strings.Replace(home.url, "http:", "https:", 1), "HOME", home.url, "LOCALHOST", strings.Replace(home.url, "127.0.0.1", "localhost", 1),
				"HOST", strings.TrimPrefix(home.url, "http://"), "ABROAD", stranger.URL)
			before := len(stranger.all())
			d := abroad(5, notesProvider, "contract: They are there\ncall: GET /notes\nexpect: response.status >= 200\n", place.Replace(test.extra))
			d.targets = strings.Replace(d.targets, "server: %s", "server: %s/v1", 1)
			d.document = fmt.Sprintf(tokenDocument, place.Replace(test.address))
			e, err := d.try(home)
			if err != nil {
				if !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "polygraph.yaml:") {
					t.Errorf("got %v, want %s", err, test.want)
				}
				return
			}
			defer e.Stop(nil)
			await(t, e)
			asked := home.count("POST /")
			if test.away {
				asked = len(stranger.all()) - before
			}
			if !strings.HasPrefix(test.want, "POST") || asked == 0 || !test.away && home.count(test.want) != asked {
				t.Errorf("asked %d times: %v", asked, home.heard("POST"))
			}
		})
	}
}
