package engine

import (
	"fmt"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// nobody is the name of eyes without credentials.
const nobody = "nobody"

// Eyes are an account as the wire knows it, shared by all cells: who acts and
// who looks. Those of nobody have neither account nor credential.
type eyes struct {
	name       string
	account    *contracts.Account // nil for nobody
	credential *wire.Credential   // nil for nobody
	needed     bool               // for the run: its credential, if it has one, was resolved
	limit      *limit

	learn  sync.Once
	learnt atomic.Bool // facts is complete
	facts  Facts

	mu    sync.Mutex
	deeds []*deed // acts and deletions of ours, in the order of sending
}

// A deed is a request of ours that changes something, or tries.
type deed struct {
	what       string
	writes     bool
	deletion   bool
	gone       []string        // of a deletion: identities of what it deletes; nil where nobody knows
	sent, said time.Time       // said is zero while it is under way
	by         *verdict.Record // of the attempt, which need not be kept for it
}

// begin remembers a deed from before it goes out, and gives the function that says
// that it was answered: what others read meanwhile may show its effect already.
func (e *eyes) begin(d *deed) func() {
	e.mu.Lock()
	defer e.mu.Unlock()
	d.sent = time.Now()
	e.deeds = append(e.deeds, d)
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		d.said = time.Now()
	}
}

// between gives the deeds that were under way in a span of time. Those that still
// are count as answered at its end.
func (e *eyes) between(from, to time.Time) []deed {
	e.mu.Lock()
	defer e.mu.Unlock()
	first := sort.Search(len(e.deeds), func(i int) bool { return e.deeds[i].sent.After(to) })
	var found []deed
	for _, d := range e.deeds[:first] {
		known := *d
		if known.said.IsZero() {
			known.said = to
		}
		if !known.said.Before(from) {
			found = append(found, known)
		}
	}
	return found
}

// passedOver tells whether a deletion can have moved the pages of a listing while it was
// read: one of what stood on them, or one of which nobody knows what it deletes. One that
// was answered before is no reason to doubt it: where it was a lie, what it was to delete stands
// there for good.
func (e *eyes) passedOver(listed map[string]bool, from, to time.Time) bool {
	for _, d := range e.between(from, to) {
		if d.deletion && (len(d.gone) == 0 || slices.ContainsFunc(d.gone, func(key string) bool { return listed[key] })) {
			return true
		}
	}
	return false
}

// role gives the eyes that a role stands for on behalf of an account.
func (e *Engine) role(name string, me *eyes) (*eyes, error) {
	switch name {
	case "", "me":
		return me, nil
	case nobody:
		return e.nobody, nil
	case "other":
		return e.otherThan(me)
	}
	account, ok := e.o.Target.Roles[name]
	if !ok {
		return nil, fmt.Errorf("role %q is not mapped to an account by target %q", name, e.o.Target.Name)
	}
	found, ok := e.eyes[account]
	if !ok {
		return nil, fmt.Errorf("role %q is account %q, which target %q does not have", name, account, e.o.Target.Name)
	}
	return found, nil
}

// otherThan picks the next account by name, so that runs agree, passing over
// accounts that stand for a role of the target where it can.
func (e *Engine) otherThan(me *eyes) (*eyes, error) {
	accounts := e.o.Target.Accounts
	at := 0
	for i, a := range accounts {
		if me.account != nil && a.Name == me.account.Name {
			at = i
		}
	}
	var fallback *eyes
	for i := 1; i < len(accounts); i++ {
		candidate := e.eyes[accounts[(at+i)%len(accounts)].Name]
		if candidate == me {
			continue
		}
		if !e.isRole(candidate.name) {
			return candidate, nil
		}
		if fallback == nil {
			fallback = candidate
		}
	}
	if fallback == nil {
		return nil, fmt.Errorf("role \"other\" needs a second account on target %q", e.o.Target.Name)
	}
	return fallback, nil
}

func (e *Engine) isRole(account string) bool {
	for _, mapped := range e.o.Target.Roles {
		if mapped == account {
			return true
		}
	}
	return false
}
