package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/inbox"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// Webhooks say where the run receives deliveries. The zero value is a free port of this
// machine, which a provider on this machine reaches.
type Webhooks struct {
	URL    string       // under which the provider reaches the inbox, through a tunnel; "" for where it listens
	Listen string       // host:port
	On     net.Listener // in place of Listen, open already; it is closed with the engine, if anything was received
}

// check finds what is no address before anything is sent.
func (w Webhooks) check() error {
	if u, err := url.Parse(w.URL); w.URL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil) {
		return fmt.Errorf("%q is no address for webhooks: write it as https://tunnel.example/hooks", w.URL)
	}
	if _, _, err := net.SplitHostPort(w.Listen); w.Listen != "" && err != nil {
		return fmt.Errorf("webhooks cannot be received at %q: write it as 127.0.0.1:8765", w.Listen)
	}
	return nil
}

// listenBehind is where the inbox listens for a tunnel, unless it is told.
const listenBehind = "127.0.0.1:8765"

// A Hall is the inbox of a run, opened when a cell first needs it.
type hall struct {
	once    sync.Once
	inbox   *inbox.Inbox
	err     error
	secrets map[string]map[string][]string // account, "" for the target → webhook → what deliveries are signed with
}

var errOutOfReach = errors.New("the inbox of this run is on this machine, where the provider cannot reach it: --webhook-url says under which address it can")

// receive gives the inbox; an error says why nothing can come.
func (e *Engine) receive() (*inbox.Inbox, error) {
	e.hall.once.Do(func() {
		o := e.o.Webhooks
		if e.client == nil {
			e.hall.err = errors.New("nothing is received for a plan")
			return
		}
		if o.URL == "" && !contracts.Loopback(e.server) {
			e.hall.err = errOutOfReach
			return
		}
		if o.URL != "" && o.Listen == "" && o.On == nil {
			o.Listen = listenBehind
		}
		e.hall.inbox, e.hall.err = inbox.Open(inbox.Options{Client: e.client, Listen: o.Listen, On: o.On, Public: o.URL})
	})
	return e.hall.inbox, e.hall.err
}

// closeInbox ends receiving.
func (e *Engine) closeInbox() {
	e.hall.once.Do(func() { e.hall.err = errors.New("the run is over") })
	if e.hall.inbox != nil {
		e.hall.inbox.Close()
	}
}

// resolveWebhooks learns what deliveries are signed with, where any are received.
func (e *Engine) resolveWebhooks(needed map[string]bool) []error {
	e.hall.secrets = map[string]map[string][]string{}
	if e.o.Paper || !slices.ContainsFunc(e.cells, func(c *Cell) bool { return sendsAny(c.Contract) }) {
		return nil
	}
	mistakes := e.learnWebhooks("", e.o.Target.Webhooks)
	for _, account := range e.o.Target.Accounts {
		if needed[account.Name] {
			mistakes = append(mistakes, e.learnWebhooks(account.Name, account.Webhooks)...)
		}
	}
	return mistakes
}

func (e *Engine) learnWebhooks(whose string, references map[string][]contracts.Reference) (mistakes []error) {
	e.hall.secrets[whose] = map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(references)) {
		for _, reference := range references[name] {
			resolved, err := reference.Resolve(e.o.Env)
			if err != nil {
				mistakes = append(mistakes, fmt.Errorf("secret of webhook %q: %w", name, err))
				continue
			}
			e.hall.secrets[whose][name] = append(e.hall.secrets[whose][name], resolved.Text)
			e.parts = append(e.parts, resolved.Secrets...)
		}
	}
	return mistakes
}

// Resign signs a delivery of a webhook anew, for who stands between a provider and an inbox:
// it held old, signed with one of the secrets then, and now holds raw, to be signed with the
// one that has the same place in now. false where it fits none of them.
func Resign(hook *contracts.Webhook, header http.Header, old, raw []byte, then, now []string) bool {
	return schemeOf(hook).Resign(header, old, raw, then, now)
}

func schemeOf(hook *contracts.Webhook) inbox.Scheme {
	s := hook.Signature
	return inbox.Scheme{Header: s.Header, Signs: s.Signs, Hash: s.Hash}
}

// sendsAny tells whether a contract looks at what is delivered.
func sendsAny(contract *contracts.Contract) bool {
	return slices.ContainsFunc(contract.Effects, func(e *contracts.Effect) bool { return e.Verb == contracts.Sends }) ||
		contract.Accepted != nil && contract.Accepted.Webhook != nil
}

// A Post is where the deliveries of one attempt come: its box, and what was told of it.
type post struct {
	box    *inbox.Box
	err    error
	secret map[string]string // webhook → what was drawn to sign with
	told   *verdict.Evidence // the request by which the provider accepted the address
}

// post opens the box of the attempt. It belongs to the attempt's goroutine.
func (a *attempt) openPost() *post {
	if a.post == nil {
		a.post = &post{secret: map[string]string{}}
		var in *inbox.Inbox
		if in, a.post.err = a.e.receive(); a.post.err == nil {
			a.post.box = in.NewBox()
		}
	}
	return a.post
}

// hookVars adds the variables of the webhooks. They are worked out where a call names
// them: only then is anything opened.
func (a *attempt) hookVars(vars expr.Vars) {
	for _, hook := range a.e.o.Suite.Provider.Webhooks {
		vars[hook.Name] = func() any { return a.hookVar(hook.Name, vars) }
	}
}

// hookVar is NAME.url and NAME.secret. The address carries the marker of what is being
// made, so that a subscription can be told from everybody else's.
func (a *attempt) hookVar(name string, vars expr.Vars) any {
	p := a.openPost()
	if p.err != nil {
		return expr.Unknown{Why: p.err.Error()}
	}
	if p.secret[name] == "" {
		p.secret[name] = strings.ReplaceAll(drawUUID(), "-", "")
		a.e.client.Redactor().Add(p.secret[name])
	}
	mark, _ := vars["unique"].(string)
	return map[string]any{"url": p.box.Address(cmp.Or(mark, a.unique), name), "secret": p.secret[name]}
}

// tell notes that the provider accepted the address of this attempt.
func (a *attempt) tell(r *request, reply *wire.Reply, who *eyes) {
	p := a.post
	if p == nil || p.box == nil || p.told != nil || reply.Failure != nil || reply.Status < 200 || reply.Status > 299 || a.e.declined(reply) != "" {
		return
	}
	if !p.box.In(string(r.encoded)) && !p.box.In(r.url) && !p.box.In(fmt.Sprint(r.header)) {
		return
	}
	p.told = &verdict.Evidence{Exchange: reply.Exchange.Number, What: r.short() + " as " + who.name}
	for i, at := range a.places {
		if at.hook != nil {
			at.told, a.record.Places[i].Sight.Told = true, p.told
		}
	}
}

// closePost lets go of what came to the attempt.
func (a *attempt) closePost() {
	if a.post != nil && a.post.box != nil {
		a.post.box.Forget()
	}
}

// bindSends binds a webhook to the inbox of the run.
func (a *attempt) bindSends(effect *contracts.Effect, bound *verdict.Effect) error {
	who, err := a.role(firstOr(effect.As, "me"))
	if err != nil {
		return err
	}
	bound.Times = effect.Times
	p := &place{probe: effect.Webhook.Name, look: verdict.Inbox, eyes: who, hook: effect.Webhook, program: effect.Picks}
	at := a.addPlace(p)
	a.record.Places[at].Call = "the inbox of " + effect.Webhook.Name
	if a.post != nil && a.post.told != nil { // before the first of two acts
		p.told, a.record.Places[at].Sight.Told = true, a.post.told
	}
	a.where(effect, bound, at, nil)
	return nil
}

// readInbox is a look at an inbox: what came is known by then, and that nothing else
// could have come, if what the inbox sends itself arrives.
func (a *attempt) readInbox(ctx context.Context, look prepared, home landing) landing {
	if home.err = look.post.err; home.err == nil {
		home.err = a.e.hall.inbox.Prove(ctx)
	}
	return home
}

// landInbox makes a reading of it.
func (a *attempt) landInbox(home landing, reading verdict.Reading) verdict.Reading {
	reading.Known = verdict.Value
	at := slices.Index(a.places, home.place)
	recorded := &a.record.Places[at]
	m := a.open(home.place)
	recorded.Events, recorded.Remark = m.events, m.remark()
	reading.SentAt = a.now() // only now it is known what had come, and that it could
	reading.GotAt = reading.SentAt
	counted := 0
	for i := range recorded.Events {
		if e := &recorded.Events[i]; e.Picked == verdict.True && a.record.Act != nil && e.At >= a.record.Act.SentAt {
			counted, reading.Exchange = counted+1, e.Exchange
		}
	}
	why := ""
	if home.err != nil {
		why = home.err.Error()
	} else if a.post.box != nil {
		why = a.post.box.Lost(a.epoch)
	}
	if why != "" && !a.enough(at, counted) {
		reading.Known, reading.Why = verdict.Unsure, why
	}
	return reading
}

// enough tells whether so many events are what a sentence wants: what came needs no proof.
func (a *attempt) enough(at, counted int) bool {
	return slices.ContainsFunc(a.record.Effects, func(e verdict.Effect) bool {
		return counted > 0 && e.Times == counted && slices.ContainsFunc(e.Where, func(w verdict.Where) bool { return w.Place == at })
	})
}
