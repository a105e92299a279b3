package wire

import (
	"bufio"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
)

// hostile is a server by hand that counts what arrives and cuts connections where the mood takes it.
type hostile struct {
	net.Listener
	mu      sync.Mutex
	arrived map[string]int
	wait    sync.WaitGroup
}

func newHostile(t *testing.T) *hostile {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{Listener: listener, arrived: map[string]int{}}
	h.wait.Go(h.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		h.wait.Wait()
	})
	return h
}

func (h *hostile) accept() {
	for {
		connection, err := h.Accept()
		if err != nil {
			return
		}
		h.wait.Go(func() { h.serve(connection) })
	}
}

func (h *hostile) serve(connection net.Conn) {
	defer connection.Close()
	if rand.IntN(10) == 0 {
		return // after accept
	}
	reader := bufio.NewReader(connection)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		h.mu.Lock()
		h.arrived[request.URL.Path]++
		h.mu.Unlock()
		_, _ = io.Copy(io.Discard, request.Body)
		switch rand.IntN(4) {
		case 0: // before the reply
			return
		case 1: // within it
			fmt.Fprint(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
			return
		case 2: // by a reset
			_ = connection.(*net.TCPConn).SetLinger(0)
			return
		}
		fmt.Fprint(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	}
}

func (h *hostile) times(path string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.arrived[path]
}

func (h *hostile) origin() string { return "http://" + h.Addr().String() }

// replayable are requests that Go's transport takes for idempotent, and one that it does not.
var replayable = []Request{
	{Method: "GET"},
	{Method: "DELETE"},
	{Method: "PUT", Body: []byte(`{"a":1}`)},
	{Method: "POST", Body: []byte(`{"a":1}`)},
	{Method: "POST", Body: []byte(`{"a":1}`), Header: http.Header{"Idempotency-Key": {"k"}}},
	{Method: "POST", Header: http.Header{"X-Idempotency-Key": {"k"}}},
	{Method: "DELETE", Header: http.Header{"Idempotency-Key": {"k"}}},
}

// A cutting server counts what arrives at each path and cuts connections.
type cutting interface {
	times(path string) int
	origin() string
	roots() *x509.CertPool // nil for one that speaks plainly
}

func (h *hostile) roots() *x509.CertPool { return nil }

func TestActArrivesAtMostOnce(t *testing.T) {
	sendMany(t, newHostile(t), many(10_000), 32)
}

func TestActArrivesAtMostOnceOverHTTP2(t *testing.T) {
	sendMany(t, newCutter(t), many(500), 256) // its reads wait before they are replayed
}

// many is how many acts are sent: 100,000 with POLYGRAPH_SOAK=1.
func many(plainly int) int {
	if os.Getenv("POLYGRAPH_SOAK") != "" {
		return 100_000
	}
	return plainly
}

// sendMany sends acts side by side, each with a read before it, and counts at the server.
func sendMany(t *testing.T, server cutting, acts, atOnce int) {
	t.Helper()
	client := New(Options{Roots: server.roots()})
	defer client.Close()
	var count tally
	var mu sync.Mutex
	numbers := make(chan int)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for n := range numbers {
				one := sendOnce(t, client, server, n)
				mu.Lock()
				count.add(one)
				mu.Unlock()
			}
		})
	}
	for n := range acts {
		numbers <- n
	}
	close(numbers)
	workers.Wait()
	t.Logf("%d acts: %d arrived, 0 twice unless said above; %d answered, %d cut, %d of those had arrived; %d reads were replayed",
		acts, count.arrived, count.answered, count.cut, count.lost, count.replayed)
	if count.cut == 0 || count.answered == 0 || count.lost == 0 || count.replayed == 0 && acts >= 10_000 {
		t.Error("the server does not cut as it should: the test shows nothing")
	}
}

// A tally counts what became of acts.
type tally struct{ arrived, answered, cut, lost, replayed int }

func (c *tally) add(one tally) {
	c.arrived, c.answered, c.cut = c.arrived+one.arrived, c.answered+one.answered, c.cut+one.cut
	c.lost, c.replayed = c.lost+one.lost, c.replayed+one.replayed
}

func sendOnce(t *testing.T, client *Client, server cutting, n int) (one tally) {
	// Reads fill the pool with connections that an act must not take.
	read := fmt.Sprintf("/read/%d", n)
	client.Send(context.Background(), Request{URL: server.origin() + read})
	act := replayable[n%len(replayable)]
	act.Act, act.URL = true, fmt.Sprintf("%s/act/%d", server.origin(), n)
	reply := client.Send(context.Background(), act)
	arrived := server.times(fmt.Sprintf("/act/%d", n))
	if arrived > 1 || reply.Sends > 1 {
		t.Errorf("%s act %d arrived %d times, sends says %d", act.Method, n, arrived, reply.Sends)
	}
	if arrived > reply.Sends {
		t.Errorf("act %d arrived, and sends says %d", n, reply.Sends)
	}
	if arrived == 1 && reply.Failure != nil && !reply.Failure.Sent {
		t.Errorf("act %d arrived, and its failure says that it was not sent: %v", n, reply.Failure)
	}
	if reply.Failure == nil && reply.Text != "ok" {
		t.Errorf("act %d: no failure and text %q", n, reply.Text)
	}
	one.arrived = arrived
	switch {
	case reply.Failure == nil:
		one.answered = 1
	default:
		one.cut, one.lost = 1, arrived
	}
	if server.times(read) > 1 {
		one.replayed = 1
	}
	return one
}

// TestPlainTransportWouldReplay shows that the server above does bring a transport to replay: without it the test of acts
// would prove nothing.
func TestPlainTransportWouldReplay(t *testing.T) {
	server := newHostile(t)
	client := New(Options{})
	defer client.Close()
	for n := range 5000 {
		path := fmt.Sprintf("/read/%d", n)
		client.Send(context.Background(), Request{URL: server.origin() + path})
		if server.times(path) > 1 {
			return
		}
	}
	t.Error("no read of 5000 was replayed")
}
