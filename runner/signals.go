package runner

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// signals are INT, TERM and HUP (a terminal that is closed) while Run has them. Ginkgo takes both, skips the
// specs that have not begun, and never gives them back; a run must clean up,
// and still has something to report.
type signals struct {
	ours    []os.Signal
	notices chan os.Signal
	count   atomic.Int32
	stopped chan struct{}   // closed when the engine has stopped on the first one
	limit   context.Context // ends when nothing is waited for any more
	cancel  context.CancelFunc
}

// impatience is how long cells may take to come to their end once cleaning up
// is abandoned.
const impatience = 2 * time.Second

// ownSignals takes the signals: the first stops the engine's cells, which clean
// up; the second abandons that; a third, or two seconds, ends limit and with it
// all waiting.
func ownSignals(e Engine) *signals {
	limit, cancel := context.WithCancel(context.Background())
	s := &signals{ours: taken(), notices: make(chan os.Signal, 3), stopped: make(chan struct{}), limit: limit, cancel: cancel}
	signal.Notify(s.notices, s.ours...)
	go func() {
		for range s.notices {
			switch s.count.Add(1) {
			case 1:
				go func() {
					defer close(s.stopped)
					e.Stop(ErrInterrupted)
				}()
			case 2:
				e.Abandon()
				time.AfterFunc(impatience, cancel)
			default:
				cancel()
			}
		}
	}()
	return s
}

// taken are the signals that end a run. What the run was started to ignore, as
// nohup has it ignore HUP, stays ignored.
func taken() []os.Signal {
	ours := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		ours = append(ours, syscall.SIGHUP)
	}
	return ours
}

// take takes the signals back from Ginkgo. They are ignored first, which is how
// Go removes other people's handlers; there is no moment in which one would
// kill the process. One that comes in that very instant is lost, as Go knows no
// other way: whoever pressed Ctrl-C just as the run began presses it again.
func (s *signals) take() {
	signal.Ignore(s.ours...)
	signal.Notify(s.notices, s.ours...)
}

// seen says whether a signal came.
func (s *signals) seen() bool { return s.count.Load() > 0 }

// release waits for the clean-up that a first signal has begun, within limit, and
// gives the signals back to their default effect.
func (s *signals) release() {
	if s.seen() {
		select {
		case <-s.stopped:
		case <-s.limit.Done():
		}
	}
	signal.Stop(s.notices)
	close(s.notices)
	signal.Reset(s.ours...)
}
