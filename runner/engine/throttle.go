package engine

import (
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// unsaidWait is how long we wait where a provider says "not now" and not when.
const unsaidWait = time.Second

// retryIn tells whether a reply means "not now", by its status or by a body that
// the provider's `throttled` knows, and after which wait to come again.
func (e *Engine) retryIn(reply *wire.Reply) (time.Duration, bool) {
	wait, said := reply.RetryAfter()
	switch {
	case reply.Status == 503:
		return wait, said
	case reply.Status != 429 && reply.Status != 425 && !e.says(e.o.Suite.Provider.Throttled, reply):
		return 0, false
	case !said:
		return unsaidWait, true
	}
	return wait, true
}

// refuses tells whether a reply claims that nothing was done. What went wrong
// underway claims nothing.
func (e *Engine) refuses(reply *wire.Reply) bool { return e.claimOf(reply) == contracts.Refused }

// leavesOpen tells whether a reply, or the lack of one, leaves open whether the request
// was carried out, or will be: it may not even have arrived yet.
func (e *Engine) leavesOpen(reply *wire.Reply) bool {
	claim := e.claimOf(reply)
	return claim == contracts.Unclear || claim == contracts.Accepted
}

func (e *Engine) claimOf(reply *wire.Reply) contracts.Claim {
	act := &verdict.Act{Status: reply.Status, Refusal: verdict.False, Throttled: verdict.False}
	if reply.Failure != nil {
		act.Failure = reply.Failure.Error()
	}
	if e.declined(reply) != "" {
		act.Refusal = verdict.True
	}
	return verdict.Claim(act)
}

// declined says why a 2xx is no yes: by its body it is throttled, or a refusal. It
// is empty for a plain yes.
func (e *Engine) declined(reply *wire.Reply) string {
	switch {
	case e.says(e.o.Suite.Provider.Throttled, reply):
		return "throttled by its body"
	case e.says(e.o.Suite.Provider.Refusal, reply):
		return "refusal by its body"
	}
	return ""
}

// says tells whether an expression of the provider's holds for a reply; nil never does.
func (e *Engine) says(program *expr.Program, reply *wire.Reply) bool {
	if program == nil || reply.Failure != nil {
		return false
	}
	truth, err := program.Truth(expr.Vars{"response": responseVar(reply)})
	return err == nil && truth == expr.True
}
