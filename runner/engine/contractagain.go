package engine

import (
	"slices"

	"github.com/polygraph-dev/polygraph/contracts"
)

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
