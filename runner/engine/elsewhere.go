package engine

import (
	"context"
	"slices"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// mostElsewhere is how many other accounts are asked for what was lost on one: a
// write that goes astray mostly lands with a neighbour, and thousands of accounts
// cannot all be asked for each.
const mostElsewhere = 16

// lookElsewhere asks the listings of other accounts for a creation of which the
// contract's own eyes saw nothing: it may have been stored where it was not sent.
func (a *attempt) lookElsewhere(ctx context.Context) {
	t := a.created
	if t == nil || t.resource == nil || t.resource.List == nil || len(t.resource.List.As) > 0 || len(t.marked) == 0 {
		return
	}
	for _, who := range a.others() {
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
			if item := &p.listed.items[i]; t.carries(item) && t.pick(item) == t.unique && !t.before(item) {
				a.foundStray(who, p, item, reading)
			}
		}
	}
}

// foundStray notes what lies with other eyes: evidence for the judge, and left over,
// since nothing is deleted on an account that did not make it.
func (a *attempt) foundStray(who *eyes, p *place, item *listed, reading verdict.Reading) {
	a.record.Elsewhere = append(a.record.Elsewhere, verdict.Elsewhere{Eyes: who.name, Call: describe(p), Key: item.key, Exchange: reading.Exchange})
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

// lost tells whether a verdict says that nothing came of a creation.
func lost(v verdict.Verdict, r *verdict.Record) bool {
	return slices.ContainsFunc(v.Findings, func(f verdict.Finding) bool {
		return (f.Kind == "lost-write" || f.Kind == "accepted-then-lost") && f.Effect >= 0 && r.Effects[f.Effect].Verb == "creates"
	})
}
