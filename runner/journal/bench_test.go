package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkThousandIntents appends 1,000 intents at once, as the cells of a run do
// when they start together: with our group commit, and with a sync for each.
func BenchmarkThousandIntents(b *testing.B) {
	b.Run("grouped", func(b *testing.B) {
		disk := &countingDisk{Disk: RealDisk()}
		j, err := OpenOn(disk, b.TempDir(), "7f3a", header())
		if err != nil {
			b.Fatal(err)
		}
		round := 0
		for b.Loop() {
			round++
			together(b, func(i int) error { return j.Append(intent(fmt.Sprintf("%d.%d", round, i))) })
		}
		b.ReportMetric(float64(disk.syncs.Load())/float64(round), "syncs/op")
		if err := j.Forget(); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("sync-per-record", func(b *testing.B) {
		file, err := os.Create(filepath.Join(b.TempDir(), "7f3a.log"))
		if err != nil {
			b.Fatal(err)
		}
		defer file.Close()
		var mu sync.Mutex
		for b.Loop() {
			together(b, func(i int) error {
				text, err := frame("7f3a", i+2, intent(fmt.Sprint(i)))
				if err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				return put(&realFile{file}, text)
			})
		}
		b.ReportMetric(1000, "syncs/op")
	})
}

func together(b *testing.B, act func(i int) error) {
	var group sync.WaitGroup
	for i := range 1000 {
		group.Go(func() {
			if err := act(i); err != nil {
				b.Error(err)
			}
		})
	}
	group.Wait()
}

type countingDisk struct {
	Disk
	syncs atomic.Int64
}

func (d *countingDisk) Create(path string) (File, error) {
	file, err := d.Disk.Create(path)
	return &countingFile{file, d}, err
}

type countingFile struct {
	File
	disk *countingDisk
}

func (f *countingFile) Sync() error {
	f.disk.syncs.Add(1)
	return f.File.Sync()
}
