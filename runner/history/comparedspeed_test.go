package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/comparison"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// large is a run of 200 accounts and 50 contracts, which each read a review besides their own call. Some
// fields come and go, and some headers are of the machine that answered.
func large(id string, seed uint64) *engine.Finished {
	draw := rand.New(rand.NewPCG(seed, 1))
	started := time.Date(2026, 11, 23, 12, int(seed), 0, 0, time.UTC)
	run := &engine.Finished{ID: id, Suite: "suite", Target: "sandbox", Started: started, Ended: started.Add(time.Minute)}
	for n := range 10_000 {
		account, call := fmt.Sprint("shop-", n%200), fmt.Sprint("call", n/200)
		body := `{"id": 7, "title": "x", "tags": ["a"], "by": {"name": "y"}`
		if draw.IntN(3) == 0 {
			body += `, "note": null`
		}
		exchange := func(call string, status int) *wire.Exchange {
			return &wire.Exchange{Call: call, Eyes: account, Status: status, ReplyBody: body + "}", ReplyHeader: wire.Head{
				{Name: "Content-Type", Value: "application/json"}, {Name: "X-Served-By", Value: fmt.Sprint("m", draw.IntN(4))}}}
		}
		run.Results = append(run.Results, &engine.Result{
			Number: n + 1, Operation: call, Place: "a.contract.yaml:1", Started: started, Ended: started.Add(time.Second),
			Record: &verdict.Record{
				Cell: verdict.Cell{Contract: "contract " + call, Account: account},
				Act:  &verdict.Act{Status: 201, SaidAt: time.Duration(40+draw.IntN(40)) * time.Millisecond},
			},
			Verdict:   verdict.Verdict{Class: verdict.Kept, Lines: []verdict.Line{{First: time.Duration(200+draw.IntN(200)) * time.Millisecond}}},
			Exchanges: []*wire.Exchange{exchange(call, 201), exchange("getReview", 200), exchange("listReviews", 200)},
		})
	}
	return run
}

// BenchmarkCompared compares two runs of 10,000 cells each as the command does: it reads the rows of both and of five runs
// before, and finds what differs.
func BenchmarkCompared(b *testing.B) {
	ctx := context.Background()
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	earlier := []string{"0001", "0002", "0003", "0004", "0005"}
	for i, id := range append(earlier, "aaaa", "bbbb") {
		if err := s.Save(ctx, large(id, uint64(i))); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		pool := comparison.Pool{}
		var sides [2]comparison.Side
		for i, id := range []string{"aaaa", "bbbb"} {
			if _, sides[i].Rows, err = s.Compared(ctx, id, pool); err != nil {
				b.Fatal(err)
			}
		}
		for _, id := range earlier {
			_, rows, err := s.Compared(ctx, id, pool)
			if err != nil {
				b.Fatal(err)
			}
			sides[0].Earlier = append(sides[0].Earlier, rows)
		}
		if c := comparison.Of(comparison.Runs, sides[0], sides[1]); c.Cells != 10_000 || len(c.Shapes)+len(c.Verdicts)+len(c.Latency.Slower) != 0 {
			b.Fatalf("%d cells, %v %v", c.Cells, c.Shapes, c.Latency.Slower)
		}
	}
}
