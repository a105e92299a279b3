package engine

import (
	"context"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// What a request made without saying how it is called is searched for by its marker
// in the list, by a run that cleans up and by a sweep.

// landed searches for what a request may have made until it has had the time in which
// effects appear: cutting a line does not take back what was sent on it, and what was
// answered with yes may still be on its way to the list when that is first read. A list
// that others of our cells move meanwhile is read for as long again. It is searched's
// answer at the end; false too where there was no time to wait.
func (c *cleaning) landed(ctx context.Context, t *thing, found, alike map[string]*thing) (known bool) {
	within := or(c.e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin)
	end, now := t.said().Add(within), time.Now()
	last := end
	if now.After(last) {
		last = now
	}
	err := c.poll(ctx, last.Add(within), func() (bool, error) {
		late, moved := !time.Now().Before(end), false
		known, moved = c.searched(ctx, t, found, alike)
		return !c.missed(t, len(found)+len(alike)) || late && !moved, nil
	}, func() error { return nil })
	return known && err == nil
}

// searched looks in the listing for items with the thing's marker, as it was sent and
// otherwise; not known when it could not be read to its end. Moved says that it was read,
// and that it changed on the way: our own cells delete from it while they clean up.
func (c *cleaning) searched(ctx context.Context, t *thing, found, alike map[string]*thing) (known, moved bool) {
	if t.resource == nil || t.resource.List == nil || !t.bears() {
		return t.key != nil, false
	}
	p, err := c.loose("list", t)
	if err != nil || p == nil {
		return false, false
	}
	if l := c.justListed(t, p); l != nil {
		t.findIn(l, found, alike)
		return true, false
	}
	for try := 0; try < removalTries; try++ {
		reading, err := c.readNow(ctx, p)
		if err != nil {
			return false, false
		}
		if moved = reading.Known == verdict.Value; !moved {
			if budget.Pause(ctx, time.Duration(try+1)*100*time.Millisecond) != nil {
				return false, false
			}
			continue
		}
		t.findIn(p.listed, found, alike)
		if reading.Complete {
			return true, false
		}
	}
	return false, moved
}

// findIn adds the items of a listing that carry the thing's marker: to found where
// they do as it was sent, to alike where only partly.
func (t *thing) findIn(l *listing, found, alike map[string]*thing) {
	for i := range l.items {
		item := &l.items[i]
		if found[item.key] != nil || item.identity == expr.Absent || t.before(item) {
			continue
		}
		double := *t
		double.key, double.item = item.identity, item.raw
		switch t.traceIn(item.raw) {
		case entirely:
			found[item.key] = &double
		case partly, mentioned:
			alike[item.key] = &double
		}
	}
}

// before tells whether an item is what the act made when it was sent first.
func (t *thing) before(item *listed) bool {
	return t.first != nil && t.first.key != nil && item.key == identityText(t.first.key)
}

// justNow is how old a listing may be that need not be read again.
const justNow = time.Second

// justListed is the whole listing with which a watch has just ended, by the same eyes
// and with the thing in it, or without it when all that was made must have shown; nil where
// there is none. To ask for it once more would say the same, if it could be had: our own
// cells delete all the while.
func (c *cleaning) justListed(t *thing, list *place) *listing {
	shown := c.at(t.said()) + or(c.e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin)
	for i, p := range c.places {
		if c.late || c.record.Halt != nil || p.id() != list.id() || p.eyes != list.eyes || p.thing != t || p.listed == nil {
			continue
		}
		readings := c.record.Places[i].Readings
		if n := len(readings); n > 0 && readings[n-1].Known == verdict.Value && readings[n-1].Complete &&
			readings[n-1].Age == 0 && c.now()-readings[n-1].SentAt < justNow &&
			(listsOwn(p, readings[n-1]) || !t.said().IsZero() && readings[n-1].SentAt >= shown) {
			return p.listed
		}
	}
	return nil
}
