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

// TestTorture has each call to the kernel for disk or network fail in a run of forty
// cells against a truthful provider: once that call alone, once all after it, too.
func TestTorture(t *testing.T) {
	t.Parallel()
	wantWards(t)
	inParts(t, tortures(t), 2, (*ledger).run)
}

// inParts does to each torture what is to be done: with POLYGRAPH_SOAK to all of them,
// otherwise to a few of each part, drawn at random.
func inParts(t *testing.T, all []torture, few int, do func(*ledger, *testing.T, torture)) {
	for _, part := range []struct {
		name   string
		stroke stroke
	}{
		{"one call of the disk", stroke{where: disk}},
		{"the disk from a call on", stroke{where: disk, stays: true}},
		{"one call of the network", stroke{where: network}},
		{"the network from a call on", stroke{where: network, stays: true}},
	} {
		t.Run(part.name, func(t *testing.T) {
			some := slices.DeleteFunc(slices.Clone(all), func(each torture) bool {
				return each.where != part.stroke.where || each.stays != part.stroke.stays
			})
			if os.Getenv("POLYGRAPH_SOAK") == "" {
				rand.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
				some = some[:few]
			}
			l := &ledger{counts: map[string]map[string]int{}}
			l.apply(t, some, do)
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
func (l *ledger) apply(t *testing.T, all []torture, do func(*ledger, *testing.T, torture)) {
	turns := make(chan torture, len(all))
	for _, each := range all {
		turns <- each
	}
	close(turns)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for each := range turns {
				do(l, t, each)
			}
		})
	}
	group.Wait()
}

// run does it to a run.
func (l *ledger) run(t *testing.T, each torture) {
	r := newRack(t, each.seasoned)
	defer r.close()
	o := r.run(t, each.stroke, rand.IntN(2) == 0)
	_, whole := o.whole()
	l.enter(o, fmt.Sprintf("exit %d, result whole: %v", o.code, whole))
	for _, problem := range r.problems(t, o) {
		t.Errorf("%s (%s), in a run %s: %s\nexit %d\n%s\n%s", each, o.tally.hit, finds[each.seasoned == ""], problem, o.code, clip(o.out), clip(o.err))
	}
}

func (l *ledger) enter(o outcome, came string) {
	hit := o.tally.hit
	if hit == "" {
		hit = "none: it made fewer calls"
	}
	l.add("faults", hit, 1)
	l.add("outcomes", came, 1)
}

// TestTortureOfSweep does the same to a sweep, after a run whose provider went away in
// the middle. What it says is gone is gone, nothing goes twice, and the next sweep
// finishes it.
func TestTortureOfSweep(t *testing.T) {
	t.Parallel()
	wantWards(t)
	r := newRack(t, "")
	defer r.close()
	r.abandon(t)
	o := r.do(t, stroke{}, "sweep")
	if left := r.hub.Leftovers(); o.code != exitKept || len(left) > 0 {
		t.Fatalf("with nothing failing it exits with %d, and leaves %v\n%s%s", o.code, left, o.out, o.err)
	}
	var all []torture
	for where, n := range o.tally.calls {
		t.Logf("%d calls of the %s", n, where)
		for k := range n {
			all = append(all, torture{stroke{where, k + 1, rand.IntN(60), false}, ""}, torture{stroke{where, k + 1, rand.IntN(60), true}, ""})
		}
	}
	inParts(t, all, 1, (*ledger).sweep)
}

// abandon makes a run that leaves much behind.
func (r *rack) abandon(t *testing.T) {
	for k := 350; len(r.hub.Leftovers()) < 4; k -= 50 {
		if k < 0 {
			t.Fatal("no run leaves anything behind")
		}
		r.do(t, stroke{where: network, k: k, stays: true}, "run", "suite", "--account", "shop-rome", "--account", "shop-paris", "--account", "shop-vienna")
	}
}

// sweep does it to a sweep.
func (l *ledger) sweep(t *testing.T, each torture) {
	r := newRack(t, "")
	defer r.close()
	r.abandon(t)
	o := r.do(t, each.stroke, "sweep")
	left := len(r.hub.Leftovers())
	l.enter(o, fmt.Sprintf("exit %d, all gone: %v", o.code, left == 0))
	problems := o.problems()
	if !slices.Contains([]int{exitKept, exitUsage, exitLeft}, o.code) || o.code == exitKept && left > 0 {
		problems = append(problems, fmt.Sprintf("exit %d, and %d things are left", o.code, left))
	}
	problems = append(problems, r.sweep(t)...)
	for _, problem := range append(problems, r.twice()...) {
		t.Errorf("%s (%s), in a sweep: %s\nexit %d\n%s\n%s", each, o.tally.hit, problem, o.code, clip(o.out), clip(o.err))
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
