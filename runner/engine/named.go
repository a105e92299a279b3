package engine

import (
	"maps"
	"slices"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// bindBefore adds the places that no effect looks at, and of which the act, the
// wants or the clean-up say how they were before.
func (a *attempt) bindBefore() error {
	for _, ref := range a.asked() {
		if len(ref) < 2 || ref[0] != "before" {
			continue
		}
		if _, err := a.part(ref[1], "", a.about()); err != nil {
			return err
		}
	}
	return nil
}

// asked is all that the cell's calls and plain expressions name.
func (a *attempt) asked() [][]string {
	contract := a.cell.Contract
	expect, snapshots := a.asks()
	refs := refsOf(expect)
	for _, named := range snapshots {
		refs = append(refs, refsOf(named.Expr)...)
	}
	for _, known := range contract.Known {
		refs = append(refs, refsOf(known.When)...)
	}
	for _, call := range append([]*contracts.Call{a.cell.Act()}, contract.Cleanup...) {
		refs = append(refs, callRefs(call)...)
	}
	for _, effect := range contract.Effects {
		refs = append(append(refs, refsIn(effect.Set)...), refsIn(effect.From)...)
	}
	return refs
}

// callRefs is all that a call names; nil names nothing.
func callRefs(call *contracts.Call) [][]string {
	if call == nil {
		return nil
	}
	refs := slices.Clone(call.Address.Refs())
	for _, data := range append([]*expr.Data{call.Query, call.Headers, call.Body}, slices.Collect(maps.Values(call.Path))...) {
		refs = append(refs, refsIn(data)...)
	}
	return refs
}

func refsIn(data *expr.Data) [][]string {
	if data == nil {
		return nil
	}
	return data.Refs()
}

// asks are the `expect` and `snapshot` of the contract, or those of the case.
func (a *attempt) asks() (*expr.Program, []contracts.Named) {
	if c := a.cell.Case; c != nil {
		return c.Expect, c.Snapshot
	}
	return a.cell.Contract.Expect, a.cell.Contract.Snapshot
}
