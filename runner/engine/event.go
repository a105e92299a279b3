package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/inbox"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Mail is what came to a place, in events, by time.
type mail struct {
	events []verdict.Event
	values []any // of each
	forged int   // of which the signature is wrong
	kept   map[verdict.Truth]int
}

// mostEvents bounds what a record keeps of an inbox. What does not count has a bound of
// its own: else it would take the room of what does, which would then seem never to have come.
var mostEvents = map[verdict.Truth]int{verdict.False: 100, verdict.Unknown: 1000, verdict.True: 10_000}

// open makes events of all that came to a place, each once, however often it was delivered.
func (a *attempt) open(p *place) *mail {
	m := &mail{kept: map[verdict.Truth]int{}}
	if a.openPost().box == nil {
		return m
	}
	index := map[string]int{}
	all := a.post.box.Deliveries(a.epoch)
	sort.SliceStable(all, func(i, j int) bool { return all[i].At.Before(all[j].At) })
	for _, d := range all {
		for _, one := range a.eventsOf(p, d) {
			a.exchanges[d.Exchange.Number] = d.Exchange
			m.add(index, one)
			a.e.sightings.heard(a, p, &one.Event)
		}
	}
	return m
}

func (m *mail) add(index map[string]int, one arrival) {
	if one.forged {
		m.forged++
	}
	at, again := index[one.ID]
	switch {
	case !again && m.kept[one.Picked] < mostEvents[one.Picked]:
		m.kept[one.Picked]++
		index[one.ID] = len(m.events)
		m.events, m.values = append(m.events, one.Event), append(m.values, one.value)
	case !again:
	case m.events[at].Picked == verdict.Unknown && one.Picked != verdict.Unknown: // a stranger's copy came first
		one.Deliveries += m.events[at].Deliveries
		m.events[at], m.values[at] = one.Event, one.value
	default:
		m.events[at].Deliveries++
	}
}

// remark says what came and proves nothing.
func (m *mail) remark() string {
	switch m.forged {
	case 0:
		return ""
	case 1:
		return "an event came with a wrong signature, and proves nothing"
	}
	return strconv.Itoa(m.forged) + " events came with a wrong signature, and prove nothing"
}

// An Arrival is one event of one delivery.
type arrival struct {
	verdict.Event
	value  any
	forged bool
}

// eventsOf are the events of a delivery that are of the place's webhook.
func (a *attempt) eventsOf(p *place, d inbox.Received) []arrival {
	hook := p.hook
	if hook.When == nil && d.Name != "" && d.Name != hook.Name {
		return nil // it came to the address of another
	}
	base := verdict.Event{At: a.at(d.At), Lag: a.lagUntil(d.At), Deliveries: 1, Exchange: d.Exchange.Number}
	picking := a.vars(a.about())
	opening := maps.Clone(picking)
	opening["request"] = requestOf(d)
	values, why := hookItems(hook, d, opening)
	if why != "" {
		base.ID, base.Picked, base.Why = "#"+strconv.FormatInt(base.Exchange, 10), verdict.Unknown, why
		return []arrival{{Event: base}}
	}
	signed := hook.Signature == nil || a.signed(p, d)
	var all []arrival
	for i, value := range values {
		one := arrival{Event: base, value: value}
		opening["event"], picking["event"] = value, value
		if one.Picked = ask(hook.When, opening, verdict.True); one.Picked == verdict.False {
			continue
		}
		if d.Shared && !a.namesCell(p.program) && !a.mentioned(value) {
			continue // somebody else's, as far as anybody knows
		}
		one.ID, one.Named = idOf(hook, d.Header, i, opening)
		a.pick(p, &one, picking, signed)
		all = append(all, one)
	}
	return all
}

// lagUntil is how long we ourselves were late between the act's answer and a moment.
func (a *attempt) lagUntil(t time.Time) time.Duration {
	if a.record.Act == nil {
		return 0
	}
	return a.e.hall.inbox.Lag(a.epoch.Add(a.record.Act.SaidAt), t)
}

// pick decides whether an event counts. One with a wrong signature is nobody's word: where
// it says what is missing, nobody knows.
func (a *attempt) pick(p *place, one *arrival, vars expr.Vars, signed bool) {
	one.forged = !signed
	if one.Picked == verdict.True {
		one.Picked = ask(p.program, vars, verdict.True)
	}
	switch {
	case one.Picked == verdict.Unknown:
		one.Why = "what chooses it cannot be told"
	case !signed && one.Picked == verdict.True:
		one.Picked, one.Why = verdict.Unknown, "its signature in "+p.hook.Signature.Header+" fits no secret that is known for "+p.hook.Name
	case !signed:
		one.Picked, one.Why, one.Unchosen = verdict.Unknown, "its signature is wrong", true
	}
}

// hookItems are the events of a delivery; why says that they cannot be told.
func hookItems(hook *contracts.Webhook, d inbox.Received, vars expr.Vars) (values []any, why string) {
	switch {
	case d.Undecodable != "":
		return nil, "its body cannot be read: " + d.Undecodable
	case hook.Items == nil:
		return []any{deliveredBody(d)}, ""
	}
	items, err := hook.Items.Eval(vars)
	if list, ok := items.([]any); ok && err == nil {
		return list, ""
	}
	return nil, "items: " + hook.Items.Source() + " gives no list"
}

// requestOf is a delivery as the expressions of a webhook see it.
func requestOf(d inbox.Received) map[string]any {
	sent := map[string]any{"method": d.Method, "url": d.Exchange.URL, "headers": headerVar(d.Header), "body": deliveredBody(d)}
	if u, err := url.Parse(d.Exchange.URL); err == nil {
		sent["path"], sent["query"] = u.Path, queryIn(u)
	}
	return sent
}

func deliveredBody(d inbox.Received) any {
	if d.Empty {
		return expr.Absent
	}
	return d.Body
}

// signed verifies the raw bytes, with the secrets of the account, else of the target, and
// what was drawn for this attempt.
func (a *attempt) signed(p *place, d inbox.Received) bool {
	name := p.hook.Name
	secrets := a.e.hall.secrets[p.eyes.name][name]
	if len(secrets) == 0 {
		secrets = a.e.hall.secrets[""][name]
	}
	if drawn := a.post.secret[name]; drawn != "" {
		secrets = append(slices.Clone(secrets), drawn)
	}
	return schemeOf(p.hook).Signed(d.Header, d.Raw, secrets)
}

// deliveryHeaders are those whose value is the same for every delivery of one event:
// Standard Webhooks, Svix, GitHub, and CloudEvents in its binary form.
var deliveryHeaders = []string{"Webhook-Id", "Svix-Id", "X-Github-Delivery", "Ce-Id"}

// idOf tells an event from others: by the webhook's `id`, else by a header that is known
// for it together with the place in the delivery, else by itself. named is false for the last.
func idOf(hook *contracts.Webhook, header http.Header, at int, vars expr.Vars) (id string, named bool) {
	if hook.ID != nil {
		if id, err := hook.ID.Eval(vars); err == nil && id != nil && id != expr.Absent && storable(id) {
			return plain(id), true
		}
	}
	for _, name := range deliveryHeaders {
		if id := header.Get(name); id != "" && hook.ID == nil {
			if hook.Items != nil {
				id += "#" + strconv.Itoa(at)
			}
			return id, true
		}
	}
	text, err := json.Marshal(plainValue(vars["event"]))
	if err != nil {
		text = []byte(fmt.Sprint(vars["event"]))
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:6]), false
}

// namesCell tells whether an expression names something of this cell, so that it cannot
// choose what others caused.
func (a *attempt) namesCell(program *expr.Program) bool { return namesCell(a.cell.Contract, program) }

func namesCell(contract *contracts.Contract, program *expr.Program) bool {
	return slices.ContainsFunc(refsOf(program), func(ref []string) bool {
		return slices.Contains([]string{"request", "response", "unique", "uuid", "before", "after"}, ref[0]) || isThing(contract, ref[0]) ||
			slices.ContainsFunc(contract.Given, func(g *contracts.Given) bool { return g.Resource != nil && g.Resource.Name == ref[0] }) ||
			slices.ContainsFunc(contract.Effects, func(e *contracts.Effect) bool { return e.Verb == contracts.Creates && e.Thing == ref[0] })
	})
}

// overhears tells whether a cell would count events that other cells of its account cause,
// or take one of their jobs for its own.
func overhears(cell *Cell) bool {
	if a := cell.Contract.Accepted; a != nil && a.Webhook != nil {
		for _, program := range []*expr.Program{a.Done, a.Failed} {
			if program != nil && !namesCell(cell.Contract, program) {
				return true
			}
		}
	}
	return slices.ContainsFunc(cell.Contract.Effects, func(e *contracts.Effect) bool {
		return e.Verb == contracts.Sends && !namesCell(cell.Contract, e.Picks)
	})
}

// shortest is the length from which on the identity of a thing is not to be met by chance.
const shortest = 6

// mentioned tells whether an event holds a marker of this attempt, or the identity of one
// of its things.
func (a *attempt) mentioned(value any) bool {
	words := map[string]bool{a.unique: true}
	for _, t := range a.things {
		words[t.unique] = true
		if key := identityText(t.key); len(key) >= shortest {
			words[key] = true
		}
	}
	delete(words, "")
	return slices.ContainsFunc(markersIn(value), func(marker string) bool { return words[marker] }) ||
		anyLeaf(value, func(leaf any) bool { return words[plain(leaf)] })
}

// heard remembers that an event of a webhook came for these eyes: they can hear. One that
// came to an address that was given to the provider says nothing about the shared one.
func (s *sightings) heard(a *attempt, p *place, e *verdict.Event) {
	if e.Picked == verdict.Unknown {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.of(p.id(), p.eyes.name)
	seen.what = "an event of " + p.hook.Name + " for " + p.eyes.name
	seen.remember(e.ID, e.Exchange)
	if p.eyes == a.me && seen.own == 0 {
		seen.own, seen.account = e.Exchange, a.me
		s.own(p.id(), seen)
	}
}
