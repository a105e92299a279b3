package lock

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func open(t *testing.T, path string) *os.File {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func TestOneHolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "held")
	first, second := open(t, path), open(t, path)
	if err := Try(first); err != nil {
		t.Fatal(err)
	}
	if err := Try(second); !errors.Is(err, ErrHeld) {
		t.Fatalf("two hold it: %v", err)
	}
	got := make(chan error, 1)
	go func() { got <- Wait(second) }()
	select {
	case err := <-got:
		t.Fatalf("did not wait: %v", err)
	case <-time.After(30 * time.Millisecond):
	}
	first.Close()
	if err := <-got; err != nil {
		t.Error(err)
	}
}

// TestKilledHolder is its own other process.
func TestKilledHolder(t *testing.T) {
	if path := os.Getenv("POLYGRAPH_TEST_HOLD"); path != "" {
		if err := Wait(open(t, path)); err != nil {
			t.Fatal(err)
		}
		open(t, path+".ready")
		time.Sleep(time.Minute)
		return
	}
	path := filepath.Join(t.TempDir(), "held")
	other := exec.Command(os.Args[0], "-test.run", "^TestKilledHolder$")
	other.Env = append(os.Environ(), "POLYGRAPH_TEST_HOLD="+path)
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if _, err := os.Stat(path + ".ready"); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	mine := open(t, path)
	if err := Try(mine); !errors.Is(err, ErrHeld) {
		t.Errorf("the other process does not hold it: %v", err)
	}
	_ = other.Process.Kill()
	_ = other.Wait()
	if err := Wait(mine); err != nil {
		t.Errorf("a killed process still holds it: %v", err)
	}
}
