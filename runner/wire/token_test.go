package wire

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// A token that the provider has revoked is answered 401; the next request brings a fresh one, and what was refused is
// not sent again. Where everything is answered 401, the token endpoint is left in peace.
func TestRevokedTokenIsFetchedAnew(t *testing.T) {
	var fetched, asked atomic.Int64
	valid := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"access_token":"token-number-%d","token_type":"bearer","expires_in":3600}`, fetched.Add(1))
			return
		}
		asked.Add(1)
		if r.Header.Get("Authorization") != "Bearer "+valid {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	client := New(Options{})
	defer client.Close()
	account := ClientCredentials(server.URL+"/token", "id", NewSecret("a long client secret"))
	send := func(act bool) int {
		return client.Send(context.Background(), Request{URL: server.URL + "/x", Credential: account, Origin: server.URL, Act: act}).Status
	}
	for _, step := range []struct {
		valid           string
		status, fetches int
		act             bool
	}{
		{"token-number-1", 200, 1, true},
		{"token-number-2", 401, 1, true}, // revoked: refused, and not sent again
		{"token-number-2", 200, 2, true},
		{"none", 401, 2, false},
		{"none", 401, 2, false}, // not again so soon
	} {
		valid = step.valid
		before := asked.Load()
		if status := send(step.act); status != step.status || fetched.Load() != int64(step.fetches) || asked.Load() != before+1 {
			t.Errorf("with %s: answered %d, %d tokens fetched, %d requests; want %+v", step.valid, status, fetched.Load(), asked.Load()-before, step)
		}
	}
}
