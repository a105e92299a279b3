//go:build unix

package runner

import (
	"os/exec"
	"syscall"
	"testing"
)

// ^C reaches every process of ginkgo -p.
func TestInterruptedProcesses(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cmd, wait := beginWith(t, c, func(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }, "slow", "ginkgo", "--procs=2")
	c.await(t, "act", 12)
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	got := wait()
	if got.code == 0 || c.count("act") != 12 || c.count("clean-up") != 12 || c.count("ended") != 1 {
		t.Errorf("exit code %d, counts %v\n%s", got.code, c.all(), got.out)
	}
	cleanedBeforeAfterSuite(t, c)
}
