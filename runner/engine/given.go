package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// What a provider may make us wait for a 429, altogether, and how often we try.
const (
	throttleBudget = 5 * time.Minute
	throttleTries  = 10
)

// longestGap bounds the gaps of a poll: everything else of the cell waits for it.
const longestGap = 250 * time.Millisecond

// give makes what the contract needs. A failure here is ours or our account's,
// never the provider's lie.
func (a *attempt) give(ctx context.Context) error {
	for i, given := range a.cell.Contract.Given {
		if err := a.make(ctx, given, a.given[i]); err != nil {
			return fmt.Errorf("given %s: %w", given.Name, err)
		}
	}
	for i := range a.cell.Contract.Given {
		if err := a.settle(ctx, a.given[i]); err != nil {
			return err
		}
	}
	if err := a.takeAway(ctx); err != nil {
		return err
	}
	return a.find(ctx)
}

// make sends the call that makes a thing: once, and again only when the provider
// said that it was too early, each time with a marker of its own.
func (a *attempt) make(ctx context.Context, given *contracts.Given, t *thing) error {
	deadline := time.Now().Add(throttleBudget)
	for try := 1; ; try++ {
		reply, request, err := a.makeOnce(ctx, given, t, try)
		if err != nil {
			return err
		}
		wait, throttled := a.e.retryIn(reply)
		if throttled && try < throttleTries && time.Now().Add(wait).Before(deadline) {
			a.answered(t, reply)
			if err := budget.Pause(ctx, wait); err != nil {
				return err
			}
			early := *t
			a.early = append(a.early, &early)
			t.unique, t.uuid, t.marked, t.intent, t.chosen = drawMarker(), drawUUID(), nil, "", ""
			continue
		}
		defer a.answered(t, reply)
		return a.made(given, t, request, reply)
	}
}

func (a *attempt) makeOnce(ctx context.Context, given *contracts.Given, t *thing, try int) (*wire.Reply, *request, error) {
	request, err := a.e.request(given.Call, a.scopeOf(t))
	if err != nil {
		return nil, nil, err
	}
	t.sent = sentPart(t.resource, given.Call, request)
	t.marked = markedFields(t.sent, t.unique, t.uuid)
	if err := t.maker.shut(); err != nil {
		return nil, nil, err
	}
	writes := givenWrites(given)
	if writes {
		spend := a.spend
		if try > 1 {
			spend = a.spendMore
		}
		if err := spend(t.maker, request); err != nil {
			return nil, nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if writes {
		if err := a.intend(t, making{journal.Given, given.Call, nil, request}); err != nil {
			return nil, nil, err
		}
	}
	reply := a.e.transmit(ctx, t.maker, request, &deed{what: request.line(), writes: writes, by: a.record})
	a.note(reply)
	a.tell(request, reply, t.maker)
	t.made = writes && (reply.Failure == nil || reply.Failure.Sent)
	t.refused = !t.made || a.e.refuses(reply)
	if a.e.leavesOpen(reply) {
		t.unanswered = time.Now()
	}
	return reply, request, nil
}

// made reads the reply of a make.
func (a *attempt) made(given *contracts.Given, t *thing, request *request, reply *wire.Reply) error {
	t.madeAt = reply.SaidAt
	if why := a.e.notReadable(reply); reply.Failure != nil || reply.Status < 200 || reply.Status > 299 {
		return &haltError{"setup-failed", fmt.Sprintf("given %s: %s %s", t.name, request.line(), said(reply)), ""}
	} else if why != "" && reply.Undecodable == "" && !reply.Empty {
		return &haltError{"setup-failed", fmt.Sprintf("given %s: %s: %s", t.name, request.line(), why), ""}
	}
	t.key, t.keyFrom = identify(t.resource, given.Call, nil, request, reply)
	if item := itemOf(t.resource, given.Call, request, reply); item != expr.Absent && item != nil {
		t.item = item
	}
	return nil
}

// settle waits until a given thing is shown by its read, or else its list, and is
// as `from` says; and until it is listed where the contract wants it gone from.
func (a *attempt) settle(ctx context.Context, t *thing) error {
	if t.resource == nil || t.resource.Read == nil && t.resource.List == nil {
		return nil
	}
	deadline := time.Now().Add(or(a.e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin))
	if err := a.shown(ctx, t, deadline); err != nil {
		return err
	}
	return a.awaitFrom(ctx, t, deadline)
}

// shown reads a thing that was just made until it is there.
func (a *attempt) shown(ctx context.Context, t *thing, deadline time.Time) error {
	name := "read"
	if t.resource.Read == nil || t.key == nil {
		name = "list"
	}
	p, err := a.loose(name, t)
	if err != nil || p == nil {
		return err
	}
	var reading verdict.Reading
	foreign := false
	return a.poll(ctx, deadline, func() (bool, error) {
		var err error
		if reading, err = a.readNow(ctx, p); err != nil {
			return false, err
		}
		t.learn(p)
		if p.last != expr.Absent && reading.Known == verdict.Value {
			a.unecho(ctx, p, &reading)
			if foreign = t.isUnlike(p.last) && !reading.Ghost; t.key != nil && !foreign && !reading.Ghost {
				t.item = p.last
				p.markShown()
				return true, nil
			}
		}
		return false, nil
	}, func() error {
		if foreign {
			err := notOwn(t, name)
			t.key, t.keyFrom = nil, "" // cleaning up looks for its marker
			return err
		}
		return notShown(t, name, reading)
	})
}

// notOwn is for a given thing under whose identity something else is read.
func notOwn(t *thing, name string) error {
	return &haltError{"setup-failed",
		fmt.Sprintf("given %s was made, its reply says, as %s, and its %s shows something without its marker there", t.name, identityText(t.key), name),
		"it may be somebody else's, and is left alone; where the provider changes what is sent, put ${unique} where it stays"}
}

// notShown is for a given thing whose reply said that it was made, and which its
// read or list does not show; last is what that gave in the end.
func notShown(t *thing, name string, last verdict.Reading) error {
	made := "given " + t.name + " was made"
	if id := identityText(t.key); id != "" {
		made += " (" + id + ")"
	}
	if last.Known == verdict.Unsure && last.Status/100 == 2 {
		return &haltError{"setup-failed", fmt.Sprintf("%s, its reply says, but its %s cannot be understood: %s", made, name, last.Why),
			"see whether the address in polygraph.yaml is that of the API, and whether provider.yaml says right how it is read"}
	}
	if last.Ghost {
		return &haltError{"setup-failed", fmt.Sprintf("%s, its reply says, but its %s does not show its marker, and answers in the same way for keys that never were", made, name),
			"a read that knows every key is no sight; see whether a contract that `creates` one is kept"}
	}
	return &haltError{"setup-failed", fmt.Sprintf("%s but is not shown by its %s", made, name),
		"see whether this account may read it, or name eyes that can: as: owner"}
}

// loose gives a place that stands in no effect, with the eyes that it has by default.
func (a *attempt) loose(name string, t *thing) (*place, error) {
	who, err := a.role(a.defaultRole(name, t))
	if err != nil {
		return nil, err
	}
	p := &place{probe: name, eyes: who, thing: t, resource: t.resource, last: expr.Absent, own: a.unique}
	switch {
	case name == "read" && t.resource.Read != nil:
		p.look, p.call, p.page = readLook(t.resource), t.resource.Read, readPager(t.resource)
	case name == "list" && t.resource.List != nil:
		p.look, p.call, p.page = verdict.Listing, t.resource.List, listPager(t.resource)
	default:
		return nil, nil
	}
	return p, nil
}

// fewest is how often something is asked at least before it is given up: where a single
// answer takes longer than the deadline is away, one that went wrong says little.
const fewest = 8

// poll asks with growing gaps until it is so, or was not when it was asked after the
// deadline: a client that is short of time must not take its own delay for the
// provider's.
func (a *attempt) poll(ctx context.Context, deadline time.Time, ask func() (bool, error), late func() error) error {
	for asked, gap := 1, 20*time.Millisecond; ; asked, gap = asked+1, min(gap*3/2, longestGap) {
		begun := time.Now()
		done, err := ask()
		if err != nil || done {
			return err
		}
		if !begun.Before(deadline) && asked >= fewest {
			return late()
		}
		wait := gap
		if left := time.Until(deadline); left > 0 {
			wait = min(gap, left)
		}
		if err := budget.Pause(ctx, wait); err != nil {
			return err
		}
	}
}

// awaitFrom waits until the thing is as the contract's `from` says.
func (a *attempt) awaitFrom(ctx context.Context, t *thing, deadline time.Time) error {
	for _, effect := range a.cell.Contract.Effects {
		if effect.From == nil || effect.Thing != t.name {
			continue
		}
		want, err := effect.From.Eval(a.vars(t))
		if err != nil {
			return fmt.Errorf("from: %w", err)
		}
		name := "read"
		if t.resource.Read == nil {
			name = "list"
		}
		p, err := a.loose(name, t)
		if p == nil || err != nil {
			return err
		}
		err = a.poll(ctx, deadline, func() (bool, error) {
			if len(unlike(want, view(t.resource, t.item))) == 0 {
				return true, nil
			}
			_, err := a.readNow(ctx, p)
			if err == nil && p.last != expr.Absent {
				if _, unknown := p.last.(expr.Unknown); !unknown {
					t.item = p.last
				}
			}
			return false, err
		}, func() error {
			return &haltError{"setup-failed", fmt.Sprintf("given %s is not as `from` wants: %s", t.name, expr.Format(view(t.resource, t.item))), ""}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unlike gives the paths at which a value is not what is wanted.
func unlike(want, got any) [][]string {
	var found [][]string
	for _, path := range differing(want, got) {
		if walkPath(want, path) != expr.Absent {
			found = append(found, path)
		}
	}
	return found
}

// learn takes a thing's identity from the one listed item that carries its marker.
func (t *thing) learn(p *place) {
	if t.key != nil || len(t.each) > 0 || p.look != verdict.Listing || p.listed == nil {
		return
	}
	var found *listed
	for i := range p.listed.items {
		item := &p.listed.items[i]
		if !t.equalMarked(item.raw) || t.before(item) {
			continue
		}
		if found != nil {
			return // two: which one is the thing is not known
		}
		found = item
	}
	if found != nil && found.identity != expr.Absent {
		t.key, t.keyFrom = found.identity, "marker"
		p.last = found.raw
	}
}
