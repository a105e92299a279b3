package runner

import (
	"bytes"
	"io"
	"log"
)

// A hush stands before the writer of the standard logger and keeps back what Go's
// HTTP transport writes there: it quotes bytes of a provider that nobody asked for,
// and a provider may repeat a secret. Everything else is the user's, and passes.
type hush struct{ to io.Writer }

// hushed puts a hush before the standard logger of the process, which is state that
// only a test binary's suite may take hold of, until the function is called.
func hushed() (release func()) {
	before := log.Writer()
	h := &hush{before}
	log.SetOutput(h)
	return func() {
		if log.Writer() == io.Writer(h) { // else somebody has put another one there
			log.SetOutput(before)
		}
	}
}

// Write passes a line on, or takes it away.
func (h *hush) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("Unsolicited response received on idle HTTP channel")) {
		return len(line), nil
	}
	return h.to.Write(line)
}
