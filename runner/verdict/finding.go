package verdict

import (
	"fmt"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A charge is a finding with what decides whether it may be made.
type charge struct {
	Finding
	again *Again // needs a second attempt, alone and rested; nil when it stands by itself
}

// charge makes a finding of an outcome.
func (w *watch) charge(kind Kind, d *deed, o *outcome) *charge {
	c := w.plain(kind, "")
	c.Effect, c.Place = d.effect, o.t.w.Place
	c.Seen, c.Hint = o.says(), o.hint
	if o.g != nil {
		c.Want, c.Got, c.Fields = o.g.want, o.g.got, o.g.fields
	}
	if kind == DuplicatedWrite && o.g != nil && o.g.n > 0 && d.e.Verb != contracts.Sends {
		c.Want, c.Got = "1 item", count(o.g.n, "item")
	}
	c.Reason = d.e.Sentence + ": " + row(kind).Meaning
	if o.why != "" {
		c.Reason = d.e.Sentence + ": " + o.why
	}
	if failed := o.t.failedWith(); failed != "" && o.is == missing {
		c.Reason += ": " + failed
	}
	if o.sight.weak {
		c.Reason += "; lost, or hidden from this account: " + o.sight.by
	}
	if kind == FilteredEmpty {
		c.Reason += ": " + o.sight.by
	}
	if o.is == dropped && c.Class == Lied && d.e.Verb == contracts.Creates {
		c.Hint = "a field that is never read back is named `unread` in the resource's fields"
	}
	c.Reason += w.promised()
	if o.foreign {
		c.again = w.askAgain(o)
	}
	return c
}

// plain makes a finding of the act itself.
func (w *watch) plain(kind Kind, reason string) *charge {
	if reason == "" {
		reason = row(kind).Meaning
	}
	return &charge{Finding: Finding{Class: row(kind).Class, Kind: kind, Effect: -1, Place: -1, Said: said(w.r.Act), Reason: reason}}
}

// rest is for how long the given things of a second attempt must lie untouched:
// as long as this one took from making them to the change, at most as long as the cell's
// longest effect is watched: what comes at a time of its own may come as late as that.
//
// What changed beside the effect gets all the patience there is. Those who do that
// come when they like: a clean-up that removes siblings, statistics that a provider
// gathers every few seconds, whenever the thing was made. After a rest as short as
// the first attempt they come after the second act as often as before it.
func (w *watch) rest(o *outcome) time.Duration {
	beside := o.is == collateral || o.is == left && o.t.e.Verb != contracts.Creates
	if beside && o.t.e.Verb != contracts.Sends || o.t.shared() || o.g != nil && len(o.g.Missing) > 0 {
		return max(o.t.w.Patience, o.t.w.Within, w.untilChanged(o))
	}
	if o.t.e.Verb == contracts.Sends { // a subscription has that long to begin, and an event to come
		return max(o.t.w.Within, 100*time.Millisecond)
	}
	return w.untilChanged(o)
}

// untilChanged is the time from making the things to what an outcome says of them.
func (w *watch) untilChanged(o *outcome) time.Duration {
	made := w.r.Act.SentAt
	if before := o.t.place().Before; len(before) > 0 && len(w.r.Things) == 0 {
		made = before[0].SentAt
	}
	for i := range w.r.Things {
		if thing := &w.r.Things[i]; thing.Name == o.t.e.Thing || thing.Name == o.t.place().Thing || len(w.r.Things) == 1 {
			made = min(made, thing.MadeAt)
		}
	}
	changed := w.r.Act.SaidAt
	for i := range o.t.looks {
		if g := &o.t.looks[i]; g.sign == no {
			changed = g.GotAt
			break
		}
	}
	if o.g != nil && changed > o.g.GotAt {
		changed = o.g.GotAt
	}
	return min(max(changed-made, 0), w.longest())
}

// longest is how long the effect that is watched longest is, while it holds.
func (w *watch) longest() time.Duration {
	longest := time.Duration(0)
	for i := range w.r.Effects {
		for _, place := range w.r.Effects[i].Where {
			longest = max(longest, max(place.Patience, place.Within)+place.Stays)
		}
	}
	return longest
}

// noisyFrame turns a charge that needs a second attempt, which this record is
// not, into what can be said now.
func (c *charge) noisyFrame() {
	accused := c.Kind
	c.Class, c.Kind = Inconclusive, NoisyFrame
	c.Reason = fmt.Sprintf("%s, if it happens again: somebody else could have caused it", strings.TrimSuffix(c.Reason, ": "+row(accused).Meaning)+": "+string(accused))
	c.Hint = "a second attempt with new things, alone on the account and after a rest of " + took(c.again.Rest)
	if c.again.Everywhere {
		c.Hint = "an attempt while nothing of ours runs on any other account: `--account` with this one alone"
	}
}
