package wire

import (
	"strings"
	"sync"
)

// Log takes the lines of the standard logger, see the package comment. The command hands it to log.SetOutput; it keeps the
// last lines, masked. The zero value masks nothing.
type Log struct {
	Redactor *Redactor

	mu    sync.Mutex
	lines []string
}

// maxLines bounds what a noisy provider can make a Log keep.
const maxLines = 100

// Write keeps one line; it never fails.
func (l *Log) Write(line []byte) (int, error) {
	text := strings.TrimSuffix(string(line), "\n")
	if l.Redactor != nil {
		text = l.Redactor.MaskText(text)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines = append(l.lines, clip(text, 400)); len(l.lines) > maxLines {
		l.lines = l.lines[1:]
	}
	return len(line), nil
}

// Lines gives what was kept, oldest first.
func (l *Log) Lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.lines...)
}
