package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// promise has on disk, before the act is sent, the calls of the contract's own
// clean-up, filled in: they put back what was not made here (settings, a project that
// is there), and after a crash nobody else knows how it was before. A call that names
// what the act makes can be filled in only when that has its identity, and is tried
// again then. With an error the act must not be sent.
func (a *attempt) promise(sent any) error {
	if a.promised == nil {
		a.promised, a.unfilled = make([]string, len(a.cell.Contract.Cleanup)), make([]bool, len(a.cell.Contract.Cleanup))
	}
	for i, call := range a.cell.Contract.Cleanup {
		early := a.response == expr.Absent
		if a.promised[i] != "" && !a.unfilled[i] {
			continue
		}
		intent, err := a.promiseOf(i, call, sent)
		var masked *maskedError
		if errors.As(err, &masked) && early {
			return &haltError{"setup-failed", "cleanup: " + err.Error(), "let the contract send a value of its own there, or none"}
		}
		if err != nil && (!early || a.created != nil && a.created.intent != "" && a.speaksOfCreated(call)) || a.e.journal == nil {
			continue // what it names is not there, or is found by its own marker
		}
		if err := a.e.append(intent); err != nil {
			return &haltError{"setup-failed", err.Error(), "nothing is sent that could not be put back after a crash"}
		}
		a.redeemed(i, journal.NeverMade) // the one that was not filled in
		a.promised[i], a.unfilled[i] = intent.ID, err != nil
	}
	return nil
}

// speaksOfCreated tells whether a call names what the act makes, or the reply to it.
func (a *attempt) speaksOfCreated(call *contracts.Call) bool {
	return slices.ContainsFunc(callRefs(call), func(ref []string) bool { return ref[0] == "response" || ref[0] == a.created.name })
}

// promiseOf fills a call in. With an error the intent says that this could not be done.
func (a *attempt) promiseOf(i int, call *contracts.Call, sent any) (journal.Intent, error) {
	intent := journal.Intent{
		ID: fmt.Sprintf("%s clean-up %d", a.unique, i+1), Cell: a.cellID(), Account: a.me.name,
		Phase: journal.CleanUp, Call: call.Text, Marker: a.unique,
		Request: &journal.Request{Method: call.Method}, Tested: a.me.name, At: time.Now(),
	}
	if a.response != expr.Absent {
		intent.ID += ", after the act"
	}
	who, err := a.role(firstOr(call.As, "me"))
	if err != nil {
		return intent, err
	}
	intent.Account = who.name
	filled, err := a.cleanUpRequest(call)
	var masked *maskedError
	switch {
	case errors.As(err, &masked) && a.response != expr.Absent:
		intent.Request.Why = err.Error()
		return intent, nil
	case err != nil:
		intent.Request.Why = "the run ended before it could be filled in: " + err.Error()
		return intent, err
	}
	intent.Call, intent.Request = a.e.client.Redactor().MaskText(filled.line()), a.e.kept(filled)
	if len(a.cell.Contract.Cleanup) == 1 && slices.ContainsFunc(callRefs(call), func(ref []string) bool { return ref[0] == "before" }) {
		if t := a.foundThing(); t != nil {
			intent.Resource = t.resource.Name
			intent.Request.Key = identityText(t.key)
			intent.Request.Was, intent.Request.Sent = a.wasAndSent(t, sent)
		}
	}
	return intent, nil
}

// kept is a request as the journal keeps it; one that holds a secret is not kept.
func (e *Engine) kept(r *request) *journal.Request {
	kept := &journal.Request{Method: r.method, Address: strings.TrimPrefix(r.url, e.server), Headers: map[string]string{}, Body: r.encoded}
	for name := range r.header {
		kept.Headers[name] = r.header.Get(name)
	}
	text, err := json.Marshal([]any{kept.Address, kept.Headers, string(kept.Body)})
	redactor := e.client.Redactor()
	if err != nil || redactor.MaskText(string(text)) != string(text) || string(redactor.Mask(r.encoded)) != string(r.encoded) {
		return &journal.Request{Method: r.method, Why: "a secret stands in it"}
	}
	return kept
}

// foundThing is what the act updates and did not make; nil for none.
func (a *attempt) foundThing() *thing {
	for _, effect := range a.cell.Contract.Effects {
		if t := a.things[effect.Thing]; t != nil && t.found && t.resource != nil && t.resource.Read != nil {
			return t
		}
	}
	return nil
}

// wasAndSent are the plain fields that the act sends for a thing that it found, before
// and after, as JSON.
func (a *attempt) wasAndSent(t *thing, sent any) (was, now map[string]string) {
	was, now = map[string]string{}, map[string]string{}
	before := view(t.resource, a.before[t.name])
	redactor := a.e.client.Redactor()
	all := masks(t.resource)
	for _, path := range leavesOf(nil, sent) {
		if !verdict.MaskOf(all, path).Compared() {
			continue
		}
		old, fresh := jsonText(walkPath(before, path)), jsonText(walkPath(sent, path))
		if redactor.MaskText(old) != old || redactor.MaskText(fresh) != fresh {
			continue
		}
		was[strings.Join(path, ".")], now[strings.Join(path, ".")] = old, fresh
	}
	return was, now
}

// leavesOf gives the paths of all that is no object.
func leavesOf(path []string, value any) [][]string {
	fields, isMap := value.(map[string]any)
	if !isMap {
		if len(path) == 0 {
			return nil
		}
		return [][]string{path}
	}
	var all [][]string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		all = append(all, leavesOf(append(slices.Clone(path), name), fields[name])...)
	}
	return all
}

// jsonText is a value as JSON; what is absent is null, as providers leave out what is
// null as they like.
func jsonText(value any) string {
	if value == expr.Absent {
		value = nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "null"
	}
	return string(text)
}

// promiseID is the intent of a call of the clean-up; "" for none.
func (a *attempt) promiseID(i int) string {
	if i < len(a.promised) {
		return a.promised[i]
	}
	return ""
}

// redeemed tells that a call that was promised was sent and granted, or is not needed.
func (a *attempt) redeemed(i int, how journal.How) {
	if id := a.promiseID(i); id != "" {
		a.e.noted(journal.Removed{ID: id, How: how})
	}
}

// owed tells why it was not.
func (a *attempt) owed(i int, why error) {
	if id := a.promiseID(i); id != "" {
		a.e.noted(journal.Left{ID: id, Why: a.e.client.Redactor().MaskText(why.Error()), Unsent: isUnsent(why)})
	}
}

func isUnsent(err error) bool {
	var unsent *unsentError
	return errors.As(err, &unsent)
}

// unpromised tells that nothing of what was promised is needed: the act never went
// out, and the contract's own clean-up is not sent.
func (a *attempt) unpromised() {
	for i := range a.promised {
		a.redeemed(i, journal.NeverMade)
	}
}

// restore carries out a call of a contract's own clean-up, in a sweep: if the run has
// not, and what it puts back is still as the run left it. A call that may have been
// sent already is sent only where that changes nothing more (RFC 9110, 9.2.2).
func (g *group) restore(ctx context.Context) {
	request := g.intent.Request
	switch {
	case request.Why != "":
		g.keep("the contract's own clean-up is for you to send, for it is not kept (" + request.Why + "): " + g.intent.Call)
		return
	case g.stage == journal.Removing && !repeatable(request):
		g.keep("it may have been sent already, and sending it twice may do something twice: " + g.intent.Call)
		return
	}
	if request.Fact != "" || len(request.Was) > 0 {
		switch done, why := g.compare(ctx); {
		case why != "":
			g.keep(why)
			return
		case done:
			g.e.noted(journal.Removed{ID: g.intent.ID, How: journal.AsBefore})
			return
		}
	}
	filled, err := g.filled()
	if err == nil {
		err = g.e.append(journal.Deleting{ID: g.intent.ID})
	}
	if err == nil {
		err = g.dispatch(ctx, g.t.maker, filled)
	}
	if err != nil {
		g.owe(err)
		return
	}
	if (request.Fact != "" || len(request.Was) > 0) && !g.seenBack(ctx) {
		g.keep(g.intent.Call + " was granted, and it is not as before")
		return
	}
	g.e.noted(journal.Removed{ID: g.intent.ID, How: journal.OwnCleanUp})
}

// keep leaves the call for somebody else, and says why.
func (g *group) keep(why string) { g.owe(errors.New(why)) }

func (g *group) owe(why error) {
	g.e.noted(journal.Left{ID: g.intent.ID, Why: g.e.client.Redactor().MaskText(why.Error()), Unsent: isUnsent(why)})
}

func repeatable(r *journal.Request) bool {
	switch r.Method {
	case http.MethodPut, http.MethodDelete:
		return true
	case http.MethodPatch: // one that lays values over others; not one that lists operations
		return !strings.Contains(strings.ToLower(r.Headers["Content-Type"]), "json-patch")
	}
	return false
}

// filled is the request as it is sent.
func (g *group) filled() (*request, error) {
	kept := g.intent.Request
	address, err := g.e.absolute(kept.Address)
	filled := &request{method: kept.Method, url: address, header: http.Header{}, encoded: kept.Body, has: len(kept.Body) > 0}
	for name, value := range kept.Headers {
		filled.header.Set(name, value)
	}
	return filled, err
}

// compare reads the thing that the act found: done, if it is as before; why, if nobody
// may put it back, or nobody can tell.
func (g *group) compare(ctx context.Context) (done bool, why string) {
	if g.intent.Request.Fact != "" {
		return g.compareFact(ctx)
	}
	seen, why := g.look(ctx)
	switch {
	case why != "":
		return false, why
	case g.matches(seen, g.intent.Request.Was, g.intent.Request.Was):
		return true, ""
	case g.matches(seen, g.intent.Request.Sent, g.intent.Request.Was):
		return false, ""
	}
	return false, "it is neither as it was before nor as the run left it, so somebody has changed it since: " + g.intent.Call
}

func (g *group) seenBack(ctx context.Context) bool {
	deadline := time.Now().Add(or(g.e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin))
	back := false
	err := g.poll(ctx, deadline, func() (bool, error) {
		if g.intent.Request.Fact != "" {
			back, _ = g.compareFact(ctx)
			return back, ctx.Err()
		}
		seen, why := g.look(ctx)
		back = why == "" && g.matches(seen, g.intent.Request.Was, g.intent.Request.Was)
		return back, ctx.Err()
	}, func() error { return nil })
	return err == nil && back
}

// look reads the thing under the names in which it is sent.
func (g *group) look(ctx context.Context) (any, string) {
	p, err := g.loose("read", g.t)
	if err != nil || p == nil {
		return nil, fmt.Sprintf("resource %q has no read any more to see it by", g.intent.Resource)
	}
	reading, err := g.readNow(ctx, p)
	switch {
	case err != nil:
		return nil, err.Error()
	case reading.Known != verdict.Value:
		return nil, "how it is now could not be read: " + reading.Why
	}
	return view(g.t.resource, p.last), ""
}

// matches tells whether every field is as one of two says.
func (g *group) matches(seen any, one, other map[string]string) bool {
	all := masks(g.t.resource)
	for path := range g.intent.Request.Was {
		mask, value := verdict.MaskOf(all, splitPath(path)), walkPath(seen, splitPath(path))
		if value == expr.Absent {
			value = nil
		}
		if !mask.Same(jsonLike(json.RawMessage(one[path])), value) && !mask.Same(jsonLike(json.RawMessage(other[path])), value) {
			return false
		}
	}
	return true
}
