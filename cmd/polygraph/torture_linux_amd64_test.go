package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/journal"
)

// TestTorture has one call to the kernel for disk or network fail in a run of forty
// cells against a truthful provider: each call in turn where POLYGRAPH_SOAK is set, a few
// drawn at random otherwise. Once it is that call alone, once everything after it, too.
func TestTorture(t *testing.T) {
	t.Parallel()
	wantWards(t)
	l := &ledger{counts: map[string]map[string]int{}}
	all := l.strokes(t)
	if os.Getenv("POLYGRAPH_SOAK") == "" {
		all = append(some(all, disk, 8), some(all, network, 4)...)
	}
	turns := make(chan torture, len(all))
	for _, each := range all {
		turns <- each
	}
	close(turns)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for each := range turns {
				each.apply(t, l)
			}
		})
	}
	group.Wait()
	l.log(t)
}

// A torture is a stroke and the history that the run finds.
type torture struct {
	stroke
	seasoned string // its home; "" for none
}

// strokes counts the calls of a run that finds no home and of one that does, with nothing
// failing, and gives all that is to be done to them.
func (l *ledger) strokes(t *testing.T) (all []torture) {
	seasoned := filepath.Join(t.TempDir(), journal.HomeName)
	for _, home := range []string{"", seasoned} {
		r := newRack(t, home)
		defer r.close()
		o := r.run(t, stroke{}, true)
		if problems := r.problems(t, o); o.code != exitKept || len(problems) > 0 {
			t.Fatalf("with nothing failing it exits with %d: %v\n%s%s", o.code, problems, o.out, o.err)
		}
		if home == "" {
			if err := os.CopyFS(seasoned, os.DirFS(filepath.Join(r.dir, journal.HomeName))); err != nil {
				t.Fatal(err)
			}
		}
		for kind, n := range o.tally.kinds {
			l.add("calls of a run "+states[home == ""], kind, n)
		}
		for where, n := range o.tally.calls {
			for k := range n {
				all = append(all, torture{stroke{where, k + 1, rand.IntN(60), false}, home}, torture{stroke{where, k + 1, rand.IntN(60), true}, home})
			}
		}
	}
	return all
}

// some draws n strokes of the disk's or the network's.
func some(all []torture, where string, n int) []torture {
	all = slices.DeleteFunc(slices.Clone(all), func(each torture) bool { return each.where != where })
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:n]
}

// states name what a run finds, by whether that is nothing.
var states = map[bool]string{true: "that finds nothing", false: "that finds another's history"}

func (each torture) apply(t *testing.T, l *ledger) {
	r := newRack(t, each.seasoned)
	defer r.close()
	o := r.run(t, each.stroke, rand.IntN(2) == 0)
	hit := o.tally.hit
	if hit == "" {
		hit = "not reached: this run made fewer calls"
	}
	_, whole := o.whole()
	span := map[bool]string{false: "one call", true: "that and all after it"}[each.stays]
	l.add("faults of "+each.where+", "+span, hit, 1)
	l.add("outcomes", fmt.Sprintf("%s, %s: exit %d, result whole: %v", each.where, span, o.code, whole), 1)
	for _, problem := range r.problems(t, o) {
		t.Errorf("%s (%s), in a run %s: %s\nexit %d\n%s\n%s", each, hit, states[each.seasoned == ""], problem, o.code, clip(o.out), clip(o.err))
	}
}

// clip keeps the end of a long text.
func clip(text string) string {
	if len(text) > 1500 {
		return "…" + text[len(text)-1500:]
	}
	return text
}

// A ledger adds up what a campaign came to.
type ledger struct {
	mu     sync.Mutex
	counts map[string]map[string]int
}

func (l *ledger) add(of, what string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts[of] == nil {
		l.counts[of] = map[string]int{}
	}
	l.counts[of][what] += n
}

func (l *ledger) log(t *testing.T) {
	for _, of := range slices.Sorted(maps.Keys(l.counts)) {
		total := 0
		var text strings.Builder
		for _, what := range slices.Sorted(maps.Keys(l.counts[of])) {
			total += l.counts[of][what]
			fmt.Fprintf(&text, "\n%6d  %s", l.counts[of][what], what)
		}
		t.Logf("%s: %d%s", of, total, &text)
	}
}
