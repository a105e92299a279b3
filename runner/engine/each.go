package engine

import (
	"fmt"
	"maps"
	"slices"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A bulk is what a call with `each` sends: several items, each a thing of its own, in
// one request that is sent once. All that it makes carries one marker, is one intent
// in the journal, and is found again by the text around the marker.
type bulk struct {
	each  *contracts.Each
	list  int      // index of the place that lists what is created; -1 for none
	items []*thing // what each item makes, or the given thing that it names; nil for none
	given map[*thing]*verdict.Effect
}

// bindEach binds the sentence of `each` as far as it goes before anything is sent: what
// is created is looked for in the list; what was given is in its own places.
func (a *attempt) bindEach() error {
	each := a.cell.Contract.Each
	if each == nil {
		return nil
	}
	a.bulk = &bulk{each: each, list: -1, given: map[*thing]*verdict.Effect{}}
	if each.Effect.Verb == contracts.Creates {
		at, err := a.place(sight{"list", "", a.created, true})
		a.bulk.list = at
		return err
	}
	for _, t := range a.given {
		if t.resource != each.Effect.Resource {
			continue
		}
		bound := a.eachEffect()
		bound.Thing = t.name
		in := each.Effect.In
		if each.Effect.Verb == contracts.Updates {
			in = a.ownPlaces(each.Effect, t)
		}
		if err := a.bindIn(each.Effect, bound, t, in); err != nil {
			return err
		}
		a.bulk.given[t] = bound
		a.record.Effects = append(a.record.Effects, *bound)
	}
	return nil
}

func (a *attempt) eachEffect() *verdict.Effect {
	effect := a.cell.Contract.Each.Effect
	return &verdict.Effect{
		Verb: effect.Verb, Sentence: effect.Sentence(), Thing: effect.Thing,
		At: fmt.Sprintf("%s:%d", effect.Pos.File, effect.Pos.Line), Masks: a.e.masksOf(effect),
	}
}

// sendsItems makes the items of what is about to be sent into things and effects.
func (a *attempt) sendsItems() error {
	if a.bulk == nil {
		return nil
	}
	value, err := a.bulk.each.Of.Eval(a.vars(nil))
	sent, isList := value.([]any)
	if err != nil || !isList || len(sent) == 0 {
		why := fmt.Sprintf("it gives %s", expr.Format(plainValue(value)))
		if err != nil {
			why = err.Error()
		}
		return &haltError{"setup-failed", "each: `of` names no items of what is sent: " + why, "it is a list, such as request.body.items"}
	}
	a.record.Effects = a.record.Effects[:len(a.cell.Contract.Effects)]
	for i, item := range sent {
		each := verdict.Each{Title: a.itemTitle(item), Sent: plainValue(item), Marked: markedFields(item, a.unique, a.uuid)}
		a.record.Each = append(a.record.Each, each)
		t, bound, err := a.itemEffect(i, item)
		if err != nil {
			return err
		}
		a.bulk.items = append(a.bulk.items, t)
		if bound == nil {
			a.record.Remarks = append(a.record.Remarks, fmt.Sprintf("item %d of %d names nothing that was given, and is not judged", i+1, len(sent)))
			continue
		}
		bound.Item = i + 1
		bound.Sentence = fmt.Sprintf("%s, item %d of %d%s", bound.Sentence, i+1, len(sent), each.Title)
		a.record.Effects = append(a.record.Effects, *bound)
	}
	a.markItems()
	return nil
}

// itemTitle is what tells an item from the others in a message: its text that carries
// the marker, else the item where it is no more than a text or a number.
func (a *attempt) itemTitle(item any) string {
	text := plain(item)
	if fields, isMap := item.(map[string]any); isMap {
		marked := markedFields(fields, a.unique, a.uuid)
		if len(marked) == 0 {
			return ""
		}
		text = plain(marked[slices.Sorted(maps.Keys(marked))[0]])
	}
	const most = 60
	if short := []rune(text); len(short) > most {
		text = string(short[:most]) + "…"
	}
	return fmt.Sprintf(" (%q)", text)
}

// itemEffect is what must be seen of an item, and of which thing; nil where it names
// none that was given.
func (a *attempt) itemEffect(i int, item any) (*thing, *verdict.Effect, error) {
	if a.bulk.each.Effect.Verb != contracts.Creates {
		return a.itemGiven(i, item)
	}
	t := &thing{
		name: fmt.Sprintf("%s %d", a.created.name, i+1), resource: a.created.resource, maker: a.actor, unique: a.unique, uuid: a.uuid,
		sent: item, marked: markedFields(item, a.unique, a.uuid), removal: a.created.removal,
		parents: a.created.parents, params: a.created.params,
	}
	bound := a.eachEffect()
	bound.Want, bound.Marker = plainValue(item), a.unique
	at, err := a.place(sight{"read", "", t, true})
	if err != nil {
		return nil, nil, err
	}
	for _, place := range []int{at, a.bulk.list} {
		if place >= 0 {
			a.where(a.bulk.each.Effect, bound, place, nil)
		}
	}
	return t, bound, nil
}

// itemGiven is the given thing that an item names: by `id`, where that asks the item,
// else by its identity standing anywhere in it.
func (a *attempt) itemGiven(i int, item any) (*thing, *verdict.Effect, error) {
	var named any
	if id := a.bulk.each.ID; id != nil {
		named, _ = id.Eval(a.itemVars(i, expr.Absent))
	}
	for _, t := range a.given {
		given := a.bulk.given[t]
		if given == nil || t.key == nil {
			continue
		}
		if identityText(named) != "" && !expr.SameIdentity(named, t.key) || identityText(named) == "" && !mentionsKey(item, identityText(t.key)) {
			continue
		}
		bound := *given
		bound.Key, bound.Marker = identityText(t.key), t.unique
		if bound.Verb == contracts.Updates {
			bound.Want = wantedOf(item, t)
			bound.Also = behind(t.resource, bound.Want)
		}
		return t, &bound, nil
	}
	return nil, nil, nil
}

// mentionsKey tells whether an identity stands in a value, as a whole.
func mentionsKey(value any, key string) bool {
	return key != "" && anyLeaf(value, func(leaf any) bool { return identityText(leaf) == key })
}

// markItems lets the act's thing be found by what any of the items carries.
func (a *attempt) markItems() {
	if a.created == nil {
		return
	}
	a.created.marked, a.created.sent = nil, nil
	for i := range a.record.Each {
		if marked := a.record.Each[i].Marked; len(marked) > 0 {
			a.created.each = append(a.created.each, marked)
		}
	}
}

// itemVars are what the expressions of `each` see of one item.
func (a *attempt) itemVars(i int, answer any) expr.Vars {
	vars := a.vars(nil)
	vars["index"], vars["item"], vars["answer"] = number(int64(i)), orAbsent(a.record.Each[i].Sent), answer
	if vars["job"] = expr.Absent; a.job != nil {
		vars["job"] = a.job.value
	}
	return vars
}

// madeByAct tells whether the act was to make a thing, alone or as one of several.
func (a *attempt) madeByAct(t *thing) bool {
	return t != nil && (t == a.created || a.created != nil && a.bulk != nil && slices.Contains(a.bulk.items, t))
}

// missed tells how many of the things that the act was to make were said to be made, or
// may have been, and are not among those that were found.
func (c *cleaning) missed(t *thing, found int) bool {
	if c.bulk == nil || t != c.created {
		return found == 0
	}
	expected := 0
	for i := range c.record.Each {
		if c.record.Each[i].Claim != contracts.Refused {
			expected++
		}
	}
	return found < expected
}

// sentTo is what the act sends for a given thing.
func (a *attempt) sentTo(t *thing, call *contracts.Call, request *request) any {
	if a.bulk == nil {
		return sentPart(t.resource, call, request)
	}
	if at := slices.Index(a.bulk.items, t); at >= 0 {
		return orAbsent(a.record.Each[at].Sent)
	}
	return expr.Absent
}
