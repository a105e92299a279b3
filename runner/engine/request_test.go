package engine

import (
	"net/http"
	"strings"
	"testing"
)

// layered is a target whose vars bind what nothing else binds.
const layered = `targets:
  local:
    server: %s/v1/
    vars: {shop: of-target, region: of-target}
    accounts: {ada: {credentials: {bearer: t-ada}, vars: {shop: of-account}}}
`

// plans is a fact that is absent until the account was read.
const plans = "account: {read: GET /me, take: {plan: response.body.plan}}\n"

// asked fills in the act of the first cell, for a thing of the given identity.
func asked(t *testing.T, provider, call string, key any) (*request, error) {
	t.Helper()
	e := desk{provider: provider, targets: layered, contracts: "contract: It is asked\n" + call + "\nstatus: 200\n"}.engine(newClerk(t, nil))
	me := e.eyes["ada"]
	s := scope{vars: e.baseVars(me, nil), me: me, key: key, unique: "pgmarker", uuid: "u-1"}
	r, err := e.request(e.Cells()[0].Contract.Act, s)
	return r, err
}

func TestRequestBindsItsAddress(t *testing.T) {
	t.Parallel()
	provider := notesProvider + "vars: {shop: of-provider, region: of-provider, zone: of-provider}\n" + plans
	for _, test := range []struct {
		name, call string
		key        any
		want       string // after the server, or part of the message
	}{
		{name: "path stands before vars", call: "call: GET /s/{shop}\npath: {shop: of-path}", want: "/v1/s/of-path"},
		{name: "the account before the target", call: "call: GET /s/{shop}", want: "/v1/s/of-account"},
		{name: "the target before the provider", call: "call: GET /s/{region}", want: "/v1/s/of-target"},
		{name: "the provider last", call: "call: GET /s/{zone}", want: "/v1/s/of-provider"},
		{name: "what is drawn", call: "call: GET /s/{x}\npath: {x: \"a ${unique}\"}", want: "/v1/s/a%20pgmarker"},
		{name: "nothing climbs", call: "call: GET /s/{x}/y\npath: {x: \"../a?b#c\"}", want: "/v1/s/..%2Fa%3Fb%23c/y"},
		{name: "nothing binds it", call: "call: GET /s/{x}\npath: {x: \"${account.plan}\"}", want: "absent"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := asked(t, provider, test.call, test.key)
			switch {
			case err != nil && !strings.Contains(err.Error(), test.want):
				t.Errorf("got %v, want %s", err, test.want)
			case err == nil && !strings.HasSuffix(r.url, test.want):
				t.Errorf("got %s, want %s", r.url, test.want)
			}
		})
	}
}

func TestRequestMergesQueries(t *testing.T) {
	t.Parallel()
	provider := notesProvider + "query: {api: 2, lang: en, keep: a b}\n" + plans
	for _, test := range []struct{ name, call, want string }{
		{name: "the provider's", call: "call: GET /s", want: "api=2&keep=a+b&lang=en"},
		{name: "the call's stands before it", call: "call: GET /s\nquery: {lang: \"no\"}", want: "api=2&keep=a+b&lang=no"},
		{name: "null removes", call: "call: GET /s\nquery: {lang: null, api: null}", want: "keep=a+b"},
		{name: "the address's own stays", call: "call: GET /s?x=1", want: "api=2&keep=a+b&lang=en&x=1"},
		{name: "the address stands before the provider", call: "call: GET /s?lang=no", want: "api=2&keep=a+b&lang=no"},
		{name: "lists and maps", call: "call: GET /s\nquery: {api: null, lang: null, keep: null, f: {a: [1, 2]}}", want: "f%5Ba%5D=1&f%5Ba%5D=2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := asked(t, provider, test.call, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, got, _ := strings.Cut(r.url, "?"); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	if _, err := asked(t, provider, "call: GET /s\nquery: {x: \"${account.plan}\"}", nil); err == nil || !strings.Contains(err.Error(), "query of GET /s") {
		t.Errorf("an absent value is sent: %v", err)
	}
}

func TestRequestHeadersAndBody(t *testing.T) {
	t.Parallel()
	provider := notesProvider + "headers: {accept-language: en, x-one: a}\n"
	for _, test := range []struct {
		name, call string
		header     http.Header
		body       string
	}{
		{name: "the provider's", call: "call: GET /s", header: http.Header{"Accept-Language": {"en"}, "X-One": {"a"}}},
		{name: "null removes", call: "call: GET /s\nheaders: {X-One: null, accept-language: \"no\"}", header: http.Header{"Accept-Language": {"no"}}},
		{name: "no type without a body", call: "call: DELETE /s\nheaders: {x-one: null, accept-language: null, content-type: text/plain}", header: http.Header{}},
		{name: "JSON", call: "call: POST /s\nheaders: {x-one: null, accept-language: null}\nbody: {b: 1.50, a: [true]}", header: http.Header{"Content-Type": {"application/json"}}, body: `{"a":[true],"b":1.50}`},
		{name: "a form nests", call: "call: POST /s\nheaders: {x-one: null, accept-language: null, content-type: application/x-www-form-urlencoded}\nbody: {a: {b: [\"x y\"]}}",
			header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, body: "a%5Bb%5D%5B0%5D=x+y"},
		{name: "null is sent where it is meant", call: "call: POST /s\nheaders: {x-one: null, accept-language: null}\nbody: {a: \"${null}\"}", header: http.Header{"Content-Type": {"application/json"}}, body: `{"a":null}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := asked(t, provider, test.call, nil)
			if err != nil {
				t.Fatal(err)
			}
			if strings.TrimSpace(string(r.encoded)) != test.body {
				t.Errorf("body %s, want %s", r.encoded, test.body)
			}
			if len(r.header) != len(test.header) {
				t.Errorf("headers %v, want %v", r.header, test.header)
			}
			for name := range test.header {
				if r.header.Get(name) != test.header.Get(name) {
					t.Errorf("%s: %q, want %q", name, r.header.Get(name), test.header.Get(name))
				}
			}
		})
	}
}

func TestRequestLine(t *testing.T) {
	t.Parallel()
	r := &request{method: "GET", url: "https://h/v1/a%20b?x=1"}
	if r.line() != "GET /v1/a%20b?x=1" || r.short() != "GET /v1/a%20b" {
		t.Errorf("got %q and %q", r.line(), r.short())
	}
}
