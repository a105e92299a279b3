package verdict

import (
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// without is a listing in which siblings are gone, and strangers are new.
func without(gone []string, strangers ...string) Reading {
	r := list(9 - len(gone))
	r.Missing = gone
	for _, key := range strangers {
		r.Items = append(r.Items, Item{Key: key, New: true, Value: obj("title", "somebody else's")})
	}
	return r
}

// shrinking shows the readings in turn, each from its time after the answer on.
func shrinking(steps map[time.Duration]Reading) view {
	return func(at time.Duration) Reading {
		best, shown := time.Duration(-1), list(9)
		for from, r := range steps {
			if at >= at0(from) && from > best {
				best, shown = from, r
			}
		}
		return shown
	}
}

func TestJudgeSiblings(t *testing.T) {
	none := always(gone("404"))
	deleting := func(v view) *world {
		return verbs(contracts.Deletes, 204, none, v).do(func(r *Record) { r.Effects[0].Where[1].Stays = 4 * sec })
	}
	rest := func(missing ...string) func(*Record) {
		return func(r *Record) { r.Places[1].Before[0].Missing = missing }
	}
	one, two := []string{"77"}, []string{"77", "78"}
	partial := without(one)
	partial.Complete = false
	tryAll(t, []ruling{
		{name: "one goes with the thing", w: deleting(always(without(one))).second(), class: Lied, kind: SideEffect, says: "77"},
		{name: "two go together, a little later", w: deleting(shrinking(map[time.Duration]Reading{sec: without(two)})).second(), class: Lied, kind: SideEffect, says: "77, 78"},
		{name: "one goes with the thing, while others add items", w: deleting(always(without(one, "91"))).second(), class: Lied, kind: SideEffect},
		{name: "one goes: once", w: deleting(shrinking(map[time.Duration]Reading{sec: without(one)})), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "they go in turns: once", w: deleting(shrinking(map[time.Duration]Reading{sec: without(one), 2 * sec: without(two)})), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "they go in turns, and nothing else moves", w: deleting(shrinking(map[time.Duration]Reading{sec: without(one), 2 * sec: without(two)})).second(), class: Kept},
		{name: "one went at rest", w: deleting(always(without(one))).second().do(rest("76")), class: Kept},
		// A colleague who let everything lie while the second attempt rested.
		{name: "they go in turns", w: deleting(shrinking(map[time.Duration]Reading{
			220 * ms: without(nil, "816"), sec: without([]string{"732"}, "816", "653"), 1600 * ms: without([]string{"979", "732"}, "816", "653"),
			2500 * ms: without([]string{"979", "405", "569", "732"}, "816", "653", "490"), 4 * sec: without([]string{"979", "405", "569", "732"}, "653"),
		})).second(), class: Kept},
		{name: "one goes, and a new one comes and goes", w: deleting(shrinking(map[time.Duration]Reading{0: without(nil, "816"), sec: without(one)})).second(), class: Kept},
		{name: "one goes when all was over", w: deleting(shrinking(map[time.Duration]Reading{6 * sec: without(one)})).second(), class: Kept},
		{name: "one goes when all was to be over, and the thing was slow", w: verbs(contracts.Deletes, 204,
			from(4*sec, always(thing(draft, "m0")), none),
			from(4*sec, always(list(9, Item{Key: "8841", Marker: "m0", Value: draft})), from(6*sec, always(list(9)), always(without(one))))).second().do(func(r *Record) {
			r.Effects[0].Where[1].Stays = 3 * sec
		}), class: Inconclusive, kind: NoisyFrame, says: "when the act was over"},
		{name: "one goes some time after the thing, while others add items", w: deleting(shrinking(map[time.Duration]Reading{0: without(nil, "91"), 3 * sec: without(one, "91")})).second(), class: Inconclusive, kind: NoisyFrame, says: "while others added items"},
		// What a page passes over is there all the while.
		{name: "passed over once, on a page that drifted", w: deleting(turns(partial, partial, list(9))), class: Kept},
		{name: "passed over at the deadline, and there again", w: deleting(shrinking(map[time.Duration]Reading{0: without(one), 5500 * ms: list(9)})), class: Kept},
		{name: "each time another is passed over", w: deleting(cycle(without([]string{"71"}), without([]string{"72"}), without([]string{"73"}))), class: Inconclusive, kind: Flapping},
	})
}

// TestJudgeSiblingsAfterSecondAct reads what a colleague did after a second deletion that
// was answered 404, as it should.
func TestJudgeSiblingsAfterSecondAct(t *testing.T) {
	again := func(v view) *world {
		return verbs(contracts.Deletes, 404, always(gone("404")), v).second().do(func(r *Record) {
			r.Repeat = &Repeat{Name: "twice", Effect: contracts.None, First: &Record{Act: &Act{Status: 204, Sends: 1}}}
			r.Places[0].Before, r.Places[1].Before = []Reading{gone("404"), gone("404")}, []Reading{list(9), list(9)}
		})
	}
	tryAll(t, []ruling{
		{name: "all are there", w: again(always(list(9))), class: Kept},
		{name: "one goes", w: again(always(without([]string{"77"}))), class: Lied, kind: ErrorLeftATrace, says: "77"},
		{name: "they go in turns", w: again(shrinking(map[time.Duration]Reading{
			300 * ms: without(nil, "647"), sec: without([]string{"810"}, "647"), 3 * sec: without([]string{"810", "974"}),
		})), class: Kept},
		{name: "one goes when all was over", w: again(shrinking(map[time.Duration]Reading{5200 * ms: without([]string{"77"})})), class: Kept},
	})
}
