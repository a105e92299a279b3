package engine

import "github.com/polygraph-dev/polygraph/contracts"

// secondCell is a cell of `again` as if its second act were all that is sent.
func secondCell(cell *Cell) *Cell {
	return &Cell{Contract: cell.Contract, Case: &contracts.Case{Act: cell.Again.Act}, Account: cell.Account}
}

// again plans the second act, and what it takes to remove what it may make.
func (p *planning) again() {
	entry := p.cell.Again
	if entry == nil {
		return
	}
	actor, err := p.role(firstOr(entry.Act.As, "me"))
	if err != nil {
		return
	}
	second := secondCell(p.cell)
	p.add(Planned{Phase: "again", Write: actWrites(second), AtMost: 1, change: entry.Change}, actor, entry.Act)
	p.places("watch", 0)
	if p.created == nil {
		return
	}
	if own := p.cell.Contract.Cleanup; own != nil {
		for _, call := range own {
			if who, err := p.role(firstOr(call.As, "me")); err == nil && speaksOf(call, p.created.name) {
				p.add(Planned{Phase: "clean-up", Write: true, AtMost: 1}, who, call)
			}
		}
		return
	}
	if r := p.created.resource; r != nil && r.Delete != nil && !r.Never {
		made := &thing{resource: r, maker: actor}
		p.add(Planned{Phase: "clean-up", Write: true, AtMost: plannedItems(second)}, p.remover(made), r.Delete)
	}
}
