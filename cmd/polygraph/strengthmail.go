package main

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/liar"
	"github.com/polygraph-dev/polygraph/runner/engine"
)

// A mailbox is where a trial receives events, and the liar's address that is given to the
// provider in its place.
type mailbox struct {
	inbox net.Listener
	front *front
	liar  *liar.Liar
	ready chan struct{} // closed once there is a liar
}

// announced is the sentence about events of a contract; nil for none.
func announced(contract *contracts.Contract) *contracts.Effect {
	at := slices.IndexFunc(contract.Effects, func(e *contracts.Effect) bool { return e.Verb == contracts.Sends })
	if at < 0 {
		return nil
	}
	return contract.Effects[at]
}

// openMail opens both, for a contract about events of a provider on this machine: another
// reaches neither.
func (p *proving) openMail(t trial, upstream string) (*mailbox, error) {
	if announced(t.contract) == nil || !contracts.Loopback(upstream) {
		return nil, nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the inbox: %w", err)
	}
	m := &mailbox{inbox: listener, ready: make(chan struct{})}
	m.front, err = openFront(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-m.ready
		m.liar.Relay("http://"+listener.Addr().String()).ServeHTTP(w, r)
	}))
	if err != nil {
		listener.Close()
		return nil, err
	}
	return m, nil
}

// opens lets letters in.
func (m *mailbox) opens(l *liar.Liar) {
	if m != nil {
		m.liar = l
		close(m.ready)
	}
}

func (m *mailbox) Close() {
	if m != nil {
		m.front.Close()
		_ = m.inbox.Close() // the engine may have closed it
	}
}

// stand has the liar stand in for the inbox.
func (m *mailbox) stand(o *liar.Options, contract *contracts.Contract) {
	if m == nil {
		return
	}
	o.Mail, o.Inbox = m.front.address, "http://"+m.inbox.Addr().String()
	hook := announced(contract).Webhook
	if o.EventID = plainPathOf(hook.ID, "event."); o.EventID == nil {
		o.EventID = []string{"id"}
	}
	if hook.Signature != nil {
		o.Sign = func(_ string, header http.Header, old, raw []byte, then, now map[string]string) bool {
			var had, have []string
			for _, at := range slices.Sorted(maps.Keys(then)) {
				had, have = append(had, then[at]), append(have, now[at])
			}
			return engine.Resign(hook, header, old, raw, had, have)
		}
	}
}

func (m *mailbox) webhooks() engine.Webhooks {
	if m == nil {
		return engine.Webhooks{}
	}
	return engine.Webhooks{URL: m.front.address, On: m.inbox}
}

// ofSends are the lies about events.
func (y *lying) ofSends(effect *contracts.Effect) {
	sentence := "sends: " + effect.Webhook.Name
	if effect.Times == 0 {
		return
	}
	y.ask(liar.Lie{Name: "missing-event"}, y.done, line("%s", sentence))
	y.ask(liar.Lie{Name: "missing-event:other"}, y.done, line("where: event.ID == THING.id  # to %s: of which thing the event must be", sentence))
	y.ask(liar.Lie{Name: "duplicated-write:event"}, y.done, line("stays: 1s  # to %s: the second may come after the first", sentence))
	y.ask(liar.Lie{Name: "phantom-write:event"}, y.refused, y.refusal())
}
