package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A cell of an entry of `again` is two attempts on the same things, one after the other:
// the base, and then, where that was done and kept, the act once more. The second has a
// record of its own, in which the world as the first act left it is what was before, and
// is judged like any other. Each of the two acts is sent once: nothing about this file
// sends a request that was sent before, but the user's own word that it is to be.

// repeat sends the act a second time, as the cell's entry of `again` says. Where the
// first did not come out as it must, it says why in its remarks, and sends nothing.
func (a *attempt) repeat(ctx context.Context, rest time.Duration) {
	if a.cell.Again == nil {
		return
	}
	if ctx.Err() != nil {
		a.verdict = nil // that was of the first act only
		a.stopped(ctx, ctx.Err())
		return
	}
	if why := a.unrepeatable(); why != "" {
		a.record.Remarks = append(a.record.Remarks, "the act was not sent a second time: "+why)
		a.verdict = nil // it has this remark now
		return
	}
	b, err := a.again()
	if err != nil {
		a.verdict = nil
		a.stopped(ctx, err)
		return
	}
	a.second = b
	defer b.survive()
	steps := []func(context.Context) error{func(ctx context.Context) error { return budget.Pause(ctx, b.untilAgain()) }}
	if rest > 0 {
		steps = append(steps, func(ctx context.Context) error { return b.lie(ctx, rest) })
	}
	b.carryOut(ctx, append(steps, b.moveParents, b.look, b.act, b.watch))
	b.finish(ctx)
}

// unrepeatable says why there is nothing to send a second time; "" where there is.
func (a *attempt) unrepeatable() string {
	if a.record.Act == nil {
		return "it was not sent the first time"
	}
	v := a.settled()
	switch {
	case v.Class == verdict.KnownLie && v.Fixed:
	case v.Class != verdict.Kept && v.Kind != "":
		return fmt.Sprintf("the first came out as %s", v.Kind)
	case v.Class != verdict.Kept:
		return "the first was not kept"
	case v.Claim == contracts.Refused && len(a.record.Wanted.Lacks) > 0:
		return "the first was refused, as this account expects it"
	case v.Claim == contracts.Unclear:
		return "the first got no answer that says whether it was done"
	}
	return ""
}

// again is the attempt that sends the act of a once more.
func (a *attempt) again() (*attempt, error) {
	entry := a.cell.Again
	b := a.e.newAttempt(a.cell, a.record.Cell.Attempt)
	b.first, b.epoch, b.me, b.facts, b.exchanges, b.purse, b.post = a, a.epoch, a.me, a.facts, a.exchanges, a.purse, a.post
	b.drawn = [2]string{b.unique, b.uuid}
	if !drawsMarker(entry) {
		b.unique, b.uuid = a.unique, a.uuid
	}
	b.named, b.things, b.given = a.named, maps.Clone(a.things), slices.Clone(a.given)
	for _, t := range a.things { // what was seen there may be gone now
		t.shown = nil
	}
	b.cell = &Cell{Number: a.cell.Number, Contract: b.contractAgain(), Account: a.cell.Account, Case: &contracts.Case{
		Pos: entry.Pos, Name: a.cell.CaseName(), Act: entry.Act, Removed: entry.Removed, Recast: entry.Recast,
		Status: entry.Status, StatusSet: entry.StatusSet, Expect: entry.Expect, Snapshot: entry.Snapshot,
	}}
	actor, err := a.role(firstOr(entry.Act.As, "me"))
	if err != nil {
		return nil, err
	}
	b.actor = actor
	if b.created != nil {
		b.created.maker = actor
	}
	b.record.Cell, b.record.Earlier = a.record.Cell, a.record.Earlier
	b.record.Cell.Rest = 0
	b.record.Wanted = b.wanted()
	b.record.Repeat = &verdict.Repeat{Name: entry.Name, Effect: entry.Effect, Same: entry.Same, Marked: b.unique != a.unique, First: stripped(a.record)}
	if a.created != nil {
		b.record.Repeat.Key = identityText(a.created.key)
	}
	if err := b.bind(); err != nil {
		return nil, err
	}
	b.inherit()
	b.say()
	return b, nil
}

// inherit lets the places know what they showed around the first act: what is denied now
// and was shown then may be gone.
func (b *attempt) inherit() {
	for _, p := range b.places {
		for i, was := range b.first.places {
			if p.probe != was.probe || p.look != was.look || p.eyes != was.eyes || p.thing != was.thing {
				continue
			}
			recorded := &b.first.record.Places[i]
			p.ghosts = was.ghosts
			p.had = was.had || slices.ContainsFunc(recorded.Before, isValue) || slices.ContainsFunc(recorded.Readings, isValue)
		}
	}
}

// unmaskAll takes what is denied like a key that never was for absent, before the second
// act: the first may have removed it.
func (b *attempt) unmaskAll(ctx context.Context, readings map[int]verdict.Reading) {
	for at, reading := range readings {
		b.unmask(ctx, b.places[at], &reading)
		readings[at] = reading
	}
}

// drawsMarker tells whether an entry draws anew what the thing is known by.
func drawsMarker(entry *contracts.Again) bool {
	return marks(&contracts.Call{Body: entry.Change.Body, Path: entry.Change.Path}) || entry.Moved && drawn(entry.Act.Address.Refs())
}

// untilAgain is how long the second act must still wait.
func (b *attempt) untilAgain() time.Duration {
	return b.first.record.Act.SaidAt + b.first.cell.Again.After - b.now()
}

// sameThing tells whether a second reply names what the first act made: then it is no
// other thing.
func (a *attempt) sameThing() bool {
	return a.first != nil && a.created != nil && a.created.first.key != nil && expr.SameIdentity(a.created.key, a.created.first.key)
}

// spokenOf is what a reply to the act speaks of: what it made, and after a second act that may
// make nothing, what the first did.
func (a *attempt) spokenOf() *thing {
	if a.record.Idle() && a.created != nil {
		return a.created.first
	}
	return a.created
}

// compareReplies gives the judge what it needs to compare the two replies: the masks under
// the path at which a reply holds the thing, or, where that is no mere path, the things.
// The key is compared whatever masks say: another identity is another thing.
func (b *attempt) compareReplies(request *request, reply *wire.Reply) {
	repeat, r := b.record.Repeat, b.actResource()
	if r == nil {
		return
	}
	program := b.cell.Act().Item
	if program == nil {
		program = r.Item
	}
	at, whole := []string{"body"}, false
	switch {
	case b.bulk != nil:
		at = b.bulk.answersAt()
	case program != nil:
		at, whole = pathTo(program)
	}
	for _, mask := range masks(r) {
		if mask.Mask == contracts.MustExist && slices.Equal(mask.Path, keyPath(r, b.cell.Act())) {
			continue
		}
		mask.Path = append(slices.Clone(at), mask.Path...)
		repeat.Masks = append(repeat.Masks, mask)
	}
	if whole {
		repeat.Items = &verdict.Pair{First: b.first.told, Second: plainValue(itemOf(r, b.cell.Act(), request, reply))}
	}
}

// pathTo gives the path that an `item` expression is, from the reply on; otherwise the
// thing must be taken out of the reply.
func pathTo(program *expr.Program) (path []string, computed bool) {
	if refs := program.Refs(); len(refs) == 1 && strings.Join(refs[0], ".") == program.Source() && len(refs[0]) > 1 && refs[0][0] == "response" {
		return refs[0][1:], false
	}
	return []string{"body"}, true
}
