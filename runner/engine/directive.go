package engine

import (
	"context"
	"time"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// condition names the header that makes a write conditional, "" for none. A server must
// not perform it where the condition is false (RFC 9110, 13.1); of a mere look nothing
// would be left to see.
func condition(r *request) string {
	if looks(r.method) {
		return ""
	}
	for _, name := range []string{"If-Match", "If-None-Match", "If-Unmodified-Since"} {
		if r.header.Get(name) != "" {
			return name
		}
	}
	return ""
}

// bindBase adds, for a case that must not find what the base finds, the base's own call
// as a place that is read before the act: where it does not show the thing either, the
// reply of the case proves nothing by leaving it out.
func (a *attempt) bindBase(reply *place) error {
	c := a.cell.Case
	if c == nil || !c.Nothing {
		return nil
	}
	who, err := a.role(firstOr(a.cell.Contract.Act.As, "me"))
	if err != nil {
		return err
	}
	base := &place{probe: verdict.Base, look: verdict.Reply, eyes: who, thing: reply.thing, resource: reply.resource, call: a.cell.Contract.Act}
	base.page = a.replyPager(base)
	a.addPlace(base)
	return nil
}

// awaitBase waits until the base's call shows the thing: what was just made may take its
// time to be listed.
func (a *attempt) awaitBase(ctx context.Context, deadline time.Time) error {
	for _, p := range a.places {
		if p.probe != verdict.Base {
			continue
		}
		err := a.poll(ctx, deadline, func() (bool, error) {
			reading, err := a.readNow(ctx, p)
			if listsOwn(p, reading) {
				p.markShown()
				return true, err
			}
			return reading.Known == verdict.Value && len(reading.Items)+reading.Others == 0 && !reading.Complete, err
		}, func() error { return nil })
		if err != nil {
			return err
		}
	}
	return nil
}
