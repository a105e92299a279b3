package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// Facts are what is known of an account besides its credential, for who compares
// accounts. They go to JSON and back; nothing in them is secret.
type Facts struct {
	Account string         `json:"account"`
	Tags    []string       `json:"tags,omitempty"`  // of polygraph.yaml
	Taken   map[string]any `json:"taken,omitempty"` // by the names of account.take
	Can     []string       `json:"can,omitempty"`
	Known   bool           `json:"known"`            // Can was read
	Denied  bool           `json:"denied,omitempty"` // account.read was answered 401
	Why     string         `json:"why,omitempty"`    // why they, or some of them, are not known; "" when all are, or none were asked
	Own     *wire.Exchange `json:"own,omitempty"`    // account.read, and its answer; nil when it was not sent
}

// Facts gives what the run has learnt of each account that it looked at, in the target's
// order. It is complete when all cells have come to their end.
func (e *Engine) Facts() []Facts {
	var out []Facts
	for _, account := range e.o.Target.Accounts {
		who, ok := e.eyes[account.Name]
		if !ok {
			continue
		}
		if who.learnt.Load() { // else no cell of this account has come so far
			out = append(out, who.facts)
		}
	}
	return out
}

// learnAtOnce is of how many accounts the facts are read together.
const learnAtOnce = 64

// Learn reads the facts of the accounts of a run that was made for them alone (OnlyFacts),
// and gives what Facts gives.
func (e *Engine) Learn(ctx context.Context) []Facts {
	var all sync.WaitGroup
	slots := make(chan struct{}, learnAtOnce)
	for _, account := range e.learners {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			e.factsOf(ctx, e.eyes[account.Name])
		})
	}
	all.Wait()
	return e.Facts()
}

// factsAsker is who asks for an account's facts.
func (e *Engine) factsAsker(who *eyes) (*eyes, error) {
	read := e.o.Suite.Provider.Account
	if read == nil || read.Read == nil {
		return who, nil
	}
	return e.role(firstOr(read.Read.As, "me"), who)
}

// factsOf reads the account's own facts, once per run. Where accounts may not ask for
// them, `as` says who does.
func (e *Engine) factsOf(ctx context.Context, who *eyes) Facts {
	who.learn.Do(func() {
		if read := e.o.Suite.Provider.Account; read != nil && read.Read != nil && who.account != nil {
			who.facts = e.readFacts(ctx, who, read)
		}
		who.facts.Account = who.name
		if who.account != nil {
			who.facts.Tags = who.account.Tags
		}
		who.learnt.Store(true)
	})
	return who.facts
}

func (e *Engine) readFacts(ctx context.Context, who *eyes, read *contracts.AccountRead) Facts {
	asker, err := e.factsAsker(who)
	if err != nil {
		return Facts{Why: err.Error()}
	}
	request, err := e.request(read.Read, scope{vars: e.baseVars(who, nil), me: who})
	if err != nil {
		return Facts{Why: err.Error()}
	}
	deadline := time.Now().Add(throttleBudget)
	for {
		reply := e.send(ctx, asker, request)
		wait, throttled := e.retryIn(reply)
		if !throttled || time.Now().Add(wait).After(deadline) || budget.Pause(ctx, wait) != nil {
			found := e.takeFacts(read, reply, e.factVars(who, request, reply))
			found.Denied = found.Denied && asker == who // else it is another's credential
			found.Own = reply.Exchange
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

func (e *Engine) takeFacts(read *contracts.AccountRead, reply *wire.Reply, vars expr.Vars) Facts {
	if reply.Status == 401 {
		return Facts{Denied: true, Why: "account.read was answered 401"}
	}
	if reply.Failure != nil || reply.Status < 200 || reply.Status > 299 {
		return Facts{Why: "account.read " + said(reply)}
	}
	if why := e.declined(reply); why != "" {
		return Facts{Why: "account.read: " + why}
	}
	found := Facts{Taken: map[string]any{}}
	for _, named := range read.Take {
		value, err := named.Expr.Eval(vars)
		if unknown, is := value.(expr.Unknown); is && err == nil {
			err = errors.New(unknown.Why)
		}
		if err != nil {
			found.Why = fmt.Sprintf("account.take %s: %v", named.Name, err)
			continue
		}
		if value != expr.Absent {
			found.Taken[named.Name] = value
		}
	}
	found.Can, found.Known = textList(found.Taken["can"])
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
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if v[name] == true {
				list = append(list, name)
			}
		}
		return list, true
	}
	return nil, false
}
