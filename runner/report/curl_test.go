package report

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A heard is a request as a server got it.
type heard struct {
	Method, Address, Body string
	Header                http.Header
}

// listener is a server that keeps what it hears.
func listener(t *testing.T) (address string, last func() []heard) {
	var mu sync.Mutex
	var all []heard
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a body that is cut is compared as such
		mu.Lock()
		defer mu.Unlock()
		for _, name := range []string{"Accept-Encoding", "Content-Length", "Connection"} {
			r.Header.Del(name)
		}
		all = append(all, heard{r.Method, r.RequestURI, string(body), r.Header})
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []heard {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

// shell runs a command in a folder that is empty, and wants it to stay so: a text
// that runs would leave a file there.
func shell(t *testing.T, command string, env ...string) string {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("needs curl, which .ci/providers installs")
	}
	dir := t.TempDir()
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s\n%s", err, command, said)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("the command has run what it should have sent: %v\n%s", left, command)
	}
	return string(said)
}

// hostileTexts do harm where they are not quoted.
var hostileTexts = []string{
	"plain", "", " ", "it's", "''", `"`, "$(touch run)", "`touch run`", "${HOME}", "$HOME", "; touch run", "| touch run", "& touch run", "> run",
	`\`, `\\'`, `'\''; touch run; '`, "!!", "@/etc/passwd", "@run", "-o run", "--output run", "{a,b}", "[1-9]", "*", "~", "%s%n", "%%", "\\x41 \\101",
	"a\nb", "a\n", "\n", "\n\n", "a\r\nb: c", "\t", "\x00", "a\x00b\n", "\x1b[31m", "::set-output name=a::b", "\n::error::x", "##vso[task.complete]",
	"\u202eabc", "\ufeff", "\u009b31m", "ä ö 漢字 🙂", "\xff\xfe", "#", "EOF\nEOF", "<<EOF", "a=b&c=d", strings.Repeat("x'", 3000),
}

func TestCurlSendsWhatWasSent(t *testing.T) {
	t.Parallel()
	address, all := listener(t)
	client := wire.New(wire.Options{})
	t.Cleanup(client.Close)
	secret := wire.NewSecret("a very secret 'word' $HOME")
	plain := wire.NewSecret("token-long-and-plain")
	for _, each := range []struct {
		name       string
		credential *wire.Credential
		request    wire.Request
		env        map[string]string
	}{
		{"nobody reads", nil, wire.Request{URL: "/reviews?limit=100&q=a%20b"}, nil},
		{"bearer", wire.Bearer(plain), wire.Request{URL: "/a/../b/./c//d"}, map[string]string{"POLYGRAPH_SHOP_OSLO_BEARER": "token-long-and-plain"}},
		{"basic", wire.Basic("us er", secret), wire.Request{Method: "DELETE", URL: "/{a}/[1-3]"}, map[string]string{"POLYGRAPH_SHOP_OSLO_BASIC": "us er:a very secret 'word' $HOME"}},
		{"key in a header", wire.Header("x-api-key", secret), wire.Request{Method: "PUT", URL: "/"}, map[string]string{"POLYGRAPH_SHOP_OSLO_X_API_KEY": "a very secret 'word' $HOME"}},
		{"key in the address", wire.Query("k y", plain), wire.Request{URL: "/?b=1"}, map[string]string{"POLYGRAPH_SHOP_OSLO_KEY": "token-long-and-plain"}},
		{"cookie", wire.Cookie("sid", plain), wire.Request{URL: "/"}, map[string]string{"POLYGRAPH_SHOP_OSLO_COOKIE": "sid=token-long-and-plain"}},
		{"a secret in the body", wire.Bearer(plain), wire.Request{Method: "POST", URL: "/", Body: []byte(`{"a":"token-long-and-plain"}`), Header: http.Header{"Content-Type": {"application/json"}}},
			map[string]string{"POLYGRAPH_SHOP_OSLO_BEARER": "token-long-and-plain", "POLYGRAPH_SHOP_OSLO_SECRET": "token-long-and-plain"}},
		{"an empty POST", nil, wire.Request{Method: "POST", URL: "/"}, nil},
		{"a header without a value", nil, wire.Request{Method: "PATCH", URL: "/", Header: http.Header{"X-Empty": {""}, "X-Two": {"1", "2"}}, Body: []byte("@run")}, nil},
		{"a method of its own", nil, wire.Request{Method: "PURGE", URL: "/"}, nil},
		{"HEAD", nil, wire.Request{Method: "HEAD", URL: "/"}, nil},
	} {
		request := each.request
		request.URL, request.Credential, request.Origin, request.Act = address+request.URL, each.credential, address, true
		exchange := client.Send(context.Background(), request).Exchange
		exchange.Eyes = "shop-oslo"
		command := Curl(exchange)
		if strings.Contains(command, "long-and-plain") || strings.Contains(command, "very secret") {
			t.Errorf("%s: the secret stands in\n%s", each.name, command)
		}
		var env []string
		for name, value := range each.env {
			env = append(env, name+"="+value)
		}
		needs := map[string]bool{}
		for _, v := range Variables(exchange) {
			needs[v.Name] = true
		}
		if len(needs) != len(each.env) || !maps.EqualFunc(each.env, needs, func(string, bool) bool { return true }) {
			t.Errorf("%s: it needs %v, want %v", each.name, needs, each.env)
		}
		shell(t, command, env...)
		sent := all()
		first, second := sent[len(sent)-2], sent[len(sent)-1]
		if first.Method != second.Method || first.Address != second.Address || first.Body != second.Body || !maps.EqualFunc(first.Header, second.Header, slices.Equal) {
			t.Errorf("%s: curl sent\n%v\nwhere\n%v\nwas sent, by\n%s", each.name, second, first, command)
		}
	}
	if len(all()) != 22 {
		t.Errorf("%d requests, want 2 each: a redirect was followed, or something was sent twice", len(all()))
	}
}

func TestCurlRunsNothing(t *testing.T) {
	t.Parallel()
	address, all := listener(t)
	var script strings.Builder
	for _, text := range hostileTexts {
		x := &wire.Exchange{Method: "POST", URL: address + "/a", RequestBody: text, Eyes: text,
			RequestHeader: wire.Head{{Name: "X-Text", Value: strings.Map(inHeaders, text)}, {Name: "Content-Type", Value: "text/plain"}}}
		command := Curl(x)
		if safe := Text(command); safe != command {
			t.Errorf("%q: the command acts where it is shown: %q", text, command)
		}
		script.WriteString(strings.Replace(command, " -i ", " ", 1) + "\n")
		script.WriteString(Curl(&wire.Exchange{Method: "GET", URL: address + "/" + text}) + "\n")                             // is quoted, or none
		script.WriteString("echo " + literal(Curl(&wire.Exchange{Method: text, URL: "http://127.0.0.1:9/"})).String() + "\n") // is shown, and not run
	}
	shell(t, "set +e\n"+script.String()+"true")
	var bodies []string
	for _, each := range all() {
		if each.Method == "POST" {
			bodies = append(bodies, each.Body)
			if want := strings.Trim(strings.Map(inHeaders, each.Body), " \t"); each.Header.Get("X-Text") != want {
				t.Errorf("the header came as %q, want %q", each.Header.Get("X-Text"), want)
			}
		}
	}
	if !slices.Equal(bodies, hostileTexts) {
		t.Errorf("the bodies came as %q", bodies)
	}
}

// inHeaders leaves of a text what a header may hold.
func inHeaders(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

func TestCurlOfWhatIsNoRequest(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]*wire.Exchange{
		"a delivery":   {Method: "POST", URL: "http://127.0.0.1/hook", Received: true},
		"a file":       {Method: "GET", URL: "file:///etc/passwd"},
		"no host":      {Method: "GET", URL: "/reviews"},
		"no address":   {Method: "GET"},
		"a bad one":    {Method: "GET", URL: "http://a b\x7f/"},
		"another kind": {Method: "GET", URL: "gopher://127.0.0.1/"},
	} {
		if got := Curl(x); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestVariablesAreOneAccountsOwn(t *testing.T) {
	t.Parallel()
	names := map[string]string{}
	for _, account := range []string{"shop-oslo", "shop_oslo", "Shop-Oslo", "shop oslo", "shop--oslo", "shop.oslo", "läden", "l-den", "a", "A", "$(touch run)", ""} {
		name := variableOf(account, "BEARER")
		if other, taken := names[name]; taken {
			t.Errorf("%q and %q share %s", account, other, name)
		}
		names[name] = account
		if strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
			t.Errorf("%q is no name of a variable", name)
		}
	}
	if names["POLYGRAPH_SHOP_OSLO_BEARER"] != "shop-oslo" {
		t.Errorf("a plain name is spelt otherwise: %v", names)
	}
}

func TestFillingTellsAnIdentityFromItsDigits(t *testing.T) {
	t.Parallel()
	id := func() string { return "id" }
	for _, each := range []struct {
		text  string
		where part
		want  string
	}{
		{"http://h/v7/reviews/7", inAddress, `"http://h/v7/reviews/$id"`},
		{"http://h:7/7/x?a=7&b=77", inAddress, `"http://h:7/$id/x?a=$id&b=77"`},
		{`{"id":7,"n":77,"s":"7","t":"a7"}`, inBody, `'{"id":'"$id"',"n":77,"s":"'"$id"'","t":"a7"}'`},
		{"7", inBody, `"$id"`},
		{`"7"`, inHeader, `'"'"$id"'"'`},
	} {
		if got := (filling{{"7", id, asWhole}}).word(each.text, each.where).String(); got != each.want {
			t.Errorf("%s: %s, want %s", each.text, got, each.want)
		}
	}
}

func FuzzShellWord(f *testing.F) {
	for _, text := range hostileTexts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted := literal(text).String()
		if Text(quoted) != quoted {
			t.Errorf("%q acts where it is shown: %q", text, quoted)
		}
		said, err := exec.Command("sh", "-c", "printf '%s.' "+quoted).Output()
		if want := strings.ReplaceAll(text, "\x00", "") + "."; err != nil || string(said) != want {
			t.Errorf("%s came as %q, want %q (%v)", quoted, said, want, err)
		}
	})
}
