package wire

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// speak starts a server that answers each request with what say writes, and then closes.
func speak(t *testing.T, say func(io.Writer)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				if _, err := http.ReadRequest(bufio.NewReader(connection)); err == nil {
					say(connection)
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func gzipped(text []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(text)
	_ = w.Close()
	return out.Bytes()
}

// forever writes a text again and again until nobody listens.
func forever(w io.Writer, text string, pause time.Duration) {
	for {
		if _, err := io.WriteString(w, text); err != nil {
			return
		}
		time.Sleep(pause)
	}
}

func TestRepliesAreBounded(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	bomb := gzipped(make([]byte, 16<<20))
	zipped := gzipped([]byte(`{"a":"zip"}`))
	tests := []struct {
		name        string
		say         func(io.Writer)
		phase, kind string // of the Failure; "" for none
		text        string
		undecodable string
		fact        string
		status      int
	}{
		{name: "gzip", status: 200, text: `{"a":"zip"}`, say: func(w io.Writer) {
			fmt.Fprintf(w, ok+"Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(zipped), zipped)
		}},
		{name: "gzip bomb", status: 200, phase: PhaseBounds, kind: KindTooLarge, say: func(w io.Writer) {
			fmt.Fprintf(w, ok+"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(bomb), bomb)
		}},
		{name: "gzip cut within a whole body", status: 200, undecodable: "cannot be decompressed", say: func(w io.Writer) {
			fmt.Fprintf(w, ok+"Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n%s", zipped[:20])
		}},
		{name: "gzip cut where nothing else says", status: 200, phase: PhaseBody, kind: KindCut, fact: "a cut would not be noticed", say: func(w io.Writer) {
			fmt.Fprintf(w, ok+"Content-Encoding: gzip\r\n\r\n%s", zipped[:20])
		}},
		{name: "unknown coding", status: 200, undecodable: `"br" is not spoken`, say: func(w io.Writer) {
			fmt.Fprint(w, ok+"Content-Encoding: br\r\nContent-Length: 2\r\n\r\nxx")
		}},
		{name: "endless body", status: 200, phase: PhaseBounds, kind: KindTooLarge, say: func(w io.Writer) {
			fmt.Fprint(w, ok+"\r\n")
			forever(w, strings.Repeat("x", 1<<16), 0)
		}},
		{name: "endless header", phase: PhaseBounds, kind: KindTooLarge, say: func(w io.Writer) {
			fmt.Fprint(w, ok)
			forever(w, "X-Filler: "+strings.Repeat("x", 1000)+"\r\n", 0)
		}},
		{name: "endless 1xx", phase: PhaseBounds, kind: KindTooLarge, say: func(w io.Writer) {
			forever(w, "HTTP/1.1 103 Early Hints\r\nLink: "+strings.Repeat("x", 1000)+"\r\n\r\n", 0)
		}},
		{name: "head that drips", phase: PhaseFirstByte, kind: KindTimeout, say: func(w io.Writer) {
			fmt.Fprint(w, ok+"X-A: ")
			forever(w, "x", 20*time.Millisecond)
		}},
		{name: "body that drips", status: 200, phase: PhaseBody, kind: KindTimeout, say: func(w io.Writer) {
			fmt.Fprint(w, ok+"Content-Length: 100000\r\n\r\n")
			forever(w, "x", 20*time.Millisecond)
		}},
		{name: "nothing at all", phase: PhaseFirstByte, kind: KindTimeout, say: func(io.Writer) { time.Sleep(5 * time.Second) }},
		{name: "closed without a word", phase: PhaseFirstByte, kind: KindCut, say: func(io.Writer) {}},
		{name: "not HTTP", phase: PhaseFirstByte, kind: KindMalformed, say: func(w io.Writer) { fmt.Fprint(w, "SSH-2.0-OpenSSH_9\r\n\r\n") }},
		{name: "shorter than stated", status: 201, phase: PhaseBody, kind: KindCut, say: func(w io.Writer) {
			fmt.Fprint(w, "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"a\":1}")
		}},
		{name: "a large body, cut", status: 200, phase: PhaseBody, kind: KindCut, say: func(w io.Writer) {
			fmt.Fprintf(w, ok+"Content-Length: 900000\r\n\r\n%s", strings.Repeat("x", 800_000))
		}},
		{name: "a large body", status: 200, text: strings.Repeat("x", 900_000), say: func(w io.Writer) {
			fmt.Fprintf(w, ok+"Content-Length: 900000\r\n\r\n%s", strings.Repeat("x", 900_000))
		}},
		{name: "chunks without an end", status: 200, phase: PhaseBody, kind: KindCut, say: func(w io.Writer) {
			fmt.Fprint(w, ok+"Transfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n")
		}},
		{name: "ended by closing", status: 200, text: "whole?", fact: "a cut would not be noticed", say: func(w io.Writer) {
			fmt.Fprint(w, ok+"\r\nwhole?")
		}},
		{name: "HTTP/1.0", status: 200, text: "x", fact: "HTTP/1.0", say: func(w io.Writer) {
			fmt.Fprint(w, "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx")
		}},
		{name: "too deep", status: 200, text: strings.Repeat("[", 1002), undecodable: "deeper than 1000", say: func(w io.Writer) {
			fmt.Fprint(w, ok+"Content-Type: application/json\r\nContent-Length: 1002\r\n\r\n"+strings.Repeat("[", 1002))
		}},
	}
	for _, test := range tests {
		for _, act := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, act %v", test.name, act), func(t *testing.T) {
				t.Parallel()
				whole := 30 * time.Second // a busy machine must not turn what is too large into what is too late
				if test.kind == KindTimeout {
					whole = time.Second
				}
				client := New(Options{Whole: whole, MaxBody: 1 << 20})
				defer client.Close()
				reply := client.Send(context.Background(), Request{URL: speak(t, test.say), Act: act})
				phase, kind := "", ""
				if reply.Failure != nil {
					phase, kind = reply.Failure.Phase, reply.Failure.Kind
				}
				if phase != test.phase || kind != test.kind {
					t.Errorf("failed with %v (%s), want %s, %s", reply.Failure, kind, test.phase, test.kind)
				}
				if reply.Failure != nil && (!reply.Failure.Sent || reply.Body != nil || reply.Text != "") {
					t.Errorf("sent %v, body %v, text %q", reply.Failure.Sent, reply.Body, reply.Text)
				}
				if reply.Status != test.status || reply.Text != test.text || !strings.Contains(reply.Undecodable, test.undecodable) || (reply.Undecodable == "") != (test.undecodable == "") {
					t.Errorf("got %d %q, undecodable %q", reply.Status, reply.Text, reply.Undecodable)
				}
				if facts := strings.Join(reply.Exchange.Facts, "\n"); !strings.Contains(facts, test.fact) {
					t.Errorf("got facts %q, want %q", facts, test.fact)
				}
				if took := reply.SaidAt.Sub(reply.SentAt); took < 0 || took > whole+10*time.Second {
					t.Errorf("took %v", took)
				}
				if len(reply.Exchange.ReplyBody) > 64<<10 {
					t.Errorf("%d bytes are shown", len(reply.Exchange.ReplyBody))
				}
			})
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var strayed atomic.Int64
	second := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
	defer second.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, second.URL+"/x", status)
		}))
		client := New(Options{})
		for _, act := range []bool{false, true} {
			reply := client.Send(context.Background(), Request{
				Method: "POST", URL: first.URL, Body: []byte("{}"), Act: act, Origin: first.URL, Origins: []string{second.URL},
				Credential: Bearer(NewSecret("supersecret")),
			})
			if reply.Status != status || reply.Header.Get("Location") != second.URL+"/x" || reply.Failure != nil {
				t.Errorf("got %d to %q, %v; want %d", reply.Status, reply.Header.Get("Location"), reply.Failure, status)
			}
		}
		client.Close()
		first.Close()
	}
	if strayed.Load() != 0 {
		t.Errorf("%d requests went to the second host", strayed.Load())
	}
}

func TestWhatIsNeverSent(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("something arrived") }))
	defer server.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + free.Addr().String()
	_ = free.Close()
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	tests := []struct {
		name    string
		ctx     context.Context
		request Request
		kind    string
	}{
		{"another host in the header", context.Background(), Request{URL: server.URL, Header: http.Header{"host": {"evil.example"}}}, KindInvalid},
		{"user in the address", context.Background(), Request{URL: strings.Replace(server.URL, "//", "//u:p@", 1)}, KindInvalid},
		{"file", context.Background(), Request{URL: "file:///etc/passwd"}, KindInvalid},
		{"no method", context.Background(), Request{URL: server.URL, Method: "a b"}, KindInvalid},
		{"line feed in a header", context.Background(), Request{URL: server.URL, Header: http.Header{"X": {"a\r\nb: c"}}}, KindInvalid},
		{"nobody listens", context.Background(), Request{URL: nobody}, KindRefused},
		{"name that nobody has", context.Background(), Request{URL: "http://name.invalid"}, KindDNS},
		{"canceled before", canceled, Request{URL: server.URL}, KindCanceled},
	}
	client := New(Options{})
	defer client.Close()
	for _, test := range tests {
		for _, act := range []bool{false, true} {
			test.request.Act = act
			reply := client.Send(test.ctx, test.request)
			if reply.Failure == nil || reply.Failure.Kind != test.kind || reply.Failure.Sent || reply.Sends != 0 {
				t.Errorf("%s: got %v, kind %+v", test.name, reply.Failure, reply)
			}
		}
	}
}
