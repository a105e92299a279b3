package engine

import (
	"context"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// restOn reads what expressions compare once more in the middle of a rest. A counter may
// take its time to show what the attempt before this one took away, and what this one has
// made: all that moves in the first half can be our own doing, and only what moves after
// it is somebody else's.
func (a *attempt) restOn(ctx context.Context) error {
	var parts []int
	for _, p := range a.places {
		for _, at := range p.parts {
			if a.places[at].look == verdict.Probed && !slices.Contains(parts, at) {
				parts = append(parts, at)
			}
		}
	}
	if len(parts) == 0 {
		return nil
	}
	readings, err := a.readAll(ctx, parts)
	for at, reading := range readings {
		a.record.Places[at].Rested = append(a.record.Places[at].Rested, reading)
	}
	return err
}

// stirred names what an expression compares with before, and what moved in the second half
// of a rest.
func (a *attempt) stirred(p *place) []string {
	var moved []string
	for _, ref := range p.program.Refs() {
		if len(ref) < 2 || ref[0] != "before" {
			continue
		}
		for _, at := range p.parts {
			name := strings.Join(ref[1:], ".")
			if slices.Contains(a.namesOf(a.places[at]), ref[1]) && a.movedAtRest(at, ref[2:]) && !slices.Contains(moved, name) {
				moved = append(moved, name)
			}
		}
	}
	return moved
}

// movedAtRest tells whether a probe showed another value before the act than in the
// middle of the rest.
func (a *attempt) movedAtRest(at int, path []string) bool {
	rested := a.record.Places[at].Rested
	if len(rested) < 2 || rested[1].Known != verdict.Value {
		return false
	}
	was := walkPath(rested[1].Value, path)
	return slices.ContainsFunc(a.record.Places[at].Before, func(r verdict.Reading) bool {
		return r.Known == verdict.Value && !same(walkPath(r.Value, path), was)
	})
}
