package engine

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// An answer that only promises leads to a job, which tells how far the work is. The job
// is a place of its own that no effect names: when to ask it is verdict.Next's to say,
// and asking it is a read like any other.

// A job is what the attempt knows of it.
type job struct {
	said    *contracts.Acceptance
	place   *place
	request *request // of an address, once the reply has named it
	seen    bool     // it was there: that it is not there any more means something
	value   any      // what it last gave
}

// bindAccepted makes the place of the job; nothing is sent there before the act was
// answered, and only if that was a promise.
func (a *attempt) bindAccepted() error {
	said := a.cell.Contract.Accepted
	if said == nil {
		return nil
	}
	a.job = &job{said: said, value: expr.Absent}
	p := &place{probe: "job", look: verdict.Job, eyes: a.actor, call: said.Call}
	if said.Webhook != nil {
		p.eyes, p.call = a.me, nil
	}
	if said.Thing != "" {
		t := a.things[said.Thing]
		if t == nil || t.resource == nil || t.resource.Read == nil {
			return fmt.Errorf("accepted: %s cannot be read", said.Thing)
		}
		who, err := a.role(a.defaultRole("read", t))
		if err != nil {
			return fmt.Errorf("accepted: %w", err)
		}
		p.eyes, p.thing, p.resource, p.call, p.page = who, t, t.resource, t.resource.Read, readPager(t.resource)
		a.job.seen = t != a.created
	}
	at := a.addPlace(p)
	a.job.place, a.record.Places[at].Thing = p, ""
	a.record.Accepted = &verdict.Acceptance{
		Poll: said.Text, Done: sourceOf(said.Done), Failed: sourceOf(said.Failed), Place: at, Within: or(said.Within, a.longestWithin()),
	}
	return nil
}

// findJob works out what to ask, now that the act was answered. Where there is nothing
// the record says why: that is no failure of what was promised.
func (a *attempt) findJob(act *request) {
	if a.job == nil || a.job.said.Poll == nil || verdict.Claim(a.record.Act) != contracts.Accepted {
		return
	}
	value, err := a.job.said.Poll.Eval(a.vars(a.about()))
	address, isText := value.(string)
	switch {
	case err != nil:
		a.record.Accepted.Nowhere = "poll: " + err.Error()
	case !isText || address == "":
		a.record.Accepted.Nowhere = fmt.Sprintf("the reply names nothing to ask: `%s` is %s", a.job.said.Text, expr.Format(value))
	default:
		said := anyLeaf(a.response, func(leaf any) bool { return leaf == address })
		if a.job.request, err = a.e.pollRequest(act, address, a.vars(a.about()), said); err != nil {
			a.record.Accepted.Nowhere = "poll: " + err.Error()
		}
	}
}

// pollRequest asks an address that an expression gave. One that the reply said is
// resolved against that of the act (RFC 9110, 10.2.2). A path that the contract put
// together is one like those in calls: it stands behind the server's own.
func (e *Engine) pollRequest(act *request, address string, vars expr.Vars, said bool) (*request, error) {
	if !said && strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") && !strings.HasPrefix(e.origin+address, e.server+"/") {
		address = e.server + address
	}
	address, _, _ = strings.Cut(address, "#")
	resolved, err := act.toAddress(address)
	if err != nil || resolved == nil {
		return nil, fmt.Errorf("%q is no address", address)
	}
	if err := e.mayAsk(resolved.url); err != nil {
		return nil, err
	}
	call := &contracts.Call{Method: "GET", Text: "poll"}
	query, err := e.query(call, vars)
	if err != nil {
		return nil, err
	}
	e.yield(call, resolved.url, query)
	r := &request{name: call.Text, method: "GET", header: map[string][]string{}, path: map[string]any{}, query: resolved.query}
	if r.url, err = withQuery(resolved.url, query); err != nil {
		return nil, err
	}
	if err := e.headers(call, vars, r); err != nil {
		return nil, err
	}
	r.header.Del("Content-Type")
	return r, nil
}

// readyJob is ready for a job.
func (a *attempt) readyJob(look prepared) prepared {
	p := look.place
	if a.job.said.Webhook != nil {
		look.absent = "nothing is sent to hear of it"
		return look
	}
	if p.thing == nil {
		look.request = a.job.request
		return look
	}
	if p.thing.key == nil && !p.thing.found {
		look.absent = errNoIdentity.Error()
		return look
	}
	look.request, look.err = a.e.request(p.call, a.scopeOf(p.thing))
	return look
}

// landJob makes a reading of what the job gave, and takes from it what it names.
func (a *attempt) landJob(home landing, reading verdict.Reading) verdict.Reading {
	var raw any
	status := map[string]any{}
	switch {
	case a.job.said.Webhook != nil:
		raw = a.hearJob(&reading)
	case home.err != nil:
		raw = expr.Unknown{Why: home.err.Error()}
	case home.absent != "":
		raw = expr.Unknown{Why: home.absent}
	default:
		sent, got := reading.SentAt, reading.GotAt
		reading, raw = a.readJob(home)
		reading.SentAt, reading.GotAt = sent, got
		status = responseVar(home.fetched.first)
		for _, page := range home.fetched.pages {
			a.note(page)
		}
		a.spell(home.place, home.line)
	}
	reads := map[string]any{"job": status}
	a.askJob(&reading, raw, reads)
	a.nameByJob(reads)
	a.answeredByJob(reading)
	if a.created != nil && a.wrote {
		a.created.unanswered = home.gotAt // it may be made as late as this
	}
	return reading
}

// readJob interprets a reply: a thing as wherever it is read, anything else by its
// status alone. A body that says no tells that the job failed, and not that nobody knows.
func (a *attempt) readJob(home landing) (r verdict.Reading, raw any) {
	reply := home.fetched.first
	if home.place.thing != nil {
		r, raw = a.e.interpret(home.place, home.fetched, "")
	} else {
		r = verdict.Reading{Status: reply.Status, Exchange: reply.Exchange.Number, Age: reply.Age}
		switch {
		case reply.Failure != nil:
			r, raw = unsure(r, reply.Failure.Error())
		case absentStatus(reply.Status):
			r.Known, r.Why, raw = verdict.Absent, fmt.Sprint(reply.Status), expr.Absent
		case reply.Status/100 != 2:
			r, raw = unsure(r, fmt.Sprintf("status %d", reply.Status))
		case a.e.says(a.e.o.Suite.Provider.Throttled, reply):
			r, raw = unsure(r, "throttled by its body")
		case reply.Undecodable != "":
			r, raw = unsure(r, reply.Undecodable)
		default:
			r.Known, raw = verdict.Value, bodyVar(reply)
		}
	}
	r.Value = nil // what the expressions make of it is in Detail
	if wait, ok := reply.RetryAfter(); ok {
		r.RetryIn = &wait
	}
	return r, raw
}

// hearJob gives the event of a webhook that tells what became of the job: the first that
// says that it is over, else the last. That none came says nothing: it may have gone astray.
func (a *attempt) hearJob(r *verdict.Reading) any {
	hook := a.job.said.Webhook
	if a.openPost().err != nil {
		r.Known, r.Why = verdict.Unsure, a.post.err.Error()
		return expr.Unknown{Why: r.Why}
	}
	events := a.deliveries(hook)
	if len(events) == 0 {
		r.Known, r.Why = verdict.Unsure, "no event of "+hook.Name+" has come"
		return expr.Unknown{Why: r.Why}
	}
	r.Known = verdict.Value
	over := func(event any) bool {
		vars := a.vars(a.about())
		vars["job"], vars["event"] = event, event
		return ask(a.job.said.Done, vars, verdict.False) == verdict.True || ask(a.job.said.Failed, vars, verdict.False) == verdict.True
	}
	if at := slices.IndexFunc(events, over); at >= 0 {
		return events[at]
	}
	return events[len(events)-1]
}

// deliveries are the events of a webhook that came to this attempt, in the order of their
// coming. Where some hold a marker or an identity of the attempt's, the others are about
// somebody else's work: whoever subscribes hears of all that is done on the account.
func (a *attempt) deliveries(hook *contracts.Webhook) []any {
	told := a.openPost().told != nil
	m := a.open(&place{probe: hook.Name, look: verdict.Inbox, eyes: a.me, hook: hook, told: told})
	var values, ours []any
	for i := range m.events {
		if m.events[i].Picked != verdict.True || m.events[i].At < a.record.Act.SentAt {
			continue
		}
		values = append(values, m.values[i])
		if a.mentioned(m.values[i]) {
			ours = append(ours, m.values[i])
		}
	}
	if len(ours) > 0 {
		return ours
	}
	return values
}

// asksAbsent is an expression that asks whether the job itself is there.
var asksAbsent = regexp.MustCompile(`\babsent\(\s*job\s*\)`)

// askJob answers `done` and `failed`. A job that is not there says nothing: it may not
// be there yet, or not any more. Only who asks for just that, absent(job), takes it for
// an answer, and only once the job has been there.
func (a *attempt) askJob(r *verdict.Reading, raw any, reads map[string]any) {
	a.job.seen = a.job.seen || r.Known == verdict.Value
	unknown := expr.Unknown{Why: "the job is not there: " + r.Why}
	a.job.value = raw
	if raw == expr.Absent && r.Known != verdict.Value {
		a.job.value = unknown
	}
	asked := func(program *expr.Program) verdict.Truth {
		if program == nil {
			return verdict.False
		}
		vars := a.vars(a.about())
		vars["job"], vars["event"], vars["reads"] = a.job.value, a.job.value, reads
		if raw == expr.Absent && a.job.seen && asksAbsent.MatchString(program.Source()) {
			vars["job"] = raw
		}
		truth := truthOf(program.Truth(vars))
		if text := a.detail(&place{program: program}, vars); text != "" && !strings.Contains(r.Detail, text) && (truth == verdict.True || r.Detail == "") {
			r.Detail = text
		}
		return truth
	}
	was := r.Known
	r.Truth, r.Failed = asked(a.job.said.Done), asked(a.job.said.Failed)
	switch {
	case r.Truth == verdict.True || r.Failed == verdict.True:
		r.Known = verdict.Value
	case r.Truth == verdict.Unknown || r.Failed == verdict.Unknown || was != verdict.Value:
		r.Known = verdict.Unsure
		if r.Why == "" {
			r.Why = "`done` and `failed` cannot be told: " + r.Detail
		} else if was == verdict.Absent {
			r.Why = "status " + r.Why
		}
	}
}

// nameByJob learns the identity of what was made where the job names it.
func (a *attempt) nameByJob(reads map[string]any) {
	if a.created == nil || a.bulk != nil || a.job.said.ID == nil || a.created.keyFrom == "job" {
		return
	}
	vars := a.vars(a.created)
	vars["job"], vars["event"], vars["reads"] = a.job.value, a.job.value, reads
	if key, err := a.job.said.ID.Eval(vars); err == nil && identityText(key) != "" && len(identityText(key)) <= longestIdentity {
		a.created.key, a.created.keyFrom = key, "job"
		a.keyKnown()
		a.seen(a.created)
	}
}

// mayBeJobs tells whether an identity that a promise has in its body may be the job's
// own: who promises tells of the work (RFC 9110, 15.3.3), and both may be numbers. Where
// an `id` says that it is the thing's, or the marker stands beside it, it is not.
func (a *attempt) mayBeJobs(call *contracts.Call, id *expr.Program, from string, item any) bool {
	if from != "body" || verdict.Claim(a.record.Act) != contracts.Accepted || a.job != nil && a.job.place.thing == a.created {
		return false
	}
	made := a.created.resource.Make
	return id == nil && call.ID == nil && (made == nil || !sameCall(made, call) || made.ID == nil) && !a.created.equalMarked(item)
}

// leavesNaming tells whether such an identity is better not used: the job will name what
// was made, or the list; or there is no marker by which it could be told from somebody
// else's.
func (a *attempt) leavesNaming() bool {
	listed, marked := a.created.resource.List != nil, len(a.created.marked) > 0
	return !marked && listed || a.job != nil && (a.job.said.ID != nil || listed || !marked)
}

// explainPromise spells out `accepted`.
func (a *attempt) explainPromise() []string {
	if a.job == nil {
		return nil
	}
	accepted, p := a.record.Accepted, a.job.place
	lines := []string{fmt.Sprintf("%s as %s, for at most %s", describe(p), p.eyes.name, accepted.Within)}
	if hook := a.job.said.Webhook; hook != nil {
		lines[0] = fmt.Sprintf("the webhook %s, for at most %s", hook.Name, accepted.Within)
	}
	for _, each := range [][2]string{
		{accepted.Done, "done, and the deadlines count from there"}, {accepted.Failed, "failed, and nothing may have happened"},
		{sourceOf(a.job.said.ID), "the identity of what was made"},
	} {
		if each[0] != "" {
			lines = append(lines, each[0]+": "+each[1])
		}
	}
	return lines
}

// mayCome says why what the act was to make may still be made when the watch is over;
// "" where it may not.
func (a *attempt) mayCome() string {
	if a.record.Accepted == nil || !verdict.Open(a.record) || a.sameJob() {
		return ""
	}
	return "it was accepted, and its job neither done nor failed when the watch was over: it may still be made"
}

// awaitJob asks for the job where the watch was stopped before it was over, until it is
// or its time is up: what it is to make can be removed only when it is there. The record
// is put back as it was by the function that is returned: it tells of the watch.
func (c *cleaning) awaitJob(ctx context.Context) (restore func()) {
	if c.record.Halt == nil || c.job == nil || c.record.Accepted.Nowhere != "" || c.mayCome() == "" {
		return func() {}
	}
	job := &c.record.Places[c.record.Accepted.Place]
	seen := len(job.Readings)
	end := c.epoch.Add(c.record.Act.SaidAt + c.record.Accepted.Within)
	_ = c.poll(ctx, end, func() (bool, error) { // stopped or not, what is found then counts
		reading, err := c.readNow(ctx, c.job.place)
		if err != nil {
			return false, err
		}
		if job.Readings = append(job.Readings, reading); c.mayCome() == "" {
			return true, nil
		}
		if wait := reading.RetryIn; wait != nil {
			return false, budget.Pause(ctx, min(*wait, max(time.Until(end), 0)))
		}
		return false, nil
	}, func() error { return nil })
	return func() { job.Readings = job.Readings[:seen:seen] }
}

// sameJob tells whether the second of two acts was promised what the first was, and that is
// over: a provider that plays its answer again need not keep the job for ever.
func (a *attempt) sameJob() bool {
	switch first := a.first; {
	case first == nil || first.job == nil || verdict.Open(first.record):
		return false
	case a.job.request != nil:
		return first.job.request != nil && a.job.request.url == first.job.request.url
	default:
		return a.job.said.Webhook != nil && a.record.Act.Body != nil && reflect.DeepEqual(a.record.Act.Body, first.record.Act.Body)
	}
}

// comesBy is until when what a request promises to make may come; zero for what comes
// as effects do. It is written down before anybody knows whether the answer promises.
func (a *attempt) comesBy(t *thing) time.Time {
	if t != a.created || a.record.Accepted == nil {
		return time.Time{}
	}
	return time.Now().Add(a.record.Accepted.Within + a.longestWithin())
}
