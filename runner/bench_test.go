package runner

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// The same cells with and without Ginkgo, side by side: what the bridge costs.
func BenchmarkRun(b *testing.B) {
	for _, accounts := range []int{5, 50, 500} {
		cells := planOf(10, accounts)
		b.Run(fmt.Sprintf("floor/%d", len(cells)), func(b *testing.B) {
			for b.Loop() {
				e := newScripted(cells)
				e.wait = 300 * time.Millisecond
				e.Start(cells...)
				for _, c := range cells {
					if _, err := e.Await(context.Background(), c); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
		b.Run(fmt.Sprintf("ginkgo/%d", len(cells)), func(b *testing.B) {
			for b.Loop() {
				e := newScripted(cells)
				e.wait = 300 * time.Millisecond
				if results, err := Run(e, RunOptions{Folder: "suite"}); err != nil || len(results) != len(cells) {
					b.Fatalf("%d results, %v", len(results), err)
				}
			}
		})
	}
}
