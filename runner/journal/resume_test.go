package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// leave leaves the journal of a run that was cut short.
func leave(t testing.TB, file []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "7f3a.log")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOnlyOneHoldsAJournal(t *testing.T) {
	run := start(t)
	appendAll(t, run, intent("a"))
	if Dead(run.Path()) {
		t.Error("a live run passes for dead")
	}
	if _, err := Resume(run.Path()); !errors.Is(err, ErrLive) {
		t.Errorf("resume of a live run: %v", err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	if !Dead(run.Path()) {
		t.Error("a run that is over passes for alive")
	}
	first, err := Resume(run.Path())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Resume(run.Path()); !errors.Is(err, ErrLive) {
		t.Errorf("a second sweep: %v", err)
	}
	appendAll(t, first, Removed{"a", "", NeverMade})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Resume(run.Path()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a sweep of what is swept: %v", err)
	}
	if Dead(run.Path()) {
		t.Error("what is not there passes for a dead run's")
	}
}

// A sweep that opened the file before another one finished it does not get it.
func TestResumeOfAFileThatLostItsPlace(t *testing.T) {
	path := leave(t, text(t, intent("a")))
	file, err := RealDisk().Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text(t), 0o600); err != nil { // another run's, by the same name
		t.Fatal(err)
	}
	if _, err := resume(RealDisk(), path, file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// A journal that the disk keeps from us is not one that is gone: a sweep would say
// that there is nothing to do.
func TestResumeFromAWornDisk(t *testing.T) {
	path := leave(t, text(t, intent("a")))
	for n := 1; ; n++ {
		disk := &faultyDisk{Disk: RealDisk(), fault: fault{n: n, err: syscall.EIO}}
		j, err := ResumeOn(disk, path)
		if err == nil {
			defer j.Close()
			if len(j.Things()) != 1 || disk.hit || n < 4 {
				t.Errorf("operation %d: %v, hit %v", n, j.Things(), disk.hit)
			}
			return
		}
		if errors.Is(err, fs.ErrNotExist) || !errors.Is(err, syscall.EIO) {
			t.Errorf("operation %d: %v", n, err)
		}
	}
}

func TestResumeGoesOnWhereTheRunStopped(t *testing.T) {
	whole := text(t, intent("a"), Made{"a", "1"}, intent("b"))
	torn := lineOf(t, "7f3a", 5, Made{"b", "2"})[:30]
	next := append([]byte("x"), lineOf(t, "7f3a", 5, Made{"b", "2"})...)
	finish := []Record{Removed{"b", "", NeverMade}, Deleting{"a", "1"}, Removed{"a", "1", ReadBackGone}}
	for _, row := range []struct {
		name   string
		file   []byte
		lost   int
		things []string
	}{
		{"whole", whole, 0, []string{"b/:intended", "a/1:seen"}},
		{"torn", append(append([]byte{}, whole...), torn...), 0, []string{"b/:intended", "a/1:seen"}},
		{"with a bad record at the end", append(append([]byte{}, whole...), next...), 1, []string{"b/:intended", "a/1:seen"}},
		{"without its header", whole[1:], 1, []string{"b/:intended", "a/1:seen"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := leave(t, row.file)
			for range 3 { // a sweep that comes to nothing leaves things as they were
				j, err := Resume(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(row.things, names(j.Things())); diff != "" || j.Contents().Lost != row.lost {
					t.Fatalf("lost %d: %s", j.Contents().Lost, diff)
				}
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
			}
			j, err := Resume(path)
			if err != nil {
				t.Fatal(err)
			}
			appendAll(t, j, finish...)
			c := readBack(t, path)
			if got := len(c.Records); got != 6 || c.Lost != row.lost || len(c.State().Things()) != 0 {
				t.Errorf("%d records, lost %d, damage %v", got, c.Lost, c.Damage)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) != (row.lost == 0) {
				t.Errorf("with %d records lost, stat gives %v", row.lost, err)
			}
		})
	}
}

func TestResumeOfWhatHoldsNothing(t *testing.T) {
	for name, file := range map[string][]byte{"empty": nil, "half a header": text(t)[:50]} {
		t.Run(name, func(t *testing.T) {
			j, err := Resume(leave(t, file))
			if err != nil {
				t.Fatal(err)
			}
			if j.Run() != "7f3a" || len(j.Things()) != 0 {
				t.Errorf("run %q, things %v", j.Run(), j.Things())
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(j.Path()); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("stat gives %v", err)
			}
		})
	}
}

func TestResumeOfANewerForm(t *testing.T) {
	newer := header()
	newer.Version = version + 1
	_, err := Resume(leave(t, lineOf(t, "7f3a", 1, newer)))
	if err == nil || !Dead(leave(t, nil)) {
		t.Fatalf("got %v", err)
	}
}

// A world is what stands on a provider: identity → marker.
type world struct {
	t       *testing.T
	things  map[string]string
	deleted map[string]int
}

func newWorld(t *testing.T) *world {
	return &world{t: t, deleted: map[string]int{}, things: map[string]string{
		"1": "pga", "2": "pga", "3": "pgb", "4": "pgc", "foreign": "", "prefixed": "pg-like", "another's": "pgelsewhere"}}
}

// sweep removes what a journal says is there, as a sweep does: search, record,
// delete, record. It stops where the journal breaks.
func (w *world) sweep(j *Journal) error {
	for _, thing := range j.Things() {
		found := 0
		for key, marker := range w.things {
			if marker == thing.Marker {
				found++
				if err := j.Append(Made{thing.ID, key}); err != nil {
					return err
				}
			}
		}
		if found == 0 && thing.Key == "" {
			if err := j.Append(Removed{thing.ID, "", NeverMade}); err != nil {
				return err
			}
		}
	}
	for _, thing := range j.Things() {
		if marker, there := w.things[thing.Key]; there && marker == thing.Marker {
			if err := j.Append(Deleting{thing.ID, thing.Key}); err != nil {
				return err
			}
			w.deleted[thing.Key]++
			delete(w.things, thing.Key)
		}
		if err := j.Append(Removed{thing.ID, thing.Key, ReadBackGone}); err != nil {
			return err
		}
	}
	return j.Close()
}

// A sweep is killed at any operation of its disk, and once more; the third
// finishes. Nothing of ours is left, nothing else is touched, nothing is deleted twice.
func TestSweepCanBeKilledAnywhere(t *testing.T) {
	file := text(t, intent("a"), Replied{ID: "a", Status: 201, Key: "1"}, intent("b"), intent("c"), Made{"c", "4"}, Deleting{"c", "4"}, intent("d"))
	file = append(file, "7f3a 9 0123"...)
	for n, hit := 1, true; hit; n++ {
		w, path := newWorld(t), leave(t, file)
		for _, at := range []int{n, n/2 + 1} {
			disk := &faultyDisk{Disk: RealDisk(), fault: fault{n: at, err: syscall.EIO, stays: true}}
			if j, err := ResumeOn(disk, path); err == nil {
				failed := errors.Join(w.sweep(j), j.Close())
				if (failed != nil) != disk.hit {
					t.Fatalf("killed at %d: %v", n, failed)
				}
			}
			hit = hit && disk.hit
		}
		if j, err := Resume(path); err == nil {
			if err := w.sweep(j); err != nil {
				t.Fatalf("killed at %d: %v", n, err)
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("killed at %d: %v", n, err)
		}
		w.isClean(n, path)
		if n > 200 {
			t.Fatal("the fault is never reached")
		}
	}
}

func (w *world) isClean(n int, path string) {
	w.t.Helper()
	left := map[string]string{"foreign": "", "prefixed": "pg-like", "another's": "pgelsewhere"}
	if diff := cmp.Diff(left, w.things); diff != "" {
		w.t.Fatalf("killed at %d: %s", n, diff)
	}
	for key, times := range w.deleted {
		if times != 1 {
			w.t.Fatalf("killed at %d: %s was deleted %d times", n, key, times)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		w.t.Fatalf("killed at %d: the journal is still there: %v", n, err)
	}
}
