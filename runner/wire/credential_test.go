package wire

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// mirror says in its reply what it was asked, without the credential being looked at.
func mirror(t *testing.T, seen func(*http.Request)) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen(r)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestCredentialsTravel(t *testing.T) {
	secret := NewSecret("s3cret/value+1")
	tests := []struct {
		name       string
		credential *Credential
		header     http.Header
		query      string
		read       func(*http.Request) string
		want       string
		spelled    bool // the request's own wins
	}{
		{name: "nobody", read: func(r *http.Request) string { return r.Header.Get("Authorization") }},
		{name: "zero", credential: &Credential{}, read: func(r *http.Request) string { return r.Header.Get("Authorization") }},
		{name: "bearer", credential: Bearer(secret), want: "Bearer s3cret/value+1", read: func(r *http.Request) string { return r.Header.Get("Authorization") }},
		{name: "basic", credential: Basic("rome", secret), want: "rome s3cret/value+1", read: func(r *http.Request) string {
			user, password, _ := r.BasicAuth()
			return user + " " + password
		}},
		{name: "header", credential: Header("x-api-key", secret), want: "s3cret/value+1", read: func(r *http.Request) string { return r.Header.Get("X-Api-Key") }},
		{name: "query", credential: Query("key", secret), query: "?a=1", want: "1 s3cret/value+1", read: func(r *http.Request) string {
			return r.URL.Query().Get("a") + " " + r.URL.Query().Get("key")
		}},
		{name: "cookie", credential: Cookie("sid", secret), header: http.Header{"Cookie": {"a=b"}}, want: "a=b; sid=s3cret/value+1", read: func(r *http.Request) string {
			return r.Header.Get("Cookie")
		}},
		{name: "the request's own header", credential: Bearer(secret), header: http.Header{"authorization": {"Bearer wrong"}}, want: "Bearer wrong", spelled: true,
			read: func(r *http.Request) string { return r.Header.Get("Authorization") }},
		{name: "the request's own query", credential: Query("key", secret), query: "?key=wrong", want: "[wrong]", spelled: true,
			read: func(r *http.Request) string { return fmt.Sprint(r.URL.Query()["key"]) }},
		{name: "the request's own cookie", credential: Cookie("sid", secret), header: http.Header{"Cookie": {"sid=wrong"}}, want: "sid=wrong", spelled: true,
			read: func(r *http.Request) string { return r.Header.Get("Cookie") }},
	}
	client := New(Options{})
	defer client.Close()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got string
			server := mirror(t, func(r *http.Request) { got = test.read(r) })
			reply := client.Send(context.Background(), Request{URL: server.URL + "/" + test.query, Header: test.header, Credential: test.credential, Origin: server.URL})
			if reply.Failure != nil || got != test.want {
				t.Errorf("got %q, %v; want %q", got, reply.Failure, test.want)
			}
			if own := strings.Contains(strings.Join(reply.Exchange.Facts, ""), "has its own"); own != test.spelled {
				t.Errorf("facts %v", reply.Exchange.Facts)
			}
			if shown, err := json.Marshal(reply.Exchange); err != nil || strings.Contains(string(shown), "s3cret") {
				t.Errorf("it shows: %s %v", shown, err)
			}
		})
	}
}

func TestCredentialsStayAtHome(t *testing.T) {
	var proofs atomic.Int64
	server := mirror(t, func(r *http.Request) {
		if r.Header.Get("Authorization")+r.Header.Get("X-Key")+r.Header.Get("Cookie")+r.URL.RawQuery != "" {
			proofs.Add(1)
		}
	})
	secret := NewSecret("supersecret")
	other := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	tests := []struct {
		name, origin string
		origins      []string
		want         int64
	}{
		{"own origin", server.URL, nil, 1},
		{"own origin with a path", server.URL + "/v1", nil, 1},
		{"named origin", "https://elsewhere.example", []string{server.URL}, 1},
		{"none", "", nil, 0},
		{"other name", other, nil, 0},
		{"other scheme", strings.Replace(server.URL, "http:", "https:", 1), nil, 0},
		{"other port", "http://127.0.0.1:1", nil, 0},
		{"prefix", server.URL + "0", nil, 0},
	}
	client := New(Options{})
	defer client.Close()
	for _, test := range tests {
		for _, credential := range []*Credential{Bearer(secret), Basic("u", secret), Header("X-Key", secret), Query("q", secret), Cookie("c", secret)} {
			proofs.Store(0)
			reply := client.Send(context.Background(), Request{URL: server.URL, Credential: credential, Origin: test.origin, Origins: test.origins})
			if proofs.Load() != test.want || reply.Failure != nil {
				t.Errorf("%s: %v was sent %d times, want %d (%v)", test.name, credential, proofs.Load(), test.want, reply.Failure)
			}
			if told := len(reply.Exchange.Facts) > 0; told != (test.want == 0) {
				t.Errorf("%s: facts %v", test.name, reply.Exchange.Facts)
			}
		}
	}
}

func TestTokenIsFetchedOnceAndAgain(t *testing.T) {
	var asked atomic.Int64
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, secret, _ := r.BasicAuth(); id != "id" || secret != "client-secret" || r.FormValue("scope") != "a b" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		// The first token has as good as expired when it arrives.
		fmt.Fprintf(w, `{"access_token":"token-number-%d","token_type":"bearer","expires_in":%d}`, asked.Add(1), map[bool]int{true: 1, false: 3600}[asked.Load() == 1])
	}))
	defer issuer.Close()
	var mu sync.Mutex
	got := map[string]int{}
	server := mirror(t, func(r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got[r.Header.Get("Authorization")]++
	})
	client := New(Options{})
	defer client.Close()
	account := ClientCredentials(issuer.URL, "id", NewSecret("client-secret"), "a", "b")
	send := func() *Reply {
		return client.Send(context.Background(), Request{URL: server.URL, Credential: account, Origin: server.URL, Act: true})
	}
	if reply := send(); reply.Failure != nil || reply.Sends != 1 {
		t.Fatalf("%v, %d sends", reply.Failure, reply.Sends)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { send() })
	}
	all.Wait()
	if asked.Load() != 2 || got["Bearer token-number-1"] != 1 || got["Bearer token-number-2"] != 50 {
		t.Errorf("asked %d times, used %v", asked.Load(), got)
	}
	if masked := client.Redactor().MaskText("token-number-2 client-secret"); masked != "*** ***" {
		t.Errorf("masked: %q", masked)
	}
}

func TestRefusedTokenIsNotAskedForAgain(t *testing.T) {
	var asked atomic.Int64
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error":"invalid_client","error_description":"no client with secret client-secret"}`)
	}))
	defer issuer.Close()
	server := mirror(t, func(*http.Request) { t.Error("sent without a token") })
	client := New(Options{})
	defer client.Close()
	account := ClientCredentials(issuer.URL, "id", NewSecret("client-secret"))
	for range 20 {
		reply := client.Send(context.Background(), Request{URL: server.URL, Credential: account, Origin: server.URL})
		if f := reply.Failure; f == nil || f.Kind != KindToken || f.Sent || !strings.Contains(f.Message, "400 Bad Request invalid_client") || strings.Contains(f.Message, "client-secret") {
			t.Fatalf("got %+v", f)
		}
	}
	if asked.Load() > 2 { // once per way in which a client may prove itself
		t.Errorf("asked %d times", asked.Load())
	}
}

func TestTooShort(t *testing.T) {
	for text, want := range map[string]bool{"": true, "short": true, "7 bytes": true, "8 letter": false, "longenough": false, "пароль1": true, "пароль12": false} {
		if got := Bearer(NewSecret(text)).TooShort(); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if (*Credential)(nil).TooShort() {
		t.Error("nobody has no secret")
	}
}

// TestSecretsOnTheirWay: a server repeats what it heard, and that is not always the secret as it was written.
func TestSecretsOnTheirWay(t *testing.T) {
	for _, each := range []struct {
		name       string
		credential *Credential
		heard      string
	}{
		{"trimmed by HTTP", Bearer(NewSecret("tokenvalue1 ")), "tokenvalue1"},
		{"after its scheme", Header("Authorization", NewSecret("token tokenvalue2")), "tokenvalue2"},
		{"scheme and basic", Header("Authorization", NewSecret("Basic dXNlcjpwYXNzd29yZCEh")), "password!!"},
		{"basic as sent", Basic("user", NewSecret("password!!")), "dXNlcjpwYXNzd29yZCEh"},
		{"escaped before basic", ClientCredentials("http://127.0.0.1", "id", NewSecret("client/secret")), base64.StdEncoding.EncodeToString([]byte("id:client%2Fsecret"))},
	} {
		t.Run(each.name, func(t *testing.T) {
			masked := NewRedactor(each.credential.Secrets()...).MaskText("heard " + each.heard + ".")
			if strings.Contains(masked, each.heard) || !strings.Contains(masked, Mask) {
				t.Errorf("%q shows as %q", each.heard, masked)
			}
		})
	}
}
