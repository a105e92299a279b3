package wire

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestThousandReadsAtOnceShareConnections(t *testing.T) {
	var connections atomic.Int64
	server := newCounting(t, &connections)
	client := New(Options{})
	defer client.Close()
	round := func() {
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				reply := client.Send(context.Background(), Request{URL: server.URL})
				if reply.Failure != nil || reply.Status != 200 {
					t.Errorf("got %d, %v", reply.Status, reply.Failure)
				}
			})
		}
		all.Wait()
	}
	round()
	first := connections.Load()
	round()
	round()
	if again := connections.Load(); again > first+1000 { // without keeping any there would be 2000 more
		t.Errorf("%d connections for the first thousand, %d after three thousand", first, again)
	}
}

func newCounting(t *testing.T, connections *atomic.Int64) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"ok":true}`)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server
}

func TestCloseGivesEverythingBack(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
	}))
	defer server.Close()
	defer close(release)
	goroutines, descriptors := runtime.NumGoroutine(), openFiles(t)

	client := New(Options{})
	var all sync.WaitGroup
	started := make(chan struct{}, 40)
	for n := range 40 {
		all.Go(func() {
			client.Send(context.Background(), Request{URL: server.URL, Act: n%2 == 0})
			started <- struct{}{}
			reply := client.Send(context.Background(), Request{URL: server.URL + "/slow", Act: n%2 == 0})
			if reply.Failure == nil || reply.Failure.Kind != KindCanceled {
				t.Errorf("ended with %v", reply.Failure)
			}
		})
	}
	for range 40 {
		<-started
	}
	client.Close()
	client.Close()
	all.Wait()
	if reply := client.Send(context.Background(), Request{URL: server.URL}); reply.Failure == nil || reply.Failure.Kind != KindCanceled || reply.Sends != 0 {
		t.Errorf("sent after Close: %v", reply.Failure)
	}
	server.CloseClientConnections()
	for range 500 {
		if runtime.NumGoroutine() <= goroutines && openFiles(t) <= descriptors {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines and %d descriptors, before %d and %d", runtime.NumGoroutine(), openFiles(t), goroutines, descriptors)
}

// openFiles counts descriptors where the system shows them, else it is 0.
func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(files)
}

func TestExchangesAreNumberedAndTimed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Age", "12")
		w.Header().Set("Retry-After", "3")
		time.Sleep(20 * time.Millisecond)
	}))
	defer server.Close()
	client := New(Options{})
	defer client.Close()
	for n := range 3 {
		before := time.Now()
		reply := client.Send(context.Background(), Request{URL: server.URL, Act: n == 1})
		after := time.Now()
		if reply.Exchange.Number != int64(n+1) || reply.Sends != 1 || !reply.Empty || reply.Undecodable != "" {
			t.Errorf("number %d, %d sends, empty %v %q", reply.Exchange.Number, reply.Sends, reply.Empty, reply.Undecodable)
		}
		if reply.SentAt.Before(before) || reply.SaidAt.After(after) || reply.SaidAt.Sub(reply.SentAt) < 20*time.Millisecond {
			t.Errorf("sent %v, said %v, within %v and %v", reply.SentAt, reply.SaidAt, before, after)
		}
		if wait, ok := reply.RetryAfter(); reply.Age != 12*time.Second || !ok || wait != 3*time.Second {
			t.Errorf("age %v, retry after %v", reply.Age, wait)
		}
	}
}

func TestLogKeepsWhatTheTransportSays(t *testing.T) {
	kept := &Log{Redactor: NewRedactor("supersecret")}
	logger := log.New(kept, "", 0)
	for n := range maxLines + 5 {
		logger.Printf("line %d with supersecret", n)
	}
	lines := kept.Lines()
	if len(lines) != maxLines || lines[len(lines)-1] != fmt.Sprintf("line %d with ***", maxLines+4) || strings.Contains(fmt.Sprint(lines), "supersecret") {
		t.Errorf("kept %d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

func TestUTF8BodiesAreShownShort(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("é", 5000))
	}))
	defer server.Close()
	client := New(Options{MaxShown: 1001})
	defer client.Close()
	reply := client.Send(context.Background(), Request{URL: server.URL})
	if len(reply.Text) != 10_000 || len(reply.Exchange.ReplyBody) > 1004 || !strings.Contains(fmt.Sprint(reply.Exchange.Facts), "shown to byte 1001 of 10000") {
		t.Errorf("%d bytes of text, %d shown, %v", len(reply.Text), len(reply.Exchange.ReplyBody), reply.Exchange.Facts)
	}
}

func BenchmarkSend(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":17,"title":"A review of a product","state":"draft","tags":["a","b"]}`)
	}))
	defer server.Close()
	client := New(Options{})
	defer client.Close()
	account := Bearer(NewSecret("supersecret"))
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			response, err := http.Get(server.URL)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.ReadAll(response.Body)
			_ = response.Body.Close()
		}
	})
	for _, act := range []bool{false, true} {
		b.Run(fmt.Sprintf("act %v", act), func(b *testing.B) {
			for b.Loop() {
				if reply := client.Send(context.Background(), Request{URL: server.URL, Origin: server.URL, Credential: account, Act: act}); reply.Failure != nil {
					b.Fatal(reply.Failure)
				}
			}
		})
	}
}
