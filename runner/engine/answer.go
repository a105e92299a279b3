package engine

import (
	"slices"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// answeredItems reads out of the reply what it says of every item.
func (a *attempt) answeredItems(reply *wire.Reply) {
	if a.bulk == nil {
		return
	}
	spoken := reply.Failure == nil && reply.Status/100 == 2 && !a.bulk.awaits(a)
	for i := range a.record.Each {
		each, answer := &a.record.Each[i], any(expr.Absent)
		if spoken {
			answer = a.itemAnswer(i)
		}
		if storable(answer) {
			each.Answer = plainValue(answer)
		}
		if spoken {
			each.Claim, each.Why = a.itemClaim(i, answer)
			if each.Claim == contracts.Unclear && a.record.Act.Refusal == verdict.True {
				each.Claim, each.Why = "", "" // it is the body as a whole that says no
			}
		}
		a.identifyItem(i, answer)
	}
}

// awaits tells whether the answers for the items stand in what the job tells, and nobody
// has heard of it yet.
func (b *bulk) awaits(a *attempt) bool {
	return a.job != nil && verdict.Claim(a.record.Act) == contracts.Accepted && speaks("job", b.each.Answer, b.each.Done, b.each.Refused, b.each.ID)
}

// speaks tells whether any of some expressions names a variable.
func speaks(name string, programs ...*expr.Program) bool {
	return slices.ContainsFunc(programs, func(p *expr.Program) bool {
		return slices.ContainsFunc(refsOf(p), func(ref []string) bool { return ref[0] == name })
	})
}

// answeredByJob reads out of a job that is over what it says of every item. Of a job that
// has failed what it does not name has failed, too.
func (a *attempt) answeredByJob(reading verdict.Reading) {
	if a.bulk == nil || reading.Truth != verdict.True && reading.Failed != verdict.True || !a.bulk.awaits(a) {
		return
	}
	for i := range a.record.Each {
		each, answer := &a.record.Each[i], a.itemAnswer(i)
		if answer == expr.Absent && reading.Failed == verdict.True {
			continue
		}
		if storable(answer) {
			each.Answer = plainValue(answer)
		}
		each.ByJob = true
		each.Claim, each.Why = a.itemClaim(i, answer)
		a.identifyItem(i, answer)
	}
}

// answersAt is the path of the answers in a reply: what of them may differ, by the masks,
// may do so in every one.
func (b *bulk) answersAt() []string {
	for _, ref := range refsOf(b.each.Answer) {
		if len(ref) > 1 && ref[0] == "response" {
			return ref[1:]
		}
	}
	return []string{"body"}
}

// itemAnswer is the answer for an item; absent where there is none.
func (a *attempt) itemAnswer(i int) any {
	program := a.bulk.each.Answer
	if program == nil {
		return expr.Absent
	}
	answer, err := program.Eval(a.itemVars(i, expr.Absent))
	if err != nil {
		return expr.Unknown{Why: err.Error()}
	}
	return answer
}

// itemClaim is what the answer for an item claims; "" where the contract does not say,
// and the status speaks for it.
func (a *attempt) itemClaim(i int, answer any) (contracts.Claim, string) {
	each := a.bulk.each
	if each.Answer != nil && answer == expr.Absent {
		return contracts.Unclear, "there is no answer for it"
	}
	vars := a.itemVars(i, answer)
	done, refused := ask(each.Done, vars, verdict.False), ask(each.Refused, vars, verdict.False)
	switch {
	case done == verdict.Unknown || refused == verdict.Unknown:
		return contracts.Unclear, "its answer cannot be understood"
	case done == verdict.True && refused == verdict.True:
		return contracts.Unclear, "its answer says both done and refused"
	case done == verdict.True:
		return contracts.Done, ""
	case refused == verdict.True:
		return contracts.Refused, ""
	case each.Done == nil:
		return "", ""
	}
	return contracts.Unclear, "its answer says neither done nor refused"
}

// identifyItem learns the identity of what an item made. A refusal names nothing that
// it made; an identity that the client chose stands in the request, whatever comes back.
func (a *attempt) identifyItem(i int, answer any) {
	t, id := a.bulk.items[i], a.bulk.each.ID
	if a.created == nil || t == nil || t.keyFrom == "request" {
		return
	}
	t.made, t.madeAt, t.unanswered, t.intent = a.created.made, a.created.madeAt, a.created.unanswered, a.created.intent
	value, from := any(expr.Absent), "body"
	if a.record.Each[i].ByJob {
		from = "job"
	}
	switch {
	case id != nil && !speaksOfAnswer(id):
		from = "request"
		value, _ = id.Eval(a.itemVars(i, expr.Absent))
	case a.record.Each[i].Claim == contracts.Refused || verdict.Claim(a.record.Act) == contracts.Refused:
		return
	case id != nil:
		value, _ = id.Eval(a.itemVars(i, answer))
	case answer != expr.Absent:
		value = walkPath(answer, keyPath(t.resource, nil))
	}
	if text := identityText(value); text != "" && len(text) <= longestIdentity && !a.madeFirst(value) {
		t.key, t.keyFrom = value, from
		a.knowItem(i)
	}
}

// madeFirst tells whether an answer to the second of two acts names what the first made.
func (a *attempt) madeFirst(key any) bool {
	return a.first != nil && slices.ContainsFunc(a.first.bulk.items, func(t *thing) bool {
		return t != nil && t.key != nil && expr.SameIdentity(key, t.key)
	})
}

// speaksOfAnswer tells whether an `id` asks what came back, and not only what was sent.
func speaksOfAnswer(id *expr.Program) bool {
	return speaks("answer", id) || speaks("response", id) || speaks("job", id)
}

// knowItem puts an item's identity into the record, and tells the journal.
func (a *attempt) knowItem(i int) {
	t, each := a.bulk.items[i], &a.record.Each[i]
	each.Key, each.KeyFrom = identityText(t.key), t.keyFrom
	for at := range a.record.Effects {
		if a.record.Effects[at].Item == i+1 {
			a.record.Effects[at].Key = each.Key
		}
	}
	if t.keyFrom != "request" { // there may be nothing under it
		a.seen(t)
	}
}

// learnItems takes identities that no answer named from the list. Items with the same
// text are left alone: of the first that shows, nobody knows which one it is.
func (a *attempt) learnItems(p *place) {
	for i, t := range a.bulk.items {
		if t.key != nil || a.hasTwin(t) {
			continue
		}
		last := p.last
		t.learn(p)
		if a.madeFirst(t.key) {
			t.key = nil
		}
		if p.last = last; t.key != nil {
			a.knowItem(i)
		}
	}
}

// hasTwin tells whether another item was sent with the same text around the marker.
func (a *attempt) hasTwin(t *thing) bool {
	return slices.ContainsFunc(a.bulk.items, func(o *thing) bool { return o != t && len(differing(o.marked, t.marked)) == 0 })
}
