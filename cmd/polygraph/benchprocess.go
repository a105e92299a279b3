package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// A benchSandbox is the sandbox of one measurement, in a process of its own.
type benchSandbox struct {
	address  string
	cmd      *exec.Cmd
	in       io.Closer // closed to end it
	out      *bufio.Reader
	problems bytes.Buffer
}

func startBenchSandbox(ctx context.Context, program string, cells int, settle time.Duration) (*benchSandbox, error) {
	s := &benchSandbox{cmd: exec.CommandContext(ctx, program, "bench", "--part", partSandbox,
		"--cells", strconv.Itoa(cells), "--settle", settle.String())}
	s.cmd.Stderr = &s.problems
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.in, s.out = in, bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := s.out.ReadString('\n')
	if err != nil {
		s.kill()
		return nil, fmt.Errorf("%w: %s", err, &s.problems)
	}
	s.address = strings.TrimSpace(line)
	return s, nil
}

// end has the sandbox say what it saw, and waits for its end.
func (s *benchSandbox) end() (seen benchSeen, err error) {
	_ = s.in.Close() // a sandbox that is gone says nothing, which is the error
	said, err := io.ReadAll(s.out)
	if err == nil {
		err = json.Unmarshal(said, &seen)
	}
	if ended := s.cmd.Wait(); ended != nil {
		err = fmt.Errorf("%w: %s", ended, &s.problems)
	}
	return seen, err
}

// kill ends a sandbox that nobody waits for; one that has ended is left alone.
func (s *benchSandbox) kill() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
}

// runBenchSide runs one side in a process of its own, in a folder that holds the suite.
func runBenchSide(ctx context.Context, program, side, dir, server string, cells int) (run benchRun, err error) {
	args := []string{"bench", "--part", side, "--server", server, "--cells", strconv.Itoa(cells)}
	if side == sideCommand {
		args = []string{"run", benchSuite}
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return run, fmt.Errorf("%w: %s%s", err, shortened(out.String()), shortened(problems.String()))
	}
	if side != sideCommand {
		return run, json.Unmarshal(out.Bytes(), &run)
	}
	run.Wall = time.Since(start)
	run.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	run.Peak = peakOf(cmd.ProcessState)
	return run, nil // it ended with 0: every verdict is kept
}

// shortened is the beginning of what a process printed.
func shortened(text string) string {
	if len(text) > 4000 {
		return text[:4000] + "…"
	}
	return text
}
