package engine

import (
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// The case that names what never was: its call has a made-up identity where that of the
// contract has the identity of a given thing. A success says nothing about the given
// thing then. What never was is read beside it, as a thing that was removed would be: if
// it was not there before and is not there afterwards, the success had nothing to act on.

// bindMadeUp adds the place in which what the case names is looked for, with the eyes that
// read the given thing. It stands last: where it turns out to prove nothing it is dropped.
func (a *attempt) bindMadeUp() error {
	t := a.passedOver()
	if t != nil && !madeUp(a.cell.Case.Act) {
		return nil
	}
	if t == nil {
		t = a.putElsewhere()
	}
	if t == nil || t.resource == nil || t.resource.Read == nil || a.cell.Contract.Each != nil {
		return nil
	}
	never := &thing{name: "made-up " + t.name, resource: t.resource, maker: t.maker, instead: t}
	at, err := a.place(sight{"read", "", never, false})
	if err != nil {
		return err
	}
	a.never = never
	bound := verdict.Effect{Verb: contracts.Keeps, Sentence: "keeps: " + never.name, Thing: never.name, At: a.cell.Contract.Pos.String(), Masks: masks(t.resource)}
	a.where(&contracts.Effect{Verb: contracts.Keeps}, &bound, at, nil)
	a.record.Effects = append(a.record.Effects, bound)
	return nil
}

// passedOver is the given thing that a sentence is about and the case's call does not
// name; nil for none.
func (a *attempt) passedOver() *thing {
	for _, effect := range a.cell.Contract.Effects {
		if a.cell.Contract.Aside(a.cell.Case, effect) {
			return a.things[effect.Thing]
		}
	}
	return nil
}

// madeUp tells whether all that a call's path says is written in it or drawn for it: what
// comes from polygraph.yaml may be somebody's.
func madeUp(call *contracts.Call) bool {
	refs := call.Address.Refs()
	for _, data := range call.Path {
		refs = append(refs, data.Refs()...)
	}
	return !slices.ContainsFunc(refs, func(ref []string) bool { return ref[0] == "account" || ref[0] == "target" })
}

// nameMadeUp finds out what identity the case's call has in the place of the given thing's:
// the one segment of the path in which it differs from the contract's own call.
func (a *attempt) nameMadeUp() {
	if a.never == nil {
		return
	}
	own, err := a.e.request(a.cell.Contract.Act, a.actScope())
	if err != nil {
		a.dropMadeUp()
		return
	}
	cast, err := a.e.request(a.cell.Act(), a.actScope())
	if err != nil {
		a.dropMadeUp()
		return
	}
	key := otherSegment(own.short(), cast.short(), identityText(a.never.instead.key))
	if key == "" {
		if key = a.underAnother(own, cast); key == "" {
			a.dropMadeUp()
			return
		}
	}
	a.never.key = key
	a.record.Effects[len(a.record.Effects)-1].Key = key
}

// otherSegment is what one path has where another has an identity, if they are alike in
// all else; "" where they are not.
func otherSegment(with, without, identity string) string {
	one, other := strings.Split(with, "/"), strings.Split(without, "/")
	if len(one) != len(other) || identity == "" {
		return ""
	}
	found := ""
	for i := range one {
		switch {
		case one[i] == other[i]:
		case found != "" || unescape(one[i]) != identity:
			return ""
		default:
			found = unescape(other[i])
		}
	}
	return found
}

// confirmMadeUp keeps the place only if what the case names was not there before the act:
// what is there is somebody's, and no success about it is vacuous.
func (a *attempt) confirmMadeUp() {
	if a.never == nil {
		return
	}
	before := a.record.Places[len(a.places)-1].Before
	if len(before) < 2 || slices.ContainsFunc(before, func(r verdict.Reading) bool { return r.Known != verdict.Absent }) {
		a.dropMadeUp()
		return
	}
	a.never.away = true
}

// dropMadeUp takes the place back; it is the last.
func (a *attempt) dropMadeUp() {
	a.never = nil
	a.places = a.places[:len(a.places)-1]
	a.record.Places = a.record.Places[:len(a.record.Places)-1]
	a.record.Effects = a.record.Effects[:len(a.record.Effects)-1]
}
