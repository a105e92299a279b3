package wire

import (
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
	r := &refuser{Listener: listenHTTP2(t, certificate, key)}
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
	readFrames(connection, func(framer *http2.Framer, frame *http2.MetaHeadersFrame) bool {
		r.streams.Add(1)
		return framer.WriteRSTStream(frame.StreamID, http2.ErrCodeRefusedStream) == nil
	})
}
