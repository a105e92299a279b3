package wire

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
)

// TestWhatComesAgainIsTakenOver polls a body, and has it read once.
func TestWhatComesAgainIsTakenOver(t *testing.T) {
	t.Parallel()
	body, media := `{"state": "draft", "tags": ["a"]}`, "application/json"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	client := New(Options{})
	defer client.Close()
	ask := func(like *Reply) *Reply {
		return client.Send(context.Background(), Request{URL: server.URL, Like: like})
	}
	first := ask(nil)
	again := ask(first)
	if first.Same || !again.Same || !sameMap(first.Body, again.Body) || again.Text != body || again.Exchange.ReplyBody != body {
		t.Fatalf("the same body came again: %+v", again)
	}
	if third := ask(again); !third.Same || !sameMap(first.Body, third.Body) {
		t.Error("what was taken over is not taken over again")
	}
	body = `{"state": "published", "tags": ["a"]}`
	if changed := ask(again); changed.Same || changed.Body.(map[string]any)["state"] != "published" {
		t.Errorf("another body: %+v", changed)
	}
	body, media = `{"state": "draft", "tags": ["a"]}`, "text/plain"
	if other := ask(first); other.Same {
		t.Error("another content type is read in another way")
	}
	media = "application/json"
	client.Redactor().Add("published-state")
	if later := ask(first); later.Same {
		t.Error("what was read before a secret was known is read anew")
	}
}

// TestSecretsAreNotTakenOver asks again for a body in which something was masked.
func TestSecretsAreNotTakenOver(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"mine": "s3cret-value-1"}`)
	}))
	defer server.Close()
	client := New(Options{})
	defer client.Close()
	client.Redactor().Add("s3cret-value-1")
	first := client.Send(context.Background(), Request{URL: server.URL})
	again := client.Send(context.Background(), Request{URL: server.URL, Like: first})
	if again.Same || again.Body.(map[string]any)["mine"] != Mask || again.Text != `{"mine":"***"}` {
		t.Errorf("got %+v", again)
	}
}

// sameMap says that two values are one and the same map.
func sameMap(a, b any) bool {
	one, two := reflect.ValueOf(a), reflect.ValueOf(b)
	return one.Kind() == reflect.Map && two.Kind() == reflect.Map && one.Pointer() == two.Pointer()
}
