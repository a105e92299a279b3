package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// An attempt is one go at a cell: make what the contract needs, look, act, watch,
// clean up. Its record is all that the judge gets to see. It belongs to one
// goroutine; only fetching happens beside it.
type attempt struct {
	e       *Engine
	cell    *Cell
	me      *eyes
	actor   *eyes // who acts; differs from me where the contract or case says `as`
	facts   Facts
	epoch   time.Time
	record  *verdict.Record
	verdict *verdict.Verdict // once it is kept, and the record complete

	unique, uuid string   // the act's
	promised     []string // intents of the calls of the contract's own clean-up, by index; "" for none yet
	unfilled     []bool   // the same calls: the journal knows that there will be one, and not what it sends
	given        []*thing
	early        []*thing // given things whose make was told to come again
	created      *thing   // what the act makes; nil when it creates nothing; of a bulk call it stands for all of it
	bulk         *bulk    // of a call with `each`; nil for none
	beside       *thing   // what it may have made under the other of two parents; nil where there is one
	strays       []*thing // what it made, where other eyes have it
	never        *thing   // what a case names in place of a given thing, and is not there; nil for none
	job          *job     // where the contract says how a promise ends; else nil
	things       map[string]*thing
	places       []*place // one for each of the record's, in their order: addPlace adds to both

	request   map[string]any // of the act
	response  any            // of the act; expr.Absent before
	before    map[string]any // probe and thing → value before the act
	exchanges map[int64]*wire.Exchange
	sent      *request       // the act's
	told      any            // the thing in its reply, where a second reply is compared with it
	second    *attempt       // in a cell of `again`: the one that sends the act once more; nil while there is none
	first     *attempt       // of a second: the one before it
	drawn     [2]string      // of a second: unique and uuid for what its entry changes
	wrote     bool           // the act may have reached the provider
	named     expr.Vars      // in a sweep, what the journal knows of the things that calls name
	late      bool           // this is a sweep: what the run saw of its things is not known any more
	purse     map[string]int // writes that it may still send
	post      *post          // where deliveries come; nil until somebody asks
}

// newAttempt prepares the record; nothing is sent yet.
func (e *Engine) newAttempt(cell *Cell, number int) *attempt {
	a := &attempt{
		e: e, cell: cell, me: e.eyes[cell.Account.Name], epoch: time.Now(),
		unique: drawMarker(), uuid: drawUUID(),
		things: map[string]*thing{}, exchanges: map[int64]*wire.Exchange{}, response: expr.Absent,
	}
	a.record = &verdict.Record{Cell: verdict.Cell{
		Contract: cell.Contract.Title, Case: cell.CaseName(), Account: cell.Account.Name,
		Target: e.o.Target.Name, Attempt: number,
	}, Began: a.epoch.UTC().Round(0)}
	return a
}

func (a *attempt) now() time.Duration              { return time.Since(a.epoch) }
func (a *attempt) at(t time.Time) time.Duration    { return t.Sub(a.epoch) }
func (a *attempt) role(name string) (*eyes, error) { return a.e.role(name, a.me) }
func (a *attempt) halt(kind verdict.Kind, why string, hint ...string) {
	if a.record.Halt == nil {
		a.record.Halt = &verdict.Halt{Kind: kind, Why: why, Hint: strings.Join(hint, " ")}
	}
}

// note keeps an exchange for the report; one that never went out has no number.
func (a *attempt) note(reply *wire.Reply) {
	if n := reply.Exchange.Number; n > 0 {
		a.exchanges[n] = reply.Exchange
	}
}

// run carries the attempt out up to the end of the watch. Whatever happens, the
// record says it; cleaning up is the caller's next step.
func (a *attempt) run(ctx context.Context, rest time.Duration) {
	steps := []func(context.Context) error{a.cast, a.prepare, a.give, a.moveParents}
	if rest > 0 {
		steps = append(steps, func(ctx context.Context) error { return a.lie(ctx, rest) })
	}
	a.carryOut(ctx, append(steps, a.look, a.act, a.watch))
}

// carryOut takes step after step; an error ends the attempt.
func (a *attempt) carryOut(ctx context.Context, steps []func(context.Context) error) {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			a.stopped(ctx, err)
			return
		}
	}
}

// stopped turns an error that ended the attempt into the record's halt.
func (a *attempt) stopped(ctx context.Context, err error) {
	var h *haltError
	switch {
	case ctx.Err() != nil:
		a.halt("interrupted", causeText(ctx), "run it again")
	case errors.As(err, &h):
		a.halt(h.kind, h.why, h.hint)
	default:
		a.halt("setup-failed", err.Error())
	}
}

func causeText(ctx context.Context) string {
	if cause := context.Cause(ctx); cause != nil && cause != context.Canceled {
		return cause.Error()
	}
	return "the run was stopped"
}

// A haltError ends an attempt with a kind of its own.
type haltError struct {
	kind      verdict.Kind
	why, hint string
}

func (h *haltError) Error() string { return h.why }

// cast finds out who does what, and keeps back the writes that it takes, clean-up included.
// Nothing is sent where there are not enough.
func (a *attempt) cast(ctx context.Context) error {
	actor, err := a.role(firstOr(a.cell.Act().As, "me"))
	if err != nil {
		return err
	}
	a.actor = actor
	if err := a.name(); err != nil {
		return err
	}
	need := a.writes()
	if err := a.e.allowance.Keep(ctx, need); err != nil {
		return err
	}
	a.purse = need
	for i, given := range a.cell.Contract.Given {
		if givenWrites(given) {
			a.given[i].removal = new(1)
			if given.Removed { // before the act, and after it, should that bring it back
				a.given[i].removal = new(2)
			}
		}
	}
	if a.created != nil {
		a.created.removal = new(plannedItems(a.cell))
	}
	return nil
}

// prepare learns the account's facts, and binds places and effects.
func (a *attempt) prepare(ctx context.Context) error {
	if err := a.me.shut(); err != nil {
		return err
	}
	a.facts = a.e.factsOf(ctx, a.me)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	a.record.Cell.Can, a.record.Cell.CanKnown = a.facts.Can, a.facts.Known
	a.record.Cell.Denied = a.facts.Denied
	a.record.Wanted = a.wanted()
	if a.facts.Denied {
		return &haltError{"setup-failed", "the credential of " + a.me.name + " is not accepted: " + a.facts.Why, "check the account's credentials in polygraph.yaml"}
	}
	if a.facts.Why != "" && len(a.cell.Contract.Needs) > 0 {
		a.record.Remarks = append(a.record.Remarks, fmt.Sprintf("what %s can is not known: %s", a.me.name, a.facts.Why))
	}
	return a.bind()
}

func firstOr(list []string, otherwise string) string {
	if len(list) == 0 {
		return otherwise
	}
	return list[0]
}

// name gives every thing its name, before anything is made.
func (a *attempt) name() error {
	for _, given := range a.cell.Contract.Given {
		maker, err := a.role(firstOr(given.Call.As, "me"))
		if err != nil {
			return fmt.Errorf("given %s: %w", given.Name, err)
		}
		t := &thing{name: given.Name, resource: given.Resource, maker: maker, unique: drawMarker(), uuid: drawUUID(), marker: a.unique}
		a.given = append(a.given, t)
		a.things[given.Name] = t
	}
	for _, effect := range a.cell.Contract.Effects {
		if isFound(a.cell.Contract, effect) && a.things[effect.Thing] == nil {
			a.things[effect.Thing] = &thing{name: effect.Thing, resource: effect.Resource, maker: a.me, found: true}
		}
		if effect.Verb == contracts.Creates && a.created == nil {
			a.created = &thing{name: effect.Thing, resource: effect.Resource, maker: a.actor, unique: a.unique, uuid: a.uuid}
			if a.things[effect.Thing] == nil {
				a.things[effect.Thing] = a.created
			}
		}
	}
	if each := a.cell.Contract.Each; each != nil && each.Effect.Verb == contracts.Creates {
		a.created = &thing{name: each.Effect.Thing, resource: each.Effect.Resource, maker: a.actor, unique: a.unique, uuid: a.uuid}
	}
	return nil
}

// isFound tells whether an effect updates what no cell makes: settings, a project
// that is there. Its read names it without an identity, and its cleanup puts it back.
func isFound(contract *contracts.Contract, effect *contracts.Effect) bool {
	return effect.Verb == contracts.Updates && effect.Resource != nil && !isThing(contract, effect.Thing)
}

// wanted is what the contract expects of this case on this account.
func (a *attempt) wanted() verdict.Wanted {
	contract := a.cell.Contract
	w := verdict.Wanted{Needs: contract.Needs, Without: contract.Without, Status: statusOf(contract.Status)}
	if c := a.cell.Case; c != nil {
		w.Case, w.Recast, w.Status, w.Nothing = true, c.Recast, statusOf(c.Status), c.Nothing
	}
	stated := map[string]bool{}
	for _, scope := range a.cell.Account.Lacks {
		stated[scope] = true
	}
	can := map[string]bool{}
	for _, scope := range a.facts.Can {
		can[scope] = true
	}
	for _, need := range contract.Needs {
		if stated[need] {
			w.LackStated = true
		}
		if stated[need] || a.facts.Known && !can[need] {
			w.Lacks = append(w.Lacks, need)
		}
	}
	return w
}

func statusOf(s contracts.Status) verdict.Status {
	return verdict.Status{Codes: s.Codes, Classes: s.Classes, Claim: s.Claim}
}

// vars are what expressions see at this moment. A thing also goes by the name of
// its resource, the sentence's own before the cell's others.
func (a *attempt) vars(subject *thing) expr.Vars {
	vars := a.e.baseVars(a.me, &a.facts)
	for _, t := range a.given { // a make that names a resource means the given thing of it, whatever its name
		if t.resource != nil {
			vars[t.resource.Name] = t.value
		}
	}
	for name, t := range a.things {
		vars[name] = t.value
	}
	for name, value := range a.named {
		vars[name] = value
	}
	if subject != nil && subject.resource != nil {
		vars[subject.resource.Name] = subject.value
	}
	vars["unique"], vars["uuid"] = a.unique, a.uuid
	a.hookVars(vars)
	if a.request != nil {
		vars["request"] = a.request
	}
	vars["response"] = a.response
	if a.before != nil {
		vars["before"] = a.before
	}
	return vars
}

// scopeOf is what a call about a thing can refer to.
func (a *attempt) scopeOf(t *thing) scope {
	s := scope{vars: a.vars(t), me: a.me, unique: a.unique, uuid: a.uuid}
	if t != nil {
		s.key = t.key
		if t.unique != "" {
			s.unique, s.uuid = t.unique, t.uuid
		}
	}
	return s.under(t)
}
