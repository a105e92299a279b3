package journal

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// childFolder names the folder in which a child process of TestKill keeps its journal.
const childFolder = "POLYGRAPH_JOURNAL_TEST_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		os.Exit(child(dir))
	}
	os.Exit(m.Run())
}

// child appends intents from four goroutines, and tells each that is on disk, until
// it is killed.
func child(dir string) int {
	j, err := Open(dir, "7f3a", header())
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d.%d", worker, i)
				if err := j.Append(intent(id)); err != nil {
					fmt.Println("error", err)
					return
				}
				os.Stdout.WriteString(id + "\n") // one write: lines of the four do not mix
			}
		})
	}
	group.Wait()
	return 1
}

// A process that appends is killed at 200 random moments. Every intent that it was
// told is on disk is in the file, and its lock is gone with it.
func TestKill(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	turns := make(chan time.Duration, 200)
	for range cap(turns) {
		turns <- time.Duration(random.IntN(40_000)) * time.Microsecond
	}
	close(turns)
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		told  int
	)
	for range 4 {
		group.Go(func() {
			for wait := range turns {
				n := killed(t, wait)
				mu.Lock()
				told += n
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if told == 0 {
		t.Error("no child ever came to append anything: the test proves nothing")
	}
	t.Logf("%d intents told", told)
}

// killed starts a child, kills it after a while, maybe before its first word,
// reads its journal, and gives the number of intents that it told.
func killed(t *testing.T, wait time.Duration) int {
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Error(err)
		return 0
	}
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), childFolder+"="+dir)
	out, err := process.StdoutPipe()
	if err == nil {
		err = process.Start()
	}
	if err != nil {
		t.Error(err)
		return 0
	}
	time.AfterFunc(wait, func() { _ = process.Process.Kill() })
	var told []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		told = append(told, lines.Text())
	}
	_ = process.Wait() // it was killed
	keepsTold(t, filepath.Join(dir, "7f3a.log"), told)
	return len(told)
}

func keepsTold(t *testing.T, path string, told []string) {
	if _, err := os.Stat(path); err != nil && len(told) == 0 {
		return // it was killed before it began
	}
	if !Dead(path) {
		t.Error("the lock outlives the process")
	}
	c, err := Read(path)
	if err != nil {
		t.Error(err)
		return
	}
	kept := map[string]bool{}
	for _, thing := range c.State().Things() {
		kept[thing.ID] = true
	}
	for _, id := range told {
		if !kept[id] {
			t.Errorf("intent %s was told and is not in the file (damage %v)", id, c.Damage)
		}
	}
	if c.Lost > 0 {
		t.Errorf("lost %d: %v", c.Lost, c.Damage)
	}
}
