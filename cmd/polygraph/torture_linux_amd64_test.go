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
// cells against a truthful provider: once that call alone, once all after it, too. With
// POLYGRAPH_SOAK that is each call in turn, otherwise a few drawn at random.
func TestTorture(t *testing.T) {
	t.Parallel()
	wantWards(t)
	all := tortures(t)
	for _, part := range []struct {
		name   string
		stroke stroke
		drawn  int
	}{
		{"one call of the disk", stroke{where: disk}, 5},
		{"the disk from a call on", stroke{where: disk, stays: true}, 3},
		{"one call of the network", stroke{where: network}, 3},
		{"the network from a call on", stroke{where: network, stays: true}, 1},
	} {
		t.Run(part.name, func(t *testing.T) {
			some := slices.DeleteFunc(slices.Clone(all), func(each torture) bool {
				return each.where != part.stroke.where || each.stays != part.stroke.stays
			})
			if os.Getenv("POLYGRAPH_SOAK") == "" {
				rand.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
				some = some[:part.drawn]
			}
			l := &ledger{counts: map[string]map[string]int{}}
			l.apply(t, some)
			l.log(t)
		})
	}
}

// A torture is a stroke and the home that the run finds.
type torture struct {
	stroke
	seasoned string // "" for none
}

// tortures counts the calls of a run that finds no home and of one that finds another's,
// with nothing failing, and gives all that can be done to them. To the network it makes
// no difference what is kept at home.
func tortures(t *testing.T) (all []torture) {
	seasoned := filepath.Join(t.TempDir(), journal.HomeName)
	l := &ledger{counts: map[string]map[string]int{}}
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
			l.add("calls of a run "+finds[home == ""], kind, n)
		}
		for where, n := range o.tally.calls {
			if where == network && home == "" {
				continue
			}
			for k := range n {
				all = append(all, torture{stroke{where, k + 1, rand.IntN(60), false}, home}, torture{stroke{where, k + 1, rand.IntN(60), true}, home})
			}
		}
	}
	l.log(t)
	return all
}

// finds says what a run finds, by whether that is nothing.
var finds = map[bool]string{true: "that finds nothing", false: "that finds another's history"}

// apply does them all, four at a time.
func (l *ledger) apply(t *testing.T, all []torture) {
	turns := make(chan torture, len(all))
	for _, each := range all {
		turns <- each
	}
	close(turns)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for each := range turns {
				l.one(t, each)
			}
		})
	}
	group.Wait()
}

func (l *ledger) one(t *testing.T, each torture) {
	r := newRack(t, each.seasoned)
	defer r.close()
	o := r.run(t, each.stroke, rand.IntN(2) == 0)
	hit := o.tally.hit
	if hit == "" {
		hit = "none: this run made fewer calls"
	}
	_, whole := o.whole()
	l.add("faults", hit, 1)
	l.add("outcomes", fmt.Sprintf("exit %d, result whole: %v", o.code, whole), 1)
	for _, problem := range r.problems(t, o) {
		t.Errorf("%s (%s), in a run %s: %s\nexit %d\n%s\n%s", each, hit, finds[each.seasoned == ""], problem, o.code, clip(o.out), clip(o.err))
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
