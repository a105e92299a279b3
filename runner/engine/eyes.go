package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
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

	learn sync.Once
	facts facts

	mu    sync.Mutex
	deeds []*deed // acts and deletions of ours, in the order of sending
}

// Facts are what an account's own read says of it.
type facts struct {
	values map[string]any // by the names of `take`
	can    []string
	known  bool   // can was read
	denied bool   // the read was answered 401
	why    string // why they, or some of them, are not known; "" when all are, or none were asked
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

// factsOf reads the account's own facts, once per run. Where accounts may not ask for
// them, `as` says who does.
func (e *Engine) factsOf(ctx context.Context, who *eyes) facts {
	who.learn.Do(func() {
		read := e.o.Suite.Provider.Account
		if read == nil || read.Read == nil || who.account == nil {
			return
		}
		who.facts = e.readFacts(ctx, who, read)
	})
	return who.facts
}

func (e *Engine) readFacts(ctx context.Context, who *eyes, read *contracts.AccountRead) facts {
	asker, err := e.role(firstOr(read.Read.As, "me"), who)
	if err != nil {
		return facts{why: err.Error()}
	}
	request, err := e.request(read.Read, scope{vars: e.baseVars(who, nil), me: who})
	if err != nil {
		return facts{why: err.Error()}
	}
	deadline := time.Now().Add(throttleBudget)
	for {
		reply := e.send(ctx, asker, request)
		wait, throttled := e.retryIn(reply)
		if !throttled || time.Now().Add(wait).After(deadline) || pause(ctx, wait) != nil {
			found := e.takeFacts(read, reply, e.factVars(who, request, reply))
			found.denied = found.denied && asker == who // else it is another's credential
			return found
		}
	}
}

// factVars are what `take` sees: what the account is known for without its facts, and
// what was asked and answered.
func (e *Engine) factVars(who *eyes, request *request, reply *wire.Reply) expr.Vars {
	vars := e.baseVars(who, nil)
	vars["request"], vars["response"] = request.lazily, responseVar(reply)
	return vars
}

func (e *Engine) takeFacts(read *contracts.AccountRead, reply *wire.Reply, vars expr.Vars) facts {
	if reply.Status == 401 {
		return facts{denied: true, why: "account.read was answered 401"}
	}
	if reply.Failure != nil || reply.Status < 200 || reply.Status > 299 {
		return facts{why: "account.read " + said(reply)}
	}
	if why := e.declined(reply); why != "" {
		return facts{why: "account.read: " + why}
	}
	found := facts{values: map[string]any{}}
	for _, named := range read.Take {
		value, err := named.Expr.Eval(vars)
		if unknown, is := value.(expr.Unknown); is && err == nil {
			err = errors.New(unknown.Why)
		}
		if err != nil {
			found.why = fmt.Sprintf("account.take %s: %v", named.Name, err)
			continue
		}
		if value != expr.Absent {
			found.values[named.Name] = value
		}
	}
	found.can, found.known = textList(found.values["can"])
	return found
}

// textList reads a list of texts, or one text with spaces between (as OAuth
// scopes come, RFC 6749 section 3.3).
func textList(value any) ([]string, bool) {
	switch v := value.(type) {
	case string:
		return splitFields(v), true
	case []any:
		list := []string{}
		for _, element := range v {
			text, ok := element.(string)
			if !ok {
				return nil, false
			}
			list = append(list, text)
		}
		return list, true
	case map[string]any: // {reviews:write: true, …}
		list := []string{}
		for _, name := range sortedKeys(v) {
			if v[name] == true {
				list = append(list, name)
			}
		}
		return list, true
	}
	return nil, false
}
