package wire

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
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
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
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
	defer connection.Close()
	if _, err := io.ReadFull(connection, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	framer := http2.NewFramer(connection, connection)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if framer.WriteSettings() != nil {
		return
	}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				_ = framer.WriteSettingsAck()
			}
		case *http2.MetaHeadersFrame:
			c.mu.Lock()
			c.arrived[frame.PseudoValue("path")]++
			c.mu.Unlock()
			if !answer(framer, frame.StreamID) {
				return
			}
		}
	}
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
