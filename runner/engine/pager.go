package engine

import (
	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// replyPager says how the reply of a `finds` is read: as the resource's list where
// it is that very call, as one item where it is its read, else as it says itself.
func (a *attempt) replyPager(p *place) *pager {
	call, r := p.call, p.resource
	key := keyPath(r, call)
	switch {
	case call.Items != nil || call.Next != nil:
		return &pager{items: call.Items, next: call.Next, gone: goneIn(r, call), key: key}
	case call.Item != nil || call.Find != nil:
		return nil
	case r != nil && r.List != nil && sameCall(r.List, call):
		return listPager(r)
	case r != nil && r.Read != nil && sameCall(r.Read, call):
		return readPager(r)
	}
	return &pager{gone: goneIn(r, call), key: key}
}

// goneIn is what tells a tombstone from an item: the call's own, else the resource's.
func goneIn(r *contracts.Resource, call *contracts.Call) *expr.Program {
	if call.Gone != nil || r == nil {
		return call.Gone
	}
	return r.Gone
}

func listPager(r *contracts.Resource) *pager {
	p := &pager{items: r.List.Items, next: r.List.Next, gone: goneIn(r, r.List), key: keyPath(r, r.List)}
	if p.items == nil {
		p.items = r.Items
	}
	if p.next == nil {
		p.next = r.Next
	}
	return p
}

// readPager is nil for a read whose reply is the thing, and a pager for one whose
// reply lists it. Items that stand on the resource are meant for all its calls;
// many APIs list them, and read one bare.
func readPager(r *contracts.Resource) *pager {
	read := r.Read
	p := &pager{items: read.Items, next: read.Next, key: keyPath(r, read)}
	if p.items == nil && read.Item == nil && r.Item == nil && read.Find == nil {
		p.items, p.sole = r.Items, true
	}
	if p.items == nil || read.Find != nil {
		return nil
	}
	if p.next == nil {
		p.next = r.Next
	}
	return p
}

// readLook is how a resource's read looks at a thing: by its key, or at what a page
// shows of it.
func readLook(r *contracts.Resource) verdict.Look {
	if r.Read.Find != nil {
		return verdict.Selection
	}
	return verdict.ByKey
}
