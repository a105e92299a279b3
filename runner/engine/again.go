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
	"github.com/polygraph-dev/polygraph/runner/journal"
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
	b.carryOut(ctx, append(steps, b.look, b.act, b.watch))
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
			p.had = was.had || slices.ContainsFunc(slices.Concat(recorded.Before, recorded.Readings), func(r verdict.Reading) bool {
				return r.Known == verdict.Value
			})
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

// say names the effects of a second act that may do nothing by what they then mean.
func (b *attempt) say() {
	if b.created == nil || !b.record.Idle() {
		return
	}
	for i := range b.record.Effects {
		switch effect := &b.record.Effects[i]; {
		case effect.Verb == contracts.Creates:
			effect.Sentence = "creates: no " + b.created.name
		case effect.Verb == contracts.Updates && effect.Thing == b.created.first.name:
			effect.Sentence = "keeps: " + effect.Thing + ", as the first act left it"
		}
	}
}

// drawsMarker tells whether an entry draws anew what the thing is known by.
func drawsMarker(entry *contracts.Again) bool {
	return marks(&contracts.Call{Body: entry.Change.Body, Path: entry.Change.Path}) || entry.Moved && drawn(entry.Act.Address.Refs())
}

// contractAgain is the contract as the second act must keep it. What the first act made
// is given now. Where nothing may come of the second, the thing keeps its name, and must
// stay as the first act left it; where it happens again, the sentences speak of the second.
func (b *attempt) contractAgain() *contracts.Contract {
	a := b.first
	contract := *a.cell.Contract
	contract.Status, contract.StatusSet, contract.Cleanup = contracts.Status{}, false, nil
	if a.created == nil {
		return &contract
	}
	name, idle := a.created.name, a.cell.Again.Effect == contracts.None
	first, second := "first "+name, name
	if idle {
		first, second = name, "second "+name
	}
	b.created = &thing{name: second, resource: a.created.resource, unique: b.unique, uuid: b.uuid, first: a.created, removal: new(plannedItems(secondCell(a.cell)))}
	b.things[first], b.things[second] = a.created, b.created
	b.given = append(b.given, a.created)
	contract.Given = append(slices.Clone(contract.Given), &contracts.Given{Name: first, Resource: a.created.resource, Call: a.cell.Act()})
	contract.Effects = nil
	b.keepItems(&contract)
	for _, effect := range a.cell.Contract.Effects {
		copied := *effect
		if effect.Verb == contracts.Creates || !idle && effect.Thing == name {
			copied.Thing = second
		}
		contract.Effects = append(contract.Effects, &copied)
		if effect.Verb == contracts.Creates && a.created.key != nil {
			contract.Effects = append(contract.Effects, stays(effect, first, idle))
		}
	}
	return &contract
}

// keepItems has every item that the first of two bulk calls made stay as that left it.
func (b *attempt) keepItems(contract *contracts.Contract) {
	if b.first.bulk == nil {
		return
	}
	idle := b.first.cell.Again.Effect == contracts.None
	for _, t := range b.first.bulk.items {
		if t == nil || t.key == nil {
			continue
		}
		first := *t
		first.name = "first " + t.name
		b.things[first.name], b.given = &first, append(b.given, &first)
		contract.Given = append(contract.Given, &contracts.Given{Name: first.name, Resource: t.resource, Call: b.first.cell.Act()})
		contract.Effects = append(contract.Effects, stays(b.first.bulk.each.Effect, first.name, idle))
	}
}

// stays is the effect that what the first act made is as that left it. A second act that
// may do nothing is also asked for values of its own in it.
func stays(creates *contracts.Effect, first string, idle bool) *contracts.Effect {
	effect := &contracts.Effect{Pos: creates.Pos, Verb: contracts.Updates, Thing: first, Resource: creates.Resource, As: creates.As, Waits: creates.Waits}
	if !idle {
		effect.Verb, effect.Thing = contracts.Keeps, ""
		effect.Kept = []contracts.Kept{{Pos: creates.Pos, Thing: first}}
	}
	return effect
}

// untilAgain is how long the second act must still wait.
func (b *attempt) untilAgain() time.Duration {
	return b.first.record.Act.SaidAt + b.first.cell.Again.After - b.now()
}

// requestAgain is the request as it was sent, with what the entry changes.
func (b *attempt) requestAgain() (*request, error) {
	entry, sent := b.first.cell.Again, *b.first.sent
	r := &sent
	r.method, r.header, r.before, r.like = entry.Act.Method, sent.header.Clone(), nil, nil
	s := b.actScope()
	s.unique, s.uuid = b.drawn[0], b.drawn[1]
	vars := s.with()
	for _, change := range []func(*request, scope, expr.Vars) error{b.readdress, b.requery, b.rehead, b.rewrite} {
		if err := change(r, s, vars); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// readdress writes the address anew where the entry changes it, with the other
// parameters as they were.
func (b *attempt) readdress(r *request, s scope, vars expr.Vars) error {
	entry, e := b.first.cell.Again, b.e
	if !entry.Moved && len(entry.Change.Path) == 0 {
		return nil
	}
	call, known := *entry.Act, r.path
	if !entry.Moved {
		vars = b.first.actScope().with()
		call.Path = maps.Clone(call.Path)
		for name := range known { // those that are not written are as they were sent
			if entry.Change.Path[name] == nil {
				call.Path[name] = expr.NewLiteral(nil, plain(known[name]))
			}
		}
		for name, data := range entry.Change.Path {
			value, err := data.EvalStrict(s.with())
			if err != nil {
				return fmt.Errorf("path of %s: %s: %w", call.Text, name, err)
			}
			call.Path[name] = expr.NewLiteral(nil, plain(value))
		}
	}
	r.path = map[string]any{}
	path, err := e.address(&call, s, vars, r)
	if err != nil {
		return err
	}
	if maskedIn(path) && !maskedIn(call.Text) {
		return fmt.Errorf("%s needs what was masked as a secret when it was read, so it is not sent", call.Text)
	}
	_, query, _ := strings.Cut(r.url, "?")
	if r.url, err = e.absolute(path); err != nil {
		return fmt.Errorf("path of %s: %w", call.Text, err)
	}
	if query != "" && !strings.Contains(path, "?") {
		r.url += "?" + query
	}
	return nil
}

// requery changes parameters of the query.
func (b *attempt) requery(r *request, _ scope, vars expr.Vars) error {
	change := b.first.cell.Again.Change.Query
	if change == nil {
		return nil
	}
	value, err := change.EvalStrict(vars)
	if err != nil {
		return fmt.Errorf("query of %s: %w", b.cell.Act().Text, err)
	}
	fresh, _ := value.(map[string]any)
	if r.url, err = withoutQuery(r.url, change.Keys()); err != nil {
		return err
	}
	if r.url, err = withQuery(r.url, fresh); err != nil {
		return err
	}
	r.query = b.e.hide(pruned(mergeValues(orEmptyValue(r.query), fresh), change.Removed()))
	return nil
}

// rehead changes headers.
func (b *attempt) rehead(r *request, _ scope, vars expr.Vars) error {
	change := b.first.cell.Again.Change.Headers
	if change == nil {
		return nil
	}
	value, err := change.EvalStrict(vars)
	if err != nil {
		return fmt.Errorf("headers of %s: %w", b.cell.Act().Text, err)
	}
	fresh, _ := value.(map[string]any)
	for _, name := range change.Keys() {
		if r.header.Del(name); fresh[name] != nil {
			r.header.Set(name, plain(fresh[name]))
		}
	}
	return nil
}

// rewrite merges the entry's body over the one that was sent.
func (b *attempt) rewrite(r *request, _ scope, vars expr.Vars) error {
	change, call := b.first.cell.Again.Change.Body, b.cell.Act()
	switch {
	case change == nil:
		return nil
	case change.Kind == expr.DataRemove:
		r.body, r.told, r.has, r.encoded = nil, nil, false, nil
		r.header.Del("Content-Type")
		return nil
	}
	value, err := change.EvalStrict(vars)
	if err != nil {
		return fmt.Errorf("body of %s: %w", call.Text, err)
	}
	r.body, r.has = pruned(mergeValues(r.body, value), change.Removed()), true
	if masked(r.body) {
		return fmt.Errorf("%s needs what was masked as a secret when it was read, so it is not sent", call.Text)
	}
	r.told = b.e.hide(r.body)
	return r.encode(call.Media)
}

// hide masks what must not be known but to the wire.
func (e *Engine) hide(value any) any {
	if e.client == nil {
		return value
	}
	return e.client.Hide(value)
}

// pruned is a value without what stands at some paths.
func pruned(value any, paths [][]string) any {
	for _, path := range paths {
		value = without(value, path)
	}
	return value
}

func without(value any, path []string) any {
	fields, isMap := value.(map[string]any)
	if !isMap || len(path) == 0 {
		return value
	}
	below, has := fields[path[0]]
	if !has {
		return value
	}
	rest := maps.Clone(fields)
	if len(path) == 1 {
		delete(rest, path[0])
	} else {
		rest[path[0]] = without(below, path[1:])
	}
	return rest
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

// cleanUpAgain removes what the second act made, before the rest is cleaned up.
func (a *attempt) cleanUpAgain(ctx context.Context) ([]Leftover, int) {
	b := a.second
	if b == nil || b.created == nil {
		return nil, 0
	}
	c := &cleaning{attempt: b}
	defer c.awaitJob(ctx)()
	b.unmadeAgain()
	if b.wrote {
		c.removeAgain(ctx)
	}
	for _, t := range b.strays {
		b.astray(t)
		c.leave(t, "the provider stored it on another account than the one that sent it, where nothing of ours may be deleted", deleteText(t.resource))
	}
	return c.left, c.kept
}

// unmadeAgain tells the journal of a second act that never went out.
func (b *attempt) unmadeAgain() {
	if !b.wrote {
		b.removed(b.created, journal.NeverMade)
	}
}

// removeAgain removes what carries the second act's marker, but what the first made:
// that is removed as in every cell.
func (c *cleaning) removeAgain(ctx context.Context) {
	claimed := c.record.Act == nil || verdict.Claim(c.record.Act) == contracts.Unclear || !c.record.Idle() && c.claimsSome()
	if c.first.cell.Contract.Cleanup == nil {
		c.removeAll(ctx, c.created, claimed)
		return
	}
	found, alike := map[string]*thing{}, map[string]*thing{}
	if c.created.key != nil {
		found[identityText(c.created.key)] = c.created
	}
	if known, moved := c.searched(ctx, c.created, found, alike); (known || moved) && claimed && len(found)+len(alike) == 0 {
		c.landed(ctx, c.created, found, alike)
	}
	for _, key := range sortedThings(found) {
		c.ownAgain(ctx, found[key])
	}
	c.leaveAlike(alike)
	if len(found)+len(alike) == 0 {
		c.removed(c.created, journal.NeverMade)
	}
}

// ownAgain sends those calls of the contract's own clean-up that name what the act makes,
// for a second thing. The others put back what two acts have changed as well as one.
func (c *cleaning) ownAgain(ctx context.Context, t *thing) {
	double := *c.first
	double.things, double.created, double.promised = maps.Clone(c.first.things), t, nil
	double.things[c.first.created.name] = t
	own := &cleaning{attempt: &double}
	for i, call := range c.first.cell.Contract.Cleanup {
		if !speaksOf(call, c.first.created.name) {
			continue
		}
		who, err := c.role(firstOr(call.As, "me"))
		if err == nil {
			err = own.clean(ctx, who, i)
		}
		if err != nil {
			c.leave(t, fmt.Sprintf("cleanup: %s", err), call.Text)
			return
		}
	}
	c.removed(t, journal.OwnCleanUp)
}

// secondCell is a cell of `again` as if its second act were all that is sent.
func secondCell(cell *Cell) *Cell {
	return &Cell{Contract: cell.Contract, Case: &contracts.Case{Act: cell.Again.Act}, Account: cell.Account}
}

// again plans the second act, and what it takes to remove what it may make.
func (p *planning) again() {
	entry := p.cell.Again
	if entry == nil {
		return
	}
	actor, err := p.role(firstOr(entry.Act.As, "me"))
	if err != nil {
		return
	}
	second := secondCell(p.cell)
	p.add(Planned{Phase: "again", Write: actWrites(second), AtMost: 1, change: entry.Change}, actor, entry.Act)
	p.places("watch", 0)
	if p.created == nil {
		return
	}
	if own := p.cell.Contract.Cleanup; own != nil {
		for _, call := range own {
			if who, err := p.role(firstOr(call.As, "me")); err == nil && speaksOf(call, p.created.name) {
				p.add(Planned{Phase: "clean-up", Write: true, AtMost: 1}, who, call)
			}
		}
		return
	}
	if r := p.created.resource; r != nil && r.Delete != nil && !r.Never {
		made := &thing{resource: r, maker: actor}
		p.add(Planned{Phase: "clean-up", Write: true, AtMost: plannedItems(second)}, p.remover(made), r.Delete)
	}
}
