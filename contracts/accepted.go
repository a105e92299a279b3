package contracts

import (
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// An Acceptance says how an answer that only promises comes to its end: 202, 303 with a
// Location, or what `claims` calls accepted. What tells of the work is the job.
type Acceptance struct {
	Pos     Position
	Text    string        // `poll` as written
	Poll    *expr.Program // the job's address; nil where a thing is polled
	Call    *Call         // what asks there, as plans show it; nil likewise
	Thing   string        // a given thing, or what the contract creates, whose read shows the job; "" for none
	Webhook *Webhook      // whose deliveries are the job; nil for none
	Done    *expr.Program // nil: nothing says that it is done
	Failed  *expr.Program // nil: nothing says that it has failed
	ID      *expr.Program // where the job names the thing made; nil: the reply does, or the list
	Within  *time.Duration
}

// readAccepted reads `accepted`. What is after the act is not in its scope: nothing but
// the job is read while the job is under way.
func (d *draft) readAccepted(n *node) {
	if n == nil || d.fields(n, acceptedBlock(), "") == nil {
		return
	}
	s := d.scope.with("request", "response", "job", "event").andMember("reads", "job")
	a := &Acceptance{
		Pos:  d.n.key("accepted").pos,
		Done: d.program(n.get("done"), s, expr.Bool), Failed: d.program(n.get("failed"), s, expr.Bool),
		ID: d.program(n.get("id"), s, expr.Any), Within: d.duration(n.get("within"), "within"),
	}
	if p := n.get("poll"); p != nil {
		d.readPoll(a, p)
	}
	if n.get("done") == nil && n.get("failed") == nil && n.get("id") == nil {
		d.mistake(n, "write done: job.state == 'done', and failed: job.state == 'failed'", "accepted asks nothing of the job")
	}
	d.c.Accepted = a
}

// readPoll tells the forms of poll apart: a webhook, a thing, or an address.
func (d *draft) readPoll(a *Acceptance, n *node) {
	a.Text = n.text
	switch {
	case n.shape == text && d.provider.Webhook(n.text) != nil:
		a.Webhook = d.provider.Webhook(n.text)
	case n.shape == text && slices.Contains(d.things(), n.text):
		a.Thing = n.text
		d.polled(n)
	default:
		a.Poll = d.program(n, d.scope.with("request", "response"), expr.Any)
		a.Call = &Call{Pos: n.pos, Text: n.text, Method: "GET", Template: "${" + n.text + "}"}
	}
}

// polled reports a thing that cannot be asked how far the work is.
func (d *draft) polled(n *node) {
	r := d.provider.Resource(n.text)
	if g := d.c.given(n.text); g != nil {
		r = g.Resource
	}
	switch {
	case r == nil:
		d.mistake(n, "describe it as a resource with read in provider.yaml, or poll an address", "%s has no resource: it cannot be asked", quote(n.text))
	case r.Read == nil:
		d.mistake(n, "write read in provider.yaml, or poll an address", "resource %s has no read: it cannot be asked", quote(r.Name))
	}
}
