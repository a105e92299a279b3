package journal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A gatedDisk holds its first sync of a file, after the header's, until it is let go.
type gatedDisk struct {
	Disk
	syncs atomic.Int32
	gate  chan struct{}
}

func (d *gatedDisk) Create(path string) (File, error) {
	file, err := d.Disk.Create(path)
	return &gatedFile{file, d}, err
}

type gatedFile struct {
	File
	disk *gatedDisk
}

func (f *gatedFile) Sync() error {
	if f.disk.syncs.Add(1) == 2 {
		<-f.disk.gate
	}
	return f.File.Sync()
}

// A thousand intents that come while the disk is busy are on disk after one more sync.
func TestOneSyncServesAllThatWait(t *testing.T) {
	disk := &gatedDisk{Disk: RealDisk(), gate: make(chan struct{})}
	j, err := OpenOn(disk, t.TempDir(), "7f3a", header())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	var group sync.WaitGroup
	begin := func(i int) {
		group.Go(func() {
			if err := j.Append(intent(fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
	}
	begin(0)
	until(t, func() bool { return disk.syncs.Load() == 2 })
	for i := range 1000 {
		begin(i + 1)
	}
	until(t, func() bool { return len(j.Things()) == 1001 })
	close(disk.gate)
	group.Wait()
	if got := disk.syncs.Load(); got != 3 {
		t.Errorf("%d syncs, want 3: the header's, the first intent's, everybody else's", got)
	}
	if got := len(readBack(t, j.Path()).Records); got != 1001 {
		t.Errorf("%d records on disk", got)
	}
}

func until(t *testing.T, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come to pass")
		}
	}
}

// What is noted reaches the file without a sync, and never overtakes.
func TestNoteDoesNotWaitForTheDisk(t *testing.T) {
	disk := &gatedDisk{Disk: RealDisk(), gate: make(chan struct{})}
	close(disk.gate)
	j, err := OpenOn(disk, t.TempDir(), "7f3a", header())
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, intent("a"))
	before := disk.syncs.Load()
	want := []Record{intent("a"), Replied{ID: "a", Status: 201, Key: "1"}, Made{"a", "1"}}
	for _, record := range want[1:] {
		if err := j.Note(record); err != nil {
			t.Fatal(err)
		}
	}
	until(t, func() bool { return cmp.Equal(readBack(t, j.Path()).Records, want) })
	if got := disk.syncs.Load(); got != before {
		t.Errorf("%d syncs for notes", got-before)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if got := disk.syncs.Load(); got != before+1 {
		t.Errorf("%d syncs by Close, want 1", got-before)
	}
	for _, record := range []Record{intent("b"), Deleting{"a", "1"}} {
		if err := j.Note(record); !errors.Is(err, ErrImpossible) {
			t.Errorf("noted %s: %v", record.kind(), err)
		}
	}
}

// faults are the ways in which an operation of a disk fails.
func faults() map[string]error {
	return map[string]error{"EIO": syscall.EIO, "ENOSPC": syscall.ENOSPC, "EROFS": syscall.EROFS, "EACCES": syscall.EACCES, "short write": nil}
}

// Whichever operation of the disk fails, and however: what Append said is on disk
// is in the file, nothing is accepted after the first failure, and no file goes
// while something is there.
func TestEveryOperationFails(t *testing.T) {
	for name, err := range faults() {
		t.Run(name, func(t *testing.T) {
			for n := 1; ; n++ {
				disk := &faultyDisk{Disk: RealDisk(), fault: fault{n: n, err: err}}
				dir := t.TempDir()
				said, failed := tell(t, disk, dir)
				if !disk.hit {
					if failed != nil || n < 25 {
						t.Fatalf("%d operations, %v without a fault", n, failed)
					}
					return
				}
				if err != nil && failed != nil && !errors.Is(failed, err) {
					t.Fatalf("operation %d: got %v", n, failed)
				}
				if len(said) > 0 {
					keeps(t, n, readBack(t, dir+"/7f3a.log"), said)
				}
			}
		})
	}
}

// tell runs through a story that leaves something behind, and gives what Append
// said is on disk, and the first error.
func tell(t *testing.T, disk Disk, dir string) (said []Record, first error) {
	j, err := OpenOn(disk, dir, "7f3a", header())
	if err != nil {
		return nil, err
	}
	for _, record := range story() {
		err := j.Append(record)
		var broken *BrokenError
		switch {
		case first != nil && !errors.Is(err, first):
			t.Fatalf("got %v after %v", err, first)
		case err != nil && !errors.As(err, &broken):
			t.Fatalf("got %v", err)
		case err == nil:
			said = append(said, record)
		case first == nil:
			first = err
		}
	}
	if !errors.Is(j.Err(), first) {
		t.Fatalf("Err is %v, want %v", j.Err(), first)
	}
	err = j.Close()
	if first == nil {
		return said, err
	}
	if !errors.Is(err, first) {
		t.Fatalf("Close gives %v, want %v", err, first)
	}
	return said, first
}

// keeps sees that what was said is there, in order, and no more than was tried.
func keeps(t *testing.T, n int, c *Contents, said []Record) {
	t.Helper()
	if len(c.Records) < len(said) || !cmp.Equal(c.Records[:len(said)], said) {
		t.Fatalf("operation %d: said %v, kept %v", n, said, c.Records)
	}
	if !cmp.Equal(c.Records, story()[:len(c.Records)]) {
		t.Fatalf("operation %d: invented: %v", n, c.Records)
	}
}

func TestBrokenSaysWhatToDo(t *testing.T) {
	disk := &faultyDisk{Disk: RealDisk()}
	j, err := OpenOn(disk, t.TempDir(), "7f3a", header())
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, intent("a"))
	disk.fault = fault{n: disk.count + 2, err: syscall.ENOSPC} // the sync
	err = j.Append(intent("b"))
	want := "journal " + j.Path() + " cannot be written, so nothing more is sent: sync: no space left on device; make room or make the folder writable, then run polygraph sweep"
	if err == nil || err.Error() != want {
		t.Fatalf("got %v\nwant %s", err, want)
	}
	if again := j.Note(Replied{ID: "a", Status: 201, Key: "1"}); again != err {
		t.Errorf("later: %v", again)
	}
	if diff := cmp.Diff([]string{"a/:intended"}, names(j.Things())); diff != "" {
		t.Errorf("an intent that nothing was sent for: %s", diff)
	}
	if err := j.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Close: %v", err)
	}
	if got := readBack(t, j.Path()).Records; len(got) == 0 || !strings.HasSuffix(j.Path(), "7f3a.log") {
		t.Error("the file of a broken journal is gone")
	}
}

// The power fails at any operation while many append: what Append said is on disk
// survives it, whatever becomes of the rest.
func TestPowerCut(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for n := 1; n <= 120; n++ {
		ram := &ramDisk{}
		disk := &faultyDisk{Disk: ram, fault: fault{n: n, err: syscall.EIO, stays: true}}
		said := appendTogether(disk)
		after := ram.cut(random)
		if len(said) > 0 && !after.there {
			t.Fatalf("operation %d: the file is gone", n)
		}
		kept := map[string]bool{}
		for _, thing := range parse(after.text).State().Things() {
			kept[thing.ID] = true
		}
		for _, id := range said {
			if !kept[id] {
				t.Fatalf("operation %d: intent %s is lost", n, id)
			}
		}
	}
}

// appendTogether appends from eight goroutines and gives the intents that are said
// to be on disk.
func appendTogether(disk Disk) []string {
	j, err := OpenOn(disk, "journal", "7f3a", header())
	if err != nil {
		return nil
	}
	var (
		mu    sync.Mutex
		said  []string
		group sync.WaitGroup
	)
	for worker := range 8 {
		group.Go(func() {
			for i := range 10 {
				id := fmt.Sprintf("%d.%d", worker, i)
				if j.Append(intent(id)) != nil {
					return
				}
				mu.Lock()
				said = append(said, id)
				mu.Unlock()
				_ = j.Note(Replied{ID: id, Status: 201, Key: id})
			}
		})
	}
	group.Wait()
	_ = j.Close()
	return said
}
