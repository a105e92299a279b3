package wire

import (
	"crypto/tls"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"
)

// refuser speaks just enough HTTP/2 to answer every stream with REFUSED_STREAM, which promises that nothing was done and
// so invites a replay.
type refuser struct {
	net.Listener
	streams atomic.Int64
}

func newRefuser(t *testing.T, certificate, key []byte) *refuser {
	t.Helper()
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	r := &refuser{Listener: listener}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := r.Accept()
			if err != nil {
				return
			}
			go r.refuse(connection)
		}
	}()
	return r
}

func (r *refuser) refuse(connection net.Conn) {
	defer connection.Close()
	if _, err := io.ReadFull(connection, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	framer := http2.NewFramer(connection, connection)
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
		case *http2.HeadersFrame:
			r.streams.Add(1)
			_ = framer.WriteRSTStream(frame.StreamID, http2.ErrCodeRefusedStream)
		}
	}
}
