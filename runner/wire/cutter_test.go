package wire

import (
	"crypto/x509"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// cutter speaks HTTP/2, counts what arrives, and ends streams and connections where the mood takes it, often with the
// promise that nothing was done.
type cutter struct {
	net.Listener
	trust   *x509.CertPool
	mu      sync.Mutex
	arrived map[string]int
	wait    sync.WaitGroup
}

func newCutter(t *testing.T) *cutter {
	t.Helper()
	certificate, key := issue(t, "127.0.0.1", time.Now().Add(24*time.Hour))
	listener := listenHTTP2(t, certificate, key)
	c := &cutter{Listener: listener, trust: trusting(t, certificate), arrived: map[string]int{}}
	c.wait.Go(func() {
		for {
			connection, err := c.Accept()
			if err != nil {
				return
			}
			c.wait.Go(func() { c.serve(connection) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		c.wait.Wait()
	})
	return c
}

func (c *cutter) origin() string        { return "https://" + c.Addr().String() }
func (c *cutter) roots() *x509.CertPool { return c.trust }

func (c *cutter) times(path string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.arrived[path]
}

func (c *cutter) serve(connection net.Conn) {
	readFrames(connection, func(framer *http2.Framer, frame *http2.MetaHeadersFrame) bool {
		c.mu.Lock()
		c.arrived[frame.PseudoValue("path")]++
		c.mu.Unlock()
		return answer(framer, frame.StreamID)
	})
}

// answer ends a stream in one of many ways; false when the connection is over, too.
func answer(framer *http2.Framer, stream uint32) bool {
	ok := []byte{0x88} // :status 200, in the static table of HPACK
	head := func(ends bool) {
		_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: ok, EndHeaders: true, EndStream: ends})
	}
	switch rand.IntN(8) {
	case 0:
		_ = framer.WriteRSTStream(stream, http2.ErrCodeRefusedStream) // "safe to send again" (RFC 9113, 8.7)
	case 1:
		_ = framer.WriteRSTStream(stream, http2.ErrCodeInternal)
	case 2:
		_ = framer.WriteGoAway(0, http2.ErrCodeNo, nil) // "no stream was processed"
		return false
	case 3:
		return false
	case 4: // within the body
		head(false)
		_ = framer.WriteData(stream, false, []byte("o"))
		return false
	default:
		head(false)
		_ = framer.WriteData(stream, true, []byte("ok"))
	}
	return true
}
