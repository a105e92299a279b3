package engine

import (
	"context"
	"slices"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// mostElsewhere is how many other accounts are asked for what was lost on one: a
// write that goes astray mostly lands with a neighbour, and thousands of accounts
// cannot all be asked for each.
const mostElsewhere = 16

// lookElsewhere asks listings for what the contract's own eyes saw nothing of: it may have
// been stored where it was not sent. A creation may lie on another account; an update may
// have hit another thing, which is in all likelihood the account's own.
func (a *attempt) lookElsewhere(ctx context.Context) {
	if t := a.created; t != nil {
		a.lookFor(ctx, t, a.others())
		return
	}
	if len(a.record.Elsewhere) == 0 {
		a.lookForHit(ctx, append([]*eyes{a.me}, a.others()...)...)
	}
}

// lookForHit asks listings for what an update wrote into another thing than the one that
// it was sent for.
func (a *attempt) lookForHit(ctx context.Context, who ...*eyes) {
	for i, effect := range a.cell.Contract.Effects {
		t := a.things[effect.Thing]
		if effect.Verb != contracts.Updates || t == nil || t.found || len(a.record.Act.Marked) == 0 || a.record.Effects[i].Aside {
			continue
		}
		hit := *t // by what the act wrote, and under any key but its own
		hit.unique, hit.uuid, hit.marked = a.unique, a.uuid, a.record.Act.Marked
		a.lookFor(ctx, &hit, who)
		return
	}
}

// lookForStray looks once, as soon as an update is too late, for another thing of the account
// that it may have hit: at the end of the watch that thing may be gone, as those of our own
// cells soon are.
func (w *watching) lookForStray(ctx context.Context) {
	if w.strays || w.created != nil || !w.overdue() {
		return
	}
	w.strays = true
	w.lookForHit(ctx, w.me)
}

// overdue tells whether a place should show an update by now, and shows nothing of it.
func (w *watching) overdue() bool {
	return slices.ContainsFunc(w.record.Effects, func(e verdict.Effect) bool {
		return e.Verb == contracts.Updates && slices.ContainsFunc(e.Where, func(at verdict.Where) bool {
			return w.now() > w.record.Act.SaidAt+at.Within && !slices.Contains(markersIn(w.places[at.Place].last), w.unique)
		})
	})
}

// lookFor asks the listings of these eyes for what carries a thing's marker.
func (a *attempt) lookFor(ctx context.Context, t *thing, eyes []*eyes) {
	if t.resource == nil || t.resource.List == nil || len(t.resource.List.As) > 0 || len(t.marked) == 0 {
		return
	}
	for _, who := range eyes {
		p := &place{probe: "list", look: verdict.Listing, eyes: who, thing: t, resource: t.resource, call: t.resource.List,
			page: listPager(t.resource), last: expr.Absent, own: a.unique}
		reading, err := a.readNow(ctx, p)
		if err != nil {
			return
		}
		if reading.Known != verdict.Value {
			continue
		}
		for i := range p.listed.items {
			if item := &p.listed.items[i]; t.carries(item) && t.pick(item) == t.unique && !t.quotedBy(item) && !t.before(item) && (t == a.created || item.key != identityText(t.key)) {
				a.foundStray(who, p, item, reading)
			}
		}
	}
}

// quotedBy tells whether an item only speaks of a thing: a marked field is longer than it
// was sent, as in "somebody wrote …". One that was trimmed or written otherwise is not.
func (t *thing) quotedBy(item *listed) bool {
	seen := view(t.resource, item.raw)
	for path, sent := range t.marked {
		got, _ := walkPath(seen, splitPath(path)).(string)
		if text, is := sent.(string); is && len(got) > len(text) {
			return true
		}
	}
	return false
}

// foundStray notes what lies elsewhere: evidence for the judge. A creation that lies with
// other eyes is left over, since nothing is deleted on an account that did not make it;
// what an update hit was there before.
func (a *attempt) foundStray(who *eyes, p *place, item *listed, reading verdict.Reading) {
	a.record.Elsewhere = append(a.record.Elsewhere, verdict.Elsewhere{Eyes: who.name, Call: describe(p), Key: item.key, Exchange: reading.Exchange})
	if a.created == nil {
		return
	}
	stray := *a.created
	stray.maker, stray.key, stray.item = who, item.identity, item.raw
	a.strays = append(a.strays, &stray)
}

// others are the accounts after this one, by name and round again, whose eyes no
// place of the cell has. One that the run does not need has no credential here: asked
// without it, a listing would be the public's and what it shows nobody's.
func (a *attempt) others() []*eyes {
	accounts := a.e.o.Target.Accounts
	at := 0
	for i, account := range accounts {
		if account == a.me.account {
			at = i
		}
	}
	var found []*eyes
	for i := 1; i < len(accounts) && len(found) < mostElsewhere; i++ {
		who := a.e.eyes[accounts[(at+i)%len(accounts)].Name]
		if who.needed && !slices.ContainsFunc(a.places, func(p *place) bool { return p.eyes == who }) {
			found = append(found, who)
		}
	}
	return found
}

// lost tells whether a verdict says that nothing came of a creation, or of an update.
func lost(v verdict.Verdict, r *verdict.Record) bool {
	return slices.ContainsFunc(v.Findings, func(f verdict.Finding) bool {
		return (f.Kind == "lost-write" || f.Kind == "accepted-then-lost") && f.Effect >= 0 &&
			(r.Effects[f.Effect].Verb == contracts.Creates || r.Effects[f.Effect].Verb == contracts.Updates)
	})
}
