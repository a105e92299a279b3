package engine

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A landing is what a look brought home, before anybody has made sense of it.
type landing struct {
	place    *place
	fetched  *fetched
	asked    *request // nil for what is not asked for
	selector string
	line     string // METHOD /path as it was sent
	value    any    // of a Go probe
	sentAt   time.Time
	gotAt    time.Time
	absent   string // nothing was sent, because what the probe names has no identity
	err      error  // the look could not be made: the contract's mistake, or the end of the run
}

// prepared is a look that is ready to be sent.
type prepared struct {
	place    *place
	request  *request
	selector string
	vars     expr.Vars // for Go probes
	absent   string
	err      error
	beside   bool  // it is fetched in a goroutine of its own, which may wait for the reply
	post     *post // of an inbox
}

// ready fills a look in. It touches the attempt's variables and so belongs to the
// attempt's own goroutine; sending may be done in another.
func (a *attempt) ready(p *place) prepared {
	look := prepared{place: p}
	s := a.scopeOf(p.thing)
	if p.look == verdict.Reply {
		s = a.actScope()
	}
	if p.look == verdict.Job {
		return a.readyJob(look)
	}
	if p.hook != nil {
		look.post = a.openPost()
		return look
	}
	if p.goProbe != "" {
		look.vars = settled(s.with()) // another goroutine reads them
		return look
	}
	if p.look == verdict.ByKey && p.thing != nil && p.thing.key == nil && !p.thing.found && p.resource != nil {
		look.absent = errNoIdentity.Error()
		return look
	}
	var err error
	if look.request, err = a.e.request(p.call, s); err != nil {
		return look.failed(err)
	}
	if p.address != "" {
		look.request.url = p.address
	}
	look.request.before = p.got
	if p.call.Find != nil {
		selector, err := p.call.Find.Eval(s.with())
		if err != nil {
			return look.failed(fmt.Errorf("find: %w", err))
		}
		text, ok := selector.(string)
		if !ok {
			look.absent = "its selector names what is absent"
			return look
		}
		look.selector = text
	}
	return look
}

// failed tells what is merely not there yet from what is wrong: a probe that names
// a thing without an identity is absent, before a creation and after a refused one.
func (look prepared) failed(err error) prepared {
	if t := look.place.thing; t != nil && t.key == nil {
		look.absent = errNoIdentity.Error()
		return look
	}
	look.err = err
	return look
}

// fetch makes the look. Nothing that was sent before since is taken for it.
func (a *attempt) fetch(ctx context.Context, look prepared, since time.Time) landing {
	home := landing{place: look.place, selector: look.selector, absent: look.absent, err: look.err, sentAt: time.Now()}
	home.gotAt = home.sentAt
	switch {
	case look.err != nil || look.absent != "":
		return home
	case look.place.hook != nil:
		return a.readInbox(ctx, look, home)
	case look.place.goProbe != "":
		home.value, home.err = a.e.o.Probes[look.place.goProbe].ask(ctx, look.place.eyes.name, look.vars)
		home.gotAt = time.Now()
		return home
	}
	home.line, home.asked = look.request.short(), look.request
	get := a.e.sharing.get
	if look.beside {
		get = a.e.sharing.getHere
	}
	home.fetched, home.err = a.e.fetch(get, ctx, look.place.eyes, look.place.call, look.request, look.place.page, since)
	if home.err == nil {
		home.sentAt, home.gotAt = home.fetched.sentAt, home.fetched.gotAt
	}
	return home
}

// land makes a reading of what came home, and remembers what variables and sight
// need of it.
func (a *attempt) land(home landing) verdict.Reading {
	p := home.place
	p.asked = home.asked
	reading := verdict.Reading{SentAt: a.at(home.sentAt), GotAt: a.at(home.gotAt)}
	var raw any = expr.Absent
	if p.look == verdict.Job {
		reading = a.landJob(home, reading)
		p.last = a.job.value
		return reading
	}
	switch {
	case home.absent != "":
		reading.Known, reading.Why, reading.Complete = verdict.Absent, home.absent, p.look == verdict.Listing
	case p.hook != nil:
		return a.landInbox(home, reading)
	case p.goProbe != "":
		reading, raw = landGo(home, reading)
	case home.err != nil:
		reading.Known, reading.Why = verdict.Unsure, home.err.Error()
		raw = expr.Unknown{Why: reading.Why}
	default:
		sent, got := reading.SentAt, reading.GotAt
		reading, raw = a.e.interpret(p, home.fetched, home.selector)
		reading.SentAt, reading.GotAt = sent, got
		if p.look == verdict.ByKey && a.request["method"] == http.MethodPut {
			reading.ETag = home.fetched.first.Header.Get("ETag")
		}
		for _, page := range home.fetched.pages {
			a.note(page)
		}
		if wire.IsXML(home.fetched.first.Header.Get("Content-Type")) {
			a.untyped()
		}
		p.status, p.got = responseVar(home.fetched.first), home.fetched
		a.spell(p, home.line)
		if !p.mayEcho(&reading, raw) { // else it is a sight if it is no echo, which has to be asked
			a.e.sightings.saw(a, p, reading)
		}
	}
	p.last = raw
	return reading
}

// spell makes the record say which address was really read.
func (a *attempt) spell(p *place, line string) {
	for i, candidate := range a.places {
		if candidate == p && line != "" {
			a.record.Places[i].Call = line
		}
	}
}

// readNow looks at one place and waits for it. An error is a mistake of the
// contract or the end of the run; what the provider does is in the reading.
func (a *attempt) readNow(ctx context.Context, p *place) (verdict.Reading, error) {
	look := a.ready(p)
	if look.err != nil {
		return verdict.Reading{}, look.err
	}
	home := a.fetch(ctx, look, time.Now())
	if ctx.Err() != nil {
		return verdict.Reading{}, context.Cause(ctx)
	}
	reading := a.land(home)
	if wait, throttled := a.throttledRead(home); throttled && wait <= throttleBudget { // else nobody waits for it
		return reading, budget.Pause(ctx, wait)
	}
	return reading, nil
}

func (a *attempt) throttledRead(home landing) (time.Duration, bool) {
	if home.fetched == nil {
		return 0, false
	}
	return a.e.retryIn(home.fetched.pages[len(home.fetched.pages)-1])
}

// readAll looks at several places at once.
func (a *attempt) readAll(ctx context.Context, places []int) (map[int]verdict.Reading, error) {
	homes := make(chan struct {
		at   int
		home landing
	}, len(places))
	since := time.Now()
	for _, at := range places {
		look := a.ready(a.places[at])
		if look.err != nil {
			return nil, look.err
		}
		look.beside = true
		go func() {
			homes <- struct {
				at   int
				home landing
			}{at, a.fetch(ctx, look, since)}
		}()
	}
	readings := make(map[int]verdict.Reading, len(places))
	for range places {
		select {
		case arrived := <-homes:
			readings[arrived.at] = a.land(arrived.home)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return readings, context.Cause(ctx)
}

// evaluate answers an expression from what its parts last showed. Its reading was
// sent when the oldest of them was.
func (a *attempt) evaluate(p *place) verdict.Reading {
	reading := verdict.Reading{SentAt: a.now(), GotAt: a.now(), Known: verdict.Value}
	after, reads := map[string]any{}, map[string]any{}
	for _, at := range p.parts {
		part := a.places[at]
		for _, name := range a.namesOf(part) {
			after[name] = part.last
			if part.status != nil {
				reads[name] = part.status
			}
		}
		if last := a.lastReading(at); last != nil {
			reading.SentAt, reading.GotAt = min(reading.SentAt, last.SentAt), min(reading.GotAt, last.GotAt)
			reading.Age = max(reading.Age, last.Age)
		}
	}
	vars := a.vars(p.thing)
	vars["after"], vars["reads"] = after, reads
	if a.before == nil {
		vars["before"] = after // before the act nothing has changed yet
	}
	truth, err := p.program.Truth(vars)
	reading.Detail = a.detail(p, vars)
	switch {
	case err != nil:
		reading.Known, reading.Why, reading.Truth = verdict.Unsure, err.Error(), verdict.Unknown
	case truth == expr.True:
		reading.Truth = verdict.True
	case truth == expr.False:
		reading.Truth = verdict.False
	default:
		reading.Known, reading.Truth = verdict.Unsure, verdict.Unknown
		reading.Why = reading.Detail
	}
	return reading
}

func (a *attempt) lastReading(at int) *verdict.Reading {
	recorded := &a.record.Places[at]
	if n := len(recorded.Readings); n > 0 {
		return &recorded.Readings[n-1]
	}
	if n := len(recorded.Before); n > 0 {
		return &recorded.Before[n-1]
	}
	return nil
}

// namesOf are the names under which before, after and reads show a place: its
// probe's, or its thing's and, where no other thing has it, its resource's.
func (a *attempt) namesOf(p *place) []string {
	switch {
	case p.resource == nil || p.thing == nil:
		return []string{p.probe}
	case a.things[p.resource.Name] == nil && a.thingOf(p.resource.Name) == p.thing:
		return []string{p.thing.name, p.resource.Name}
	}
	return []string{p.thing.name}
}

// detail spells out the values of an expression's parts, for messages.
func (a *attempt) detail(p *place, vars expr.Vars) string {
	var parts []string
	seen := map[string]bool{}
	for _, ref := range p.program.Refs() {
		text := strings.Join(ref, ".")
		root, known := seenBy(vars, ref[0])
		if !known || seen[text] || ref[0] == "unique" {
			continue
		}
		seen[text] = true
		parts = append(parts, text+" = "+expr.Format(walkPath(root, ref[1:])))
	}
	return strings.Join(parts, ", ")
}

// snapshot keeps what variables show before the act.
func (a *attempt) snapshot() {
	a.before = map[string]any{}
	for _, p := range a.places {
		if p.look == verdict.Expression || p.look == verdict.Reply || p.look == verdict.Job || p.look == verdict.Inbox || p.look == verdict.Listing && p.resource == nil {
			continue
		}
		names := a.namesOf(p)
		if _, has := a.before[names[0]]; has && p.look == verdict.Listing {
			continue // the read by key speaks for the thing
		}
		if p.thing == a.created && p.thing != nil && p.resource != nil {
			continue
		}
		for _, name := range names {
			a.before[name] = p.last
		}
	}
}
