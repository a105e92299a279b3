package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// Facts are what an account's own read says of it.
type facts struct {
	values map[string]any // by the names of `take`
	can    []string
	known  bool   // can was read
	denied bool   // the read was answered 401
	why    string // why they, or some of them, are not known; "" when all are, or none were asked
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
