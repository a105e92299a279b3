package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The siblings of a thing are the other items of a listing: those that bear no marker of
// ours and that both listings before the act held. Nobody but their owners knows who
// removes them, and an account is rarely ours alone.

// siblingsGo reports that somebody else removes items from the listing, so that what goes
// after the act may be theirs, too. Which siblings remain is then noise, set aside and
// named. Whoever removes them need not have been at it while a second attempt rested:
// an attempt that is alone on its account also tells by items that go in turns, and by
// new ones that come and go.
func (t *track) siblingsGo() bool {
	for i := range t.place().Before {
		if len(t.place().Before[i].Missing) > 0 {
			return true
		}
	}
	return t.place().Look == Listing && t.s.second() && (t.goInTurns() || t.comeAndGo())
}

// whole are the complete listings of the place since the act was sent, in their order.
func (t *track) whole() []*Reading {
	var list []*Reading
	for i := range t.place().Readings {
		if r := &t.place().Readings[i]; r.Known == Value && r.Complete && r.SentAt >= t.s.r.Act.SentAt {
			list = append(list, r)
		}
	}
	return list
}

// goInTurns reports siblings that were still listed when others had gone. What an act
// takes with it goes with it, and not one by one.
func (t *track) goInTurns() bool {
	var first []string
	for _, r := range t.whole() {
		if first == nil {
			first = r.Missing
			continue
		}
		if slices.ContainsFunc(r.Missing, func(key string) bool { return !slices.Contains(first, key) }) {
			return true
		}
	}
	return false
}

// comeAndGo reports an item of somebody else's that came after the act, and went.
func (t *track) comeAndGo() bool {
	var came []string
	for _, r := range t.whole() {
		held := r.strangers()
		if slices.ContainsFunc(came, func(key string) bool { return !slices.Contains(held, key) }) {
			return true
		}
		came = held
	}
	return false
}

// strangers are the keys of the new items of a listing that bear no marker of ours.
func (r *Reading) strangers() []string {
	var keys []string
	for i := range r.Items {
		if item := &r.Items[i]; item.New && item.Marker == "" {
			keys = append(keys, item.Key)
		}
	}
	return keys
}

// bereft settles an outcome by which siblings are gone: those that are, in all final
// reads, and whether the act can have taken them.
func (w *watch) bereft(o *outcome) {
	if o.g == nil || len(o.g.Missing) == 0 || o.g.content != collateral {
		return
	}
	gone := o.t.goneInAll(w.z)
	if len(gone) == 0 {
		o.foreign = false
		o.wavers()
		return
	}
	if len(gone) < len(o.g.Missing) {
		fewer := *o.g
		fewer.lacks(gone)
		o.g = &fewer
	}
	if why := o.t.bystander(gone); why != "" && w.second() {
		o.foreign = false
		o.is, o.kind, o.why = noisy, NoisyFrame, strings.Join(gone, ", ")+" went "+why
		o.hint = "run it on an account in which nobody else deletes, or with a filter that leaves their items out of the list"
	}
}

// goneInAll are the siblings that none of the final reads shows that say no to the end.
func (t *track) goneInAll(z time.Duration) []string {
	var gone []string
	tail := t.tail(z)
	for i := len(tail) - 1; i >= 0 && tail[i].sign == no; i-- {
		missing := tail[i].Missing
		if i == len(tail)-1 {
			gone = slices.Clone(missing)
			continue
		}
		gone = slices.DeleteFunc(gone, func(key string) bool { return !slices.Contains(missing, key) })
	}
	return gone
}

// bystander says why the act need not be what took the siblings away; "" where nothing
// speaks against it. They were all there when everything of the act was to be done; or
// somebody else adds items, and they did not go together with the thing.
func (t *track) bystander(gone []string) string {
	held := t.heldUntil(gone)
	if held >= t.deadline() {
		return fmt.Sprintf("%s after the answer at the soonest, when the act was over", took(held-t.s.r.Act.SaidAt))
	}
	company := false
	for _, r := range t.whole() {
		company = company || len(r.strangers()) > 0
	}
	if first := t.firstAbsent(); company && held > first+t.w.Within/5 {
		return fmt.Sprintf("%s after the thing itself, while others added items", took(held-first))
	}
	return ""
}

// heldUntil is when the last listing was asked for that still held all of some siblings:
// the answer's time where none was since.
func (t *track) heldUntil(keys []string) time.Duration {
	held := t.s.r.Act.SaidAt
	for _, r := range t.whole() {
		if slices.ContainsFunc(keys, func(key string) bool { return slices.Contains(r.Missing, key) }) {
			break
		}
		held = max(held, r.SentAt-r.Age)
	}
	return held
}

// firstAbsent is when the first listing was asked for that did not hold the thing itself.
func (t *track) firstAbsent() time.Duration {
	for _, r := range t.whole() {
		if _, there := t.item(r); !there {
			return r.SentAt - r.Age
		}
	}
	return t.s.r.Act.SaidAt
}

// lacks says no, for siblings that are gone.
func (g *glance) lacks(siblings []string) {
	g.sign, g.content, g.fields = no, collateral, siblings
	g.want, g.got = strings.Join(siblings, ", "), "absent"
	g.says = "does not show " + g.want + " any more, which was not to be deleted"
}
