package runner

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where the run listens, and under which address it is reached, comes in through the Go
// door, too: the provider is told the one, and what it delivers to the other counts.
func TestWebhooksThroughTheGoDoor(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.2:0") // where nobody else takes the port until it is opened again
	if err != nil {
		free, err = net.Listen("tcp", "127.0.0.1:0") // there is no other address here
	}
	if err != nil {
		t.Fatal(err)
	}
	listen := free.Addr().String()
	_ = free.Close()
	tunnel := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		deliver(t, "http://"+listen+strings.TrimPrefix(r.URL.Path, "/tunnel"), r.Body)
	}))
	defer tunnel.Close()
	told := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- string(body)
		deliver(t, string(body), strings.NewReader(`{"done": true}`))
	}))
	defer server.Close()
	folder := t.TempDir()
	t.Chdir(folder)
	for name, text := range map[string]string{
		"provider.yaml":   "polygraph: 1\nprovider: shop\nwebhooks: {done: {when: event.done}}\n",
		"a.contract.yaml": "contract: It is announced\ncall: POST /acts\nheaders: {content-type: text/plain}\nbody: \"${done.url}\"\nsends: done\nstatus: 200\n",
		"polygraph.yaml":  "targets: {here: {server: \"" + server.URL + "\", accounts: {ada: {}}}}\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := newOptions([]Option{WithWebhookListen(listen), WithWebhookURL(tunnel.URL + "/tunnel")})
	e, stop, err := o.begin(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	result, err := e.Await(t.Context(), e.Cells()[0])
	if err != nil {
		t.Fatal(err)
	}
	e.Stop(nil)
	if address := <-told; !strings.HasPrefix(address, tunnel.URL+"/tunnel/") {
		t.Errorf("the provider was told %s, want an address behind %s/tunnel", address, tunnel.URL)
	}
	if result.Verdict.Class != "kept" {
		t.Errorf("came out %s/%s %v, want kept", result.Verdict.Class, result.Verdict.Kind, result.Verdict.Findings)
	}
}

func deliver(t *testing.T, address string, body io.Reader) {
	reply, err := http.Post(address, "application/json", body)
	if err != nil {
		t.Error(err)
		return
	}
	_ = reply.Body.Close()
}
