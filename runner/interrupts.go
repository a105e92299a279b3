package runner

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// interrupts are the signals that end a suite of the Go door, as far as they are our
// business. Ginkgo has INT and TERM: the first ends the spec that runs, and with it
// our cells, which clean up. Three things are left to do:
//
//   - the second means now: cleaning up is abandoned, and the rest is for the journal;
//   - HUP, from a terminal that is closed, is no signal of Ginkgo's and would kill the
//     process without any clean-up, so it is passed on as INT;
//   - whoever read our output may have died of the same signal. Writing to nobody
//     must not kill the process while it cleans up, which is what a Go program does of
//     itself that has not asked for PIPE.
type interrupts struct {
	notices chan os.Signal
	over    sync.WaitGroup
}

// mindInterrupts calls abandon on the second interrupt. Release it when the suite ends.
func mindInterrupts(abandon func()) *interrupts {
	i := &interrupts{notices: make(chan os.Signal, 8)}
	signal.Notify(i.notices, append(taken(), syscall.SIGPIPE)...)
	i.over.Go(func() {
		n := 0
		for notice := range i.notices {
			switch notice {
			case syscall.SIGPIPE:
			case syscall.SIGHUP:
				interruptSelf()
			default:
				if n++; n == 2 {
					abandon()
				}
			}
		}
	})
	return i
}

func (i *interrupts) release() {
	signal.Stop(i.notices)
	close(i.notices)
	i.over.Wait()
}

// interruptSelf sends this process what ^C would. Where that cannot be done (Windows
// cannot, and has no HUP either) the signal is left to whoever sent it.
func interruptSelf() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Signal(os.Interrupt)
	}
}
