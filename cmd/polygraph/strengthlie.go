package main

import (
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/liar"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A question is whether a contract notices a lie.
type question struct {
	lie    liar.Lie
	cell   *controlled // in which the lie can be told; nil: no cell sends what it is about
	add    advice      // what would have it noticed
	cannot string      // why no liar can tell it here; "" where one can
	// witness is the account in whose listing it would be found; "": nobody else is asked.
	witness string
}

// A controlled is a cell that was carried out without a lie.
type controlled struct {
	of    *contracts.Case  // nil: the base
	again *contracts.Again // nil: none
	tried
}

func (k *controlled) kept() bool {
	return k.err == nil && k.result != nil && k.result.Verdict.Class == verdict.Kept && k.result.Record.Act != nil
}

func (k *controlled) claim() contracts.Claim { return verdict.Claim(k.result.Record.Act) }

// A lying is what is needed to tell which lies apply to a contract.
type lying struct {
	p         *proving
	suite     *contracts.Suite
	contract  *contracts.Contract
	subject   *contracts.Resource
	operation *contracts.Operation // nil: not in the document
	done      *controlled          // the cell whose act was done; nil: none
	refused   *controlled          // a bad request that was refused
	denied    *controlled          // one who may not, and was refused
	repeated  *controlled          // the act sent again, to no effect
	directed  *controlled          // a success that must do nothing
	vacuous   *controlled          // a refusal, of what is not there
	sent      map[string]any       // the thing as done sends it; of a bulk call, the first item that was done
	items     *liar.Items          // how done answers its items; nil where it is no bulk call, or no liar can tell
	plain     string               // why no liar can tell; "" where one can
	within    time.Duration        // the longest deadline of done
	patience  time.Duration
	unsure    bool // some case was not kept: what it would notice is not known
	baseless  bool // the contract itself was not kept: nothing of it is scored
	questions []question
}

func newLying(p *proving, contract *contracts.Contract, controls []*controlled) *lying {
	y := &lying{p: p, suite: p.suite, contract: contract, subject: subjectOf(contract), operation: operationOf(p.suite, contract)}
	for _, k := range controls {
		if !k.kept() {
			y.unsure = true
			y.baseless = y.baseless || k.of == nil && k.again == nil
			continue
		}
		if k.again != nil {
			if k.again.Effect == contracts.None {
				y.repeated = first(y.repeated, k)
			}
			continue
		}
		if k.of != nil && k.of.Nothing {
			y.directed = first(y.directed, k)
			continue
		}
		switch claim := k.claim(); {
		case k.doneItems():
			y.done = first(y.done, k)
		case claim == contracts.Accepted && k.of != nil && k.of.Status.Refuses():
			y.refused = first(y.refused, k) // it is the job that fails
		case claim == contracts.Done || claim == contracts.Accepted:
			if y.done == nil {
				y.done = k
			}
		case claim == contracts.Refused && k.of == nil && removes(contract):
			y.vacuous = k
		case claim != contracts.Refused || k.of == nil:
		case k.of.Recast:
			y.denied = first(y.denied, k)
		case k.learned != nil:
			y.refused = first(y.refused, k)
		}
	}
	if y.done != nil {
		y.sent, _ = y.done.result.Record.Act.Sent.(map[string]any)
		y.ofItems()
		for _, effect := range y.done.result.Record.Effects {
			for _, where := range effect.Where {
				y.within, y.patience = max(y.within, where.Within), max(y.patience, where.Patience)
			}
		}
	}
	return y
}

// removes tells whether a contract is about something that is not there any more.
func removes(contract *contracts.Contract) bool {
	return slices.ContainsFunc(contract.Given, func(g *contracts.Given) bool { return g.Removed })
}

func first(have, found *controlled) *controlled {
	if have != nil {
		return have
	}
	return found
}

func operationOf(suite *contracts.Suite, contract *contracts.Contract) *contracts.Operation {
	if op := suite.Provider.Document.Operation(contract.Act.Operation); op != nil {
		return op
	}
	return suite.Provider.Document.Find(contract.Act.Method, contract.Act.Template)
}

func (k *controlled) act(contract *contracts.Contract) *contracts.Call {
	if k.of != nil {
		return k.of.Act
	}
	return contract.Act
}

// callName names a contract's call so that contracts of one call are told to be such,
// however they write it.
func callName(suite *contracts.Suite, contract *contracts.Contract) string {
	if op := operationOf(suite, contract); op != nil {
		if op.ID != "" {
			return op.ID
		}
		return op.Method + " " + op.Template
	}
	return contract.Act.Method + " " + blanks.ReplaceAllString(strings.SplitN(contract.Act.Template, "?", 2)[0], "{}")
}
