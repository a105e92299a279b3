package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// leastHeap is how large the heap may become before it is worth collecting, in bytes.
// By itself Go lets it become twice what is alive, from 4 MB on, and so collects the
// few megabytes of a small run a dozen times; a large one pays for its memory instead.
const leastHeap = 24 << 20

// Shares of what is alive by which the heap may grow, in percent.
const (
	leastGrowth = 45
	mostGrowth  = 1000
)

// paceHeap has the heap grow to leastHeap before anything is collected, and less than
// Go would let it from there on, until it is told to stop. Who sets GOGC or GOMEMLIMIT
// knows better, and is left alone.
func (c *console) paceHeap() (stop func()) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if _, set := c.value(name); set {
			return func() {}
		}
	}
	before := debug.SetGCPercent(growthFor(alive()))
	p := &heapPacer{}
	p.watch()
	return func() {
		p.stopped.Store(true)
		debug.SetGCPercent(before)
	}
}

// growthFor is by how many percent the heap may grow until the next collection.
func growthFor(alive uint64) int {
	if alive == 0 {
		return mostGrowth
	}
	room := (leastHeap - float64(alive)) / float64(alive) * 100
	return int(math.Min(math.Max(room, leastGrowth), mostGrowth))
}

// alive is what the last collection left, in bytes.
func alive() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

// A heapPacer sets the growth anew after each collection.
type heapPacer struct{ stopped atomic.Bool }

// watch leaves behind an object that nobody holds: the next collection finds it.
func (p *heapPacer) watch() {
	runtime.AddCleanup(&struct{ _ [16]byte }{}, func(p *heapPacer) {
		if p.stopped.Load() {
			return
		}
		debug.SetGCPercent(growthFor(alive()))
		p.watch()
	}, p)
}
