package report

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// counter counts what is written.
type counter int

func (c *counter) Write(text []byte) (int, error) { *c += counter(len(text)); return len(text), nil }

// An archive is written as its cells come: whatever the number of them, hardly more than
// one is in memory.
func TestHARIsWrittenCellByCell(t *testing.T) {
	t.Parallel()
	const cells, size = 100, 64 << 10
	run := &engine.Finished{ID: "7f3a", Suite: "s", Target: "live"}
	body := strings.Repeat("a", size)
	var written counter
	err := HAR(&written, run, func(yield func(*engine.Result, error) bool) {
		for i := range cells {
			if got := int(written); got < (i-1)*size {
				t.Errorf("before cell %d, only %d bytes are written", i+1, got)
			}
			r := lied(i+1, publishing, "shop-oslo")
			r.Exchanges = []*wire.Exchange{{Number: 17, URL: "http://127.0.0.1/", ReplyBody: body, SentAt: noon, SaidAt: noon}}
			if !yield(r, nil) {
				return
			}
		}
	})
	if err != nil || int(written) < cells*size {
		t.Errorf("%d bytes and %v", written, err)
	}
}

// Nothing is written after the first error, and nothing more is asked for.
func TestHARStopsAtAFullDisk(t *testing.T) {
	asked := 0
	err := HAR(full{}, &engine.Finished{}, func(yield func(*engine.Result, error) bool) {
		for i := range 1000 {
			asked++
			r := lied(i+1, publishing, "shop-oslo")
			r.Exchanges[0].ReplyBody = strings.Repeat("a", 16<<10)
			if !yield(r, nil) {
				return
			}
		}
	})
	if err == nil || asked > 10 {
		t.Errorf("%d cells were asked for, and it gives %v", asked, err)
	}
}

func TestEveryFormGivesTheWritersError(t *testing.T) {
	run := every()
	for name, err := range map[string]error{
		"junit": JUnit(full{}, run), "ctrf": CTRF(full{}, run), "sarif": SARIF(full{}, run), "markdown": Markdown(full{}, run, CommentLimit),
	} {
		if err == nil {
			t.Errorf("%s does not say that the disk is full", name)
		}
	}
}

// Every form is the same for every order of the results.
func TestFormsAreTheSameForEveryOrder(t *testing.T) {
	for name, form := range forms() {
		var first, second strings.Builder
		run := every()
		if err := form(&first, run); err != nil {
			t.Fatal(err)
		}
		for i, r := range every().Results {
			run.Results[len(run.Results)-1-i] = r
		}
		if err := form(&second, run); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() {
			t.Errorf("%s differs with the order", name)
		}
	}
}

func forms() map[string]func(io.Writer, *engine.Finished) error {
	return map[string]func(io.Writer, *engine.Finished) error{
		"junit": JUnit, "ctrf": CTRF, "sarif": SARIF, "json": JSON,
		"har":      func(w io.Writer, run *engine.Finished) error { return HAR(w, run, ResultsOf(run)) },
		"markdown": func(w io.Writer, run *engine.Finished) error { return Markdown(w, run, CommentLimit) },
	}
}

// BenchmarkForms writes a run of ten thousand cells: kept but for one lie, and all of them lies.
func BenchmarkForms(b *testing.B) {
	for kind, run := range map[string]*engine.Finished{"one lie": incident(1000, 10), "all lies": manyLies(10_000)} {
		for name, form := range forms() {
			b.Run(fmt.Sprintf("%s/%s", kind, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					var written counter
					if err := form(&written, run); err != nil {
						b.Fatal(err)
					}
					b.SetBytes(int64(written))
				}
			})
		}
	}
}
