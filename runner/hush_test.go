package runner

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestHush has Go's own transport write its line, so that a new Go with another
// wording is noticed.
func TestHush(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		line, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer line.Close()
		_, _ = io.WriteString(line, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		time.Sleep(50 * time.Millisecond)
		_, _ = io.WriteString(line, "a secret that nobody asked for")
	}))
	defer server.Close()
	before := log.Writer()
	defer log.SetOutput(before)
	for _, hushing := range []bool{false, true} {
		said := &said{}
		log.SetOutput(said)
		release := func() {}
		if hushing {
			release = hushed()
		}
		for range 50 { // as it is, the line comes the first time; a busy machine may need more
			ask(t, server.URL)
			if hushing || strings.Contains(said.text(), "secret") {
				break
			}
		}
		log.Print("the user's own line")
		release()
		if text := said.text(); strings.Contains(text, "secret") == hushing || !strings.Contains(text, "own line") {
			t.Errorf("hushing %v: %q", hushing, text)
		}
		if log.Writer() != io.Writer(said) {
			t.Errorf("hushing %v: the logger does not write where it did", hushing)
		}
	}
}

// ask asks over a connection that is kept until the server has said more.
func ask(t *testing.T, address string) {
	client := http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	reply, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, reply.Body)
	reply.Body.Close()
	time.Sleep(200 * time.Millisecond)
}

// said is what a logger has written.
type said struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (s *said) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines.Write(line)
}

func (s *said) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines.String()
}
