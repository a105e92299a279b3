package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/liar"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// prove carries out all controls, then all lies, and adds up. Its error is the user's, or
// that of the machine; a stopped context leaves answers out.
func (p *proving) prove(ctx context.Context) (*strengthPage, error) {
	if err := p.openPurse(); err != nil {
		return nil, err
	}
	defer p.purse.paper.Stop(nil) // nothing runs: it gives back its connections
	controls, err := p.controls(ctx)
	if err != nil {
		return nil, err
	}
	page := &strengthPage{}
	truths := p.truths(controls)
	var trials []*posed
	for _, contract := range p.contracts {
		s := &strengthOf{Contract: contract.Title, Place: contract.Pos.String(), Operation: callName(p.suite, contract)}
		page.Contracts = append(page.Contracts, s)
		s.controls(controls[contract])
		for _, k := range controls[contract] {
			page.left(k.tried)
		}
		y := newLying(p, contract, controls[contract])
		for _, q := range y.apply() {
			a := &posed{question: q, contract: contract, truth: y.truth(truths), items: y.items, line: &lieLine{Lie: q.lie.Name, Does: q.lie.Does(), Add: strings.Join(q.add.lines, "\n"), At: q.add.at}}
			s.Lies = append(s.Lies, a.line)
			if a.line.Untold, a.line.Why = q.cannot != "", q.cannot; q.cell != nil {
				trials = append(trials, a)
			}
		}
	}
	if err := p.affordTrials(trials); err != nil && ctx.Err() == nil {
		for _, why := range page.LeftBehind {
			p.c.warn("left behind: %s", why)
		}
		return nil, err
	}
	err = p.each(ctx, len(trials), func(i int) error {
		a := trials[i]
		out := p.try(ctx, a.trial())
		if out.err == nil && unclear(out, a.lie) { // a busy machine, more often than not
			page.left(out)
			out = p.try(ctx, a.trial())
		}
		page.left(out)
		a.answer(out)
		return out.err
	})
	page.sum()
	page.Writes = p.purse.sent()
	return page, err
}

// unclear tells that a lie was told and nothing could be said. What comes too late, or is
// undone while it must stay, is kept where the machine was too busy to look just then: in time,
// and as it must be, for all that is known.
func unclear(out tried, lie liar.Lie) bool {
	if !out.told {
		return false
	}
	switch class := out.result.Verdict.Class; {
	case class != verdict.Kept:
		return class == verdict.Inconclusive
	case lie.Kind() == string(verdict.LateEffect):
		return true
	default:
		return lie.Kind() == string(verdict.RevertedWrite) && mustStay(out.result.Record)
	}
}

func mustStay(r *verdict.Record) bool {
	return slices.ContainsFunc(r.Effects, func(e verdict.Effect) bool {
		return slices.ContainsFunc(e.Where, func(w verdict.Where) bool { return w.Stays > 0 })
	})
}

// A posed is a question that is put.
type posed struct {
	question
	contract *contracts.Contract
	truth    *liar.Exchange
	items    *liar.Items
	line     *lieLine
}

func (a *posed) trial() trial {
	return trial{contract: a.contract, of: a.cell.of, again: a.cell.again, lie: a.lie, truth: a.truth, witness: a.witness, items: a.items}
}

// answer enters what a trial showed.
func (a *posed) answer(out tried) {
	if out.err != nil || out.result == nil {
		return
	}
	v := out.result.Verdict
	a.line.Verdict = string(v.Class)
	if v.Kind != "" {
		a.line.Verdict += "/" + string(v.Kind)
	}
	switch {
	case !out.told:
		a.line.Untold, a.line.Why = true, cmp.Or(out.excuse, "nobody looked where it would have been seen")
	case v.Class == verdict.Lied, v.Class == verdict.Broken && v.Kind != verdict.WasRefused && v.Kind != verdict.WrongStatus:
		a.line.Noticed = true
	case v.Class == verdict.Inconclusive && len(v.Findings) > 0:
		a.line.Why = v.Findings[0].Reason
		if hint := v.Findings[0].Hint; hint != "" && a.line.At == "" {
			a.line.Add = hint // the judge knows better, unless there is a list to be had
		}
	}
}

// controls carries every cell out without a lie.
func (p *proving) controls(ctx context.Context) (map[*contracts.Contract][]*controlled, error) {
	all := map[*contracts.Contract][]*controlled{}
	var flat []*controlled
	var trials []trial
	add := func(contract *contracts.Contract, c *contracts.Case, again *contracts.Again) {
		k := &controlled{of: c, again: again}
		all[contract] = append(all[contract], k)
		flat, trials = append(flat, k), append(trials, trial{contract: contract, of: c, again: again})
	}
	for _, contract := range p.contracts {
		if contract.Base {
			add(contract, nil, nil)
		}
		for _, c := range contract.Cases {
			add(contract, c, nil)
		}
		for _, again := range contract.Again {
			add(contract, nil, again)
		}
	}
	if err := p.affordControls(trials); err != nil {
		return nil, err
	}
	err := p.each(ctx, len(flat), func(i int) error {
		flat[i].tried = p.try(ctx, trials[i])
		return flat[i].err
	})
	return all, err
}

// each does n things side by side, trialsAtOnce at most, and gives their errors but for
// those of being stopped.
func (p *proving) each(ctx context.Context, n int, do func(i int) error) error {
	p.planned.Add(int64(n))
	if !p.quiet && p.c.erases(p.c.err) {
		defer p.bar(p.c)()
	}
	room := make(chan struct{}, trialsAtOnce)
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room; p.over.Add(1) }()
			errs[i] = do(i)
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return firstOf(errs)
}

// firstOf is one of many errors: a suite that cannot be run says so in every trial.
func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return nil
}

// bar shows how far it is until the function that it returns is called.
func (p *proving) bar(c *console) (stop func()) {
	return c.drawn(func() (done, of int, text string) {
		done, of = int(p.over.Load()), int(p.planned.Load())
		return done, of, fmt.Sprintf("%d of %d", done, of)
	})
}

// truths are truthful exchanges of acts that were done, by the call.
func (p *proving) truths(controls map[*contracts.Contract][]*controlled) map[string]*liar.Exchange {
	all := map[string]*liar.Exchange{}
	for _, contract := range p.contracts {
		if y := newLying(p, contract, controls[contract]); y.done != nil && y.done.learned != nil {
			all[callName(p.suite, contract)] = y.done.learned
		}
	}
	return all
}

// truth is the truthful exchange from which the lies about a contract learn: its own, or
// where it sends only what must be refused, that of another contract of the call.
func (y *lying) truth(truths map[string]*liar.Exchange) *liar.Exchange {
	if y.done != nil {
		return y.done.learned
	}
	return truths[callName(y.suite, y.contract)]
}
