package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A Flip is a fact of an account that a run changes to see whether that is why the account
// is lied to: a permission is granted, a plan is changed.
type Flip struct {
	Account string `json:"account"`
	Fact    string `json:"fact"`  // of account.take
	Value   any    `json:"value"` // what it shall be; of a list, the whole list
}

// Flipped is what became of a flip.
type Flipped struct {
	Flip
	Was  any    `json:"was,omitempty"`  // before; nil when that was never read
	Set  bool   `json:"set"`            // account.read showed the value
	Back bool   `json:"back"`           // it is as it was, or was never touched
	Why  string `json:"why,omitempty"`  // why it was not set, or is not back; "" when both went well
	Hint string `json:"hint,omitempty"` // what to do where it is not back
}

// Flipping is the state of a run's flip. What puts it back is on disk before it is set.
type flipping struct {
	once sync.Once
	out  Flipped
	sent bool     // the call that sets it went out, or may have
	no   bool     // it was refused
	back *request // the call that puts it back
	id   string   // of the intent
}

// Flipped tells what became of the run's flip; it is complete when the run has stopped.
func (e *Engine) Flipped() Flipped { return e.flipping.out }

// mayFlip refuses a flip that the target does not allow, or for which the suite has no words.
func (e *Engine) mayFlip() error {
	f := e.o.Flip
	switch {
	case f == nil:
		return nil
	case e.o.ReadOnly || !e.o.Target.Flip || !e.allowsWrites():
		return fmt.Errorf("%s: target %q does not allow that facts of an account are changed: say `flip: allowed`", e.o.Target.Pos, e.o.Target.Name)
	case e.eyes[f.Account] == nil:
		return fmt.Errorf("%s: target %q has no account %q", e.o.Target.Pos, e.o.Target.Name, f.Account)
	case e.setter() == nil:
		return fmt.Errorf("%s: account has no set for %q: say how it is changed", e.o.Suite.Provider.Pos, f.Fact)
	}
	_, err := e.role(firstOr(e.setter().As, "me"), e.eyes[f.Account])
	return err
}

func (e *Engine) setter() *contracts.Call { return e.o.Suite.Provider.Account.Setter(e.o.Flip.Fact) }

// flipper are the eyes that send the call; nil where that is no account.
func (e *Engine) flipper() *eyes {
	if e.eyes[e.o.Flip.Account] == nil || e.setter() == nil {
		return nil
	}
	who, err := e.role(firstOr(e.setter().As, "me"), e.eyes[e.o.Flip.Account])
	if err != nil {
		return nil
	}
	return who
}

// tells reports whether the suite reads a fact of accounts.
func (e *Engine) tells(fact string) bool {
	read := e.o.Suite.Provider.Account
	return read != nil && slices.ContainsFunc(read.Take, func(t contracts.Named) bool { return t.Name == fact })
}

// flipped sets the fact before the first cell begins, and has the others wait for that.
// It says why no cell may begin; "" is for all is well, and for a run without a flip.
func (e *Engine) flipped(ctx context.Context) (why string) {
	if e.o.Flip == nil {
		return ""
	}
	e.flipping.once.Do(func() {
		f := &e.flipping
		f.out = Flipped{Flip: *e.o.Flip, Back: true}
		if err := e.set(ctx); err != nil {
			f.out.Why = err.Error()
			return
		}
		f.out.Set = true
	})
	if f := &e.flipping; !f.out.Set {
		return fmt.Sprintf("account.%s of %s could not be set: %s", f.out.Fact, f.out.Account, f.out.Why)
	}
	return ""
}

// unfit is the result of a cell that never began, because the account is not as it should be.
func (e *Engine) unfit(cell *Cell, why string) *Result {
	a := e.newAttempt(cell, 1)
	a.halt("setup-failed", why, "nothing was sent for this contract")
	return &Result{
		Cell: cell, Number: cell.Number, Operation: cell.Operation(), Place: cell.line(), Started: a.epoch, Ended: time.Now(),
		Record: a.record, Verdict: verdict.Judge(a.record),
	}
}

// set reads the fact, has on disk what puts it back, sends the call that changes it, and waits
// until it is seen.
func (e *Engine) set(ctx context.Context) error {
	f, who, sender := &e.flipping, e.eyes[e.o.Flip.Account], e.flipper()
	was, facts, err := e.fact(ctx, who, f.out.Fact)
	if err != nil {
		return err
	}
	f.out.Was = was
	if SameFact(was, f.out.Value) {
		return errors.New("it is so already")
	}
	there, err := e.setTo(who, &facts, f.out.Value)
	if err == nil {
		f.back, err = e.setTo(who, &facts, was)
	}
	if err == nil {
		err = e.promiseBack(who, sender)
	}
	if err == nil {
		err = e.spendFlip(sender, there)
	}
	if err != nil {
		return err
	}
	f.sent = true
	reply := e.transmit(ctx, sender, there, &deed{what: there.line(), writes: true})
	if reply.Failure != nil && !reply.Failure.Sent {
		f.sent = false
		e.backNoted(journal.Removed{ID: f.id, How: journal.NeverMade})
		return fmt.Errorf("%s %s", there.line(), said(reply))
	}
	if e.awaitFact(ctx, who, f.out.Value) {
		return nil
	}
	f.no = reply.Status/100 == 4
	return fmt.Errorf("%s %s, and account.read does not show it", there.line(), said(reply))
}

// fact reads one fact of an account, as it is now.
func (e *Engine) fact(ctx context.Context, who *eyes, name string) (any, Facts, error) {
	facts := e.readFacts(ctx, who, e.o.Suite.Provider.Account)
	value, has := facts.Taken[name]
	switch {
	case has:
		return value, facts, nil
	case facts.Why != "":
		return nil, facts, errors.New(facts.Why)
	}
	return nil, facts, fmt.Errorf("account.read does not tell %q", name)
}

// setTo fills in the call that sets the fact to a value.
func (e *Engine) setTo(who *eyes, facts *Facts, value any) (*request, error) {
	vars := e.baseVars(who, facts)
	vars["value"] = value
	return e.request(e.setter(), scope{vars: vars, me: who})
}

// promiseBack has on disk how the fact is put back, before it is changed.
func (e *Engine) promiseBack(who, sender *eyes) error {
	if e.journal == nil {
		return nil
	}
	f := &e.flipping
	kept := e.kept(f.back)
	if kept.Why != "" {
		return fmt.Errorf("after a crash nobody could put it back: %s", kept.Why)
	}
	kept.Fact, kept.Was, kept.Sent = f.out.Fact, map[string]string{f.out.Fact: jsonText(f.out.Was)}, map[string]string{f.out.Fact: jsonText(f.out.Value)}
	f.id = e.run + " flip"
	return e.append(journal.Intent{
		ID: f.id, Cell: e.run + "/flip", Account: sender.name, Tested: who.name, Phase: journal.CleanUp,
		Call: e.client.Redactor().MaskText(f.back.line()), Request: kept, At: time.Now(),
	})
}

func (e *Engine) spendFlip(sender *eyes, r *request) error {
	if err := e.mayWrite(r.url); err != nil {
		return fmt.Errorf("%s: %w", r.line(), err)
	}
	return e.allowance.Take(sender.name)
}

// awaitFact reads the account until it shows a value, for as long as an effect may take.
func (e *Engine) awaitFact(ctx context.Context, who *eyes, value any) bool {
	deadline := time.Now().Add(or(e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin))
	for gap := 100 * time.Millisecond; ; gap *= 2 {
		now, _, err := e.fact(ctx, who, e.flipping.out.Fact)
		if err == nil && SameFact(now, value) {
			return true
		}
		if time.Now().Add(gap).After(deadline) || budget.Pause(ctx, gap) != nil {
			return false
		}
	}
}

// putBack sets the fact as it was, when all cells have come to their end. What somebody else
// has set meanwhile is left as it is, and said to be.
func (e *Engine) putBack(ctx context.Context) {
	f := &e.flipping
	if e.o.Flip == nil || !f.sent {
		return
	}
	f.out.Back = false
	how, err := e.restoreFact(ctx)
	if err != nil {
		f.out.Why, f.out.Hint = err.Error(), fmt.Sprintf("account.%s of %s was %s before: %s", f.out.Fact, f.out.Account, jsonText(f.out.Was), f.back.line())
		e.backNoted(journal.Left{ID: f.id, Why: e.client.Redactor().MaskText(err.Error()), Unsent: isUnsent(err)})
		return
	}
	f.out.Back = true
	e.backNoted(journal.Removed{ID: f.id, How: how})
}

func (e *Engine) restoreFact(ctx context.Context) (journal.How, error) {
	f, who, sender := &e.flipping, e.eyes[e.o.Flip.Account], e.flipper()
	now, _, err := e.fact(ctx, who, f.out.Fact)
	switch {
	case err != nil:
		return "", fmt.Errorf("how it is now could not be read: %w", err)
	case (f.out.Set || f.no) && SameFact(now, f.out.Was):
		return journal.AsBefore, nil
	case !SameFact(now, f.out.Was) && !SameFact(now, f.out.Value):
		return "", fmt.Errorf("it is %s now, so somebody else has set it", jsonText(now))
	}
	if e.journal != nil {
		err = e.append(journal.Deleting{ID: f.id})
	}
	if err == nil {
		err = e.spendFlip(sender, f.back)
	}
	if err != nil {
		return "", &unsentError{err}
	}
	reply := e.transmit(ctx, sender, f.back, &deed{what: f.back.line(), writes: true})
	if !e.awaitFact(ctx, who, f.out.Was) {
		err = fmt.Errorf("%s %s, and it is not as before", f.back.line(), said(reply))
		if reply.Failure != nil && !reply.Failure.Sent {
			err = &unsentError{err}
		}
		return "", err
	}
	return journal.OwnCleanUp, nil
}

func (e *Engine) backNoted(record journal.Record) {
	if e.journal != nil && e.flipping.id != "" {
		e.noted(record)
	}
}

// compareFact is compare for a fact of an account.
func (g *group) compareFact(ctx context.Context) (done bool, why string) {
	request := g.intent.Request
	now, _, err := g.e.fact(ctx, g.me, request.Fact)
	value := func(of map[string]string) any { return jsonLike(json.RawMessage(of[request.Fact])) }
	switch {
	case err != nil:
		return false, "how it is now could not be read: " + err.Error()
	case SameFact(now, value(request.Was)):
		return true, ""
	case SameFact(now, value(request.Sent)):
		return false, ""
	}
	return false, fmt.Sprintf("account.%s of %s is neither as it was before nor as the run set it, so somebody has changed it since", request.Fact, g.me.name)
}

// SameFact compares two values of a fact: lists of texts, as permissions are, in any order.
func SameFact(one, other any) bool {
	if a, is := textList(one); is {
		if b, is := textList(other); is {
			slices.Sort(a)
			slices.Sort(b)
			return slices.Equal(slices.Compact(a), slices.Compact(b))
		}
	}
	return expr.Equal(one, other)
}
