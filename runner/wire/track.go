package wire

import (
	"net/http/httptrace"
	"sync"
	"time"
)

// track follows one exchange over the line: how far it came, when it left and how often. The transport calls it from its
// own goroutines.
type track struct {
	mu      sync.Mutex
	phase   string
	sentAt  time.Time
	sends   int
	writing bool // the attempt under way has begun to write
	settled bool // a connection is ours; dials still under way are none of our business
}

func newTrack() *track { return &track{phase: PhaseDial, sentAt: time.Now()} }

// trace hangs the track into a context. Written header fields are counted, not written requests: a request of which one
// line went out may have been understood.
func (t *track) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		TLSHandshakeStart: func() { t.connecting(PhaseTLS) },
		GotConn:           func(httptrace.GotConnInfo) { t.connected() },
		WroteHeaderField:  func(string, []string) { t.writes() },
		WroteRequest:      func(done httptrace.WroteRequestInfo) { t.wrote(done.Err) },
	}
}

func (t *track) connecting(phase string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.settled {
		t.phase = phase
	}
}

// connected starts an attempt. Its moment, not the later one of the first write, is SentAt: a reading must not claim to be
// younger than it is.
func (t *track) connected() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settled, t.writing = true, false
	t.phase, t.sentAt = PhaseWrite, time.Now()
}

func (t *track) writes() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.writing {
		t.writing = true
		t.sends++
	}
}

func (t *track) wrote(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.phase = PhaseFirstByte
	}
}

func (t *track) now() (phase string, sentAt time.Time, sends int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.phase, t.sentAt, t.sends
}
