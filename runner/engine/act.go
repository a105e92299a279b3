package engine

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
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

// act sends the call under test: once, whatever comes back.
func (a *attempt) act(ctx context.Context) error {
	call := a.cell.Act()
	request, err := a.actRequest(call)
	if err != nil {
		return &haltError{"setup-failed", err.Error(), ""}
	}
	a.sent = request
	sent := sentPart(a.actResource(), call, request)
	if a.created != nil {
		a.created.sent, a.created.marked = sent, markedFields(sent, a.unique, a.uuid)
	}
	a.request = request.variable()
	if err := a.sendsItems(); err != nil {
		return err
	}
	if err := a.wants(sent); err != nil {
		return err
	}
	if err := a.actor.shut(); err != nil {
		return err
	}
	if actWrites(a.cell) {
		if err := a.spend(a.actor, request); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := a.intend(a.created, making{journal.Act, call, a.cell.Contract.ID, request}); err != nil {
		return err
	}
	if err := a.intendMadeUp(call, request); err != nil {
		return err
	}
	if err := a.intendBeside(call, request); err != nil {
		return err
	}
	if err := a.remark(request, call); err != nil {
		return err
	}
	if err := a.promise(sent); err != nil {
		return err
	}
	a.wrote = true
	reply, err := a.sendAct(ctx, call, request)
	if err != nil {
		return err
	}
	a.wrote = reply.Failure == nil || reply.Failure.Sent
	defer a.answered(a.created, reply)
	a.answeredMadeUp(reply)
	a.answeredBeside(reply)
	if err := ctx.Err(); err != nil && !a.wrote {
		return err // stopped while it waited for its limit
	}
	a.record.Act = a.actRecord(call, request, reply, sent)
	a.tell(request, reply, a.actor)
	a.replied(call, request, reply)
	if err := a.promise(sent); err != nil {
		return err
	}
	if err := a.wantsOfReply(sent); err != nil {
		return err
	}
	if verdict.Claim(a.record.Act) != contracts.Done {
		return nil
	}
	return a.followLocation(ctx, request, reply)
}

// actRequest fills the act in; that of a second act repeats the first.
func (a *attempt) actRequest(call *contracts.Call) (*request, error) {
	if a.first != nil {
		return a.requestAgain()
	}
	return a.e.request(call, a.actScope())
}

// toBeGone are the identities of what the act is to delete.
func (a *attempt) toBeGone() []string {
	var keys []string
	for _, effect := range a.record.Effects {
		if effect.Verb == contracts.Deletes && effect.Key != "" {
			keys = append(keys, effect.Key)
		}
	}
	return keys
}

// sendAct sends the act: once. An act that only looks is a read, and a read that
// merely failed is sent again until the deadline of its effect.
func (a *attempt) sendAct(ctx context.Context, call *contracts.Call, request *request) (*wire.Reply, error) {
	deadline := time.Now().Add(a.longestWithin())
	gone := a.toBeGone()
	for asked, gap := 1, 50*time.Millisecond; ; asked, gap = asked+1, min(2*gap, longestGap) {
		reply := a.e.transmit(ctx, a.actor, request, &deed{what: request.line(), writes: actWrites(a.cell), deletion: len(gone) > 0 || request.method == "DELETE", gone: gone, by: a.record})
		a.note(reply)
		if actWrites(a.cell) || !passing(reply) || a.wantsStatus(reply.Status) || asked >= fewest && time.Now().After(deadline) {
			return reply, nil
		}
		wait, _ := a.e.retryIn(reply)
		if err := budget.Pause(ctx, max(wait, gap)); err != nil {
			return nil, err
		}
	}
}

// passing tells whether a reply says nothing but that it went wrong this time.
func passing(reply *wire.Reply) bool {
	if reply.Failure != nil {
		return reply.Failure.Kind != wire.KindInvalid && reply.Failure.Kind != wire.KindCanceled
	}
	return reply.Status >= 500 || reply.Status == 429 || reply.Status == 425 || reply.Status == 408
}

// wantsStatus tells whether the contract or case expects this very status.
func (a *attempt) wantsStatus(status int) bool {
	return slices.Contains(a.record.Wanted.Status.Codes, status) || slices.Contains(a.record.Wanted.Status.Classes, status/100)
}

func (a *attempt) longestWithin() time.Duration {
	longest := time.Duration(0)
	for _, effect := range a.record.Effects {
		for _, where := range effect.Where {
			longest = max(longest, where.Within)
		}
	}
	if longest == 0 {
		return or(a.e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin)
	}
	return longest
}

// wantsOfReply fills in the wants that name the reply. Where it lacks what they
// name, what is wanted is not known; a refusal need not have it.
func (a *attempt) wantsOfReply(sent any) error {
	for _, effect := range a.cell.Contract.Effects {
		if setByReply(effect) && verdict.Claim(a.record.Act) != contracts.Refused {
			return a.wants(sent)
		}
	}
	return nil
}

// setByReply tells whether an effect's `set` names the reply.
func setByReply(effect *contracts.Effect) bool {
	if effect.Set == nil {
		return false
	}
	for _, ref := range effect.Set.Refs() {
		if ref[0] == "response" {
			return true
		}
	}
	return false
}

// actScope is the scope of the act: with an operationId, the path parameter that
// nothing binds is the identity of the thing that the sentence names.
func (a *attempt) actScope() scope {
	var subject *thing
	for _, effect := range a.cell.Contract.Effects {
		if t := a.things[effect.Thing]; t != nil && t != a.created {
			subject = t
			break
		}
	}
	if subject == nil && len(a.given) > 0 {
		subject = a.given[len(a.given)-1]
	}
	s := a.scopeOf(subject)
	for _, t := range a.given { // the act means them by their own names, whatever the sentence is about
		s.vars[t.name] = t.value
	}
	s.unique, s.uuid = a.unique, a.uuid
	return s
}

// actResource is the resource that the act speaks of, for `sent` and `item`.
func (a *attempt) actResource() *contracts.Resource {
	for _, effect := range a.cell.Contract.Effects {
		if effect.Resource != nil && (effect.Verb == contracts.Creates || effect.Verb == contracts.Updates) {
			return effect.Resource
		}
	}
	return nil
}

// wants fills in what each effect wants, now that what is sent is known.
func (a *attempt) wants(sent any) error {
	for i, effect := range a.cell.Contract.Effects {
		bound := &a.record.Effects[i]
		t := a.things[effect.Thing]
		if setByReply(effect) && a.response == expr.Absent {
			continue // once it is there
		}
		if t != nil {
			bound.Key, bound.Marker = identityText(t.key), t.unique
		}
		switch effect.Verb {
		case contracts.Creates:
			bound.Want, bound.Marker = plainValue(sent), a.unique
			if effect.Set != nil {
				want, err := effect.Set.EvalStrict(a.vars(a.created))
				if err != nil {
					return fmt.Errorf("set: %w", err)
				}
				bound.Want = mergeValues(bound.Want, want)
			}
		case contracts.Updates:
			bound.Want = wantedOf(sent, t)
			if effect.Set != nil {
				want, err := effect.Set.EvalStrict(a.vars(t))
				if err != nil {
					return fmt.Errorf("set: %w", err)
				}
				for _, path := range effect.Set.Removed() { // set: {assignee: null} wants it empty
					want = setPath(want, path, nil)
				}
				bound.Want = want
			}
			bound.Also = slices.Concat(effect.Also, behind(effect.Resource, bound.Want))
		}
	}
	return nil
}

// wantedOf is what an update wants where it does not say: what was sent, if that is
// an object, or a text that replaces a text. A list of changes, or nothing at all,
// wants nothing that could be read back.
func wantedOf(sent any, t *thing) any {
	switch sent := sent.(type) {
	case map[string]any:
		return sent
	case string:
		if t != nil {
			if _, text := t.item.(string); text {
				return sent
			}
		}
	}
	return map[string]any{}
}

// actRecord is the act as the judge sees it.
func (a *attempt) actRecord(call *contracts.Call, request *request, reply *wire.Reply, sent any) *verdict.Act {
	act := &verdict.Act{
		Call: request.line(), Operation: a.cell.Operation(), Method: request.method, Eyes: a.actor.name,
		Exchange: reply.Exchange.Number, Sends: reply.Sends,
		SentAt: a.at(reply.SentAt), SaidAt: a.at(reply.SaidAt), Status: reply.Status,
		Location: reply.Header.Get("Location") != "", Unread: reply.Undecodable,
		Marker: a.unique, Marked: markedFields(sent, a.unique, a.uuid), Sent: plainValue(sent),
		Facts: reply.Exchange.Facts, Read: !actWrites(a.cell), Condition: condition(request),
	}
	if request.holds(a.uuid) {
		act.UUID = a.uuid
	}
	if request.method == http.MethodPut {
		act.ETag = reply.Header.Get("ETag")
	}
	if body := bodyVar(reply); body != expr.Absent {
		if _, unknown := body.(expr.Unknown); !unknown {
			act.Body = body
		}
	}
	if reply.Failure != nil {
		act.Failure, act.Untouched = reply.Failure.Error(), !reply.Failure.Sent
	}
	if wait, ok := reply.RetryAfter(); ok {
		act.RetryIn = &wait
	}
	for _, c := range a.cell.Contract.Claims {
		act.Claims = append(act.Claims, verdict.ClaimOf{Status: statusOf(c.Status), Claim: c.Claim})
	}
	if c := a.cell.Case; c != nil {
		act.Removed = c.Removed
	}
	return act
}

// replied asks the reply everything that the contract wants to know of it.
func (a *attempt) replied(call *contracts.Call, request *request, reply *wire.Reply) {
	act, contract := a.record.Act, a.cell.Contract
	if reply.Failure == nil || reply.Status != 0 {
		a.response = responseVar(reply)
	}
	vars := a.vars(a.spokenOf())
	act.Refusal = ask(cmp.Or(contract.Refusal, a.e.o.Suite.Provider.Refusal), vars, verdict.False)
	act.Throttled = ask(cmp.Or(contract.Throttled, a.e.o.Suite.Provider.Throttled), vars, verdict.False)
	a.record.Wanted.Known = a.knownLies(vars)
	expect, snapshots := a.asks()
	if expect != nil {
		truth, err := expect.Truth(vars)
		asked := &verdict.Asked{Source: expect.Source(), Truth: truthOf(truth, err), Why: a.detail(&place{program: expect}, vars)}
		if err != nil {
			asked.Why = err.Error()
		}
		act.Expect = asked
	}
	for _, named := range snapshots {
		if value, err := named.Expr.Eval(vars); err == nil && storable(value) {
			if act.Snapshot == nil {
				act.Snapshot = map[string]any{}
			}
			act.Snapshot[named.Name] = value
		}
	}
	a.findJob(request)
	a.identifyCreated(call, request, reply)
	a.answeredItems(reply)
	if entry := a.cell.Again; entry != nil && entry.Same {
		a.told = plainValue(itemOf(a.actResource(), call, request, reply))
	}
	if a.first != nil && a.record.Repeat.Same {
		a.compareReplies(request, reply)
	}
	a.landReply(reply)
	for _, t := range append(append([]*thing{}, a.given...), a.created, a.never) {
		if t != nil {
			a.record.Things = append(a.record.Things, t.record(a))
		}
	}
}

// ask answers an expression, and gives otherwise where none is written.
func ask(program *expr.Program, vars expr.Vars, otherwise verdict.Truth) verdict.Truth {
	if program == nil {
		return otherwise
	}
	return truthOf(program.Truth(vars))
}

func truthOf(truth expr.Truth, err error) verdict.Truth {
	switch {
	case err != nil:
		return verdict.Unknown
	case truth == expr.True:
		return verdict.True
	case truth == expr.False:
		return verdict.False
	}
	return verdict.Unknown
}

// identifyCreated learns the identity of what the act made.
func (a *attempt) identifyCreated(call *contracts.Call, request *request, reply *wire.Reply) {
	if a.created == nil {
		return
	}
	a.created.made, a.created.madeAt = a.wrote, reply.SaidAt
	if a.e.leavesOpen(reply) {
		a.created.unanswered = time.Now()
	}
	if a.bulk != nil {
		return // each item has an identity of its own
	}
	id := a.cell.Contract.ID
	fromRequest := id != nil && origin(id) == "request"
	if claim := verdict.Claim(a.record.Act); (claim == contracts.Refused || a.record.Wanted.Nothing) && !fromRequest {
		return // a refusal names nothing that it made, and a dry run what it would make
	}
	item := itemOf(a.created.resource, call, request, reply)
	key, from := identify(a.created.resource, call, id, request, reply)
	if a.created.maybeJobs = a.mayBeJobs(call, id, from, item); a.created.maybeJobs && a.leavesNaming() {
		return
	}
	a.created.key, a.created.keyFrom = key, from
	a.keyKnown()
	if item != expr.Absent && item != nil && a.created.resource != nil && a.created.resource.Read == nil {
		a.created.item = item
	}
}

// keyKnown makes the record say what is known of the identity of what the act made.
func (a *attempt) keyKnown() {
	if a.sameThing() {
		a.created.key, a.created.keyFrom = nil, ""
	}
	a.record.Act.Key, a.record.Act.KeyFrom = identityText(a.created.key), a.created.keyFrom
	for i, effect := range a.cell.Contract.Effects {
		if effect.Verb == contracts.Creates {
			a.record.Effects[i].Key = identityText(a.created.key)
		}
	}
}

// landReply makes the first reading of a `finds` out of the act's own reply.
func (a *attempt) landReply(reply *wire.Reply) {
	for i, p := range a.places {
		if p.look != verdict.Reply || p.probe == verdict.Base {
			continue
		}
		f := &fetched{first: reply, pages: []*wire.Reply{reply}, sentAt: reply.SentAt, gotAt: reply.SaidAt}
		request, err := a.e.request(p.call, a.actScope())
		if err == nil && p.page != nil {
			f.list = a.e.walk(a.e.hard, p.eyes, request, p.page, f)
		}
		reading := a.land(landing{place: p, fetched: f, asked: request, sentAt: f.sentAt, gotAt: f.gotAt})
		a.record.Places[i].Readings = append(a.record.Places[i].Readings, reading)
	}
}

func (t *thing) record(a *attempt) verdict.Thing {
	r := verdict.Thing{Name: t.name, Key: identityText(t.key), Marker: t.unique, Account: t.maker.name, Removed: t.away}
	if t.resource != nil {
		r.Resource = t.resource.Name
	}
	if anyLeaf(t.sent, func(leaf any) bool { text, is := leaf.(string); return is && strings.Contains(text, t.uuid) }) {
		r.UUID = t.uuid
	}
	if !t.madeAt.IsZero() {
		r.MadeAt = a.at(t.madeAt)
	}
	return r
}
