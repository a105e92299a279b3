package engine

import (
	"fmt"
	"slices"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

// learnHosts works out which origins polygraph.yaml names: the target's own, its hosts, and
// addresses among the vars of the target and its accounts. Nothing is ever sent anywhere
// else: contracts and provider.yaml may be a stranger's, and replies are the provider's. A
// stranger who chose a host could have what one account shows carried to it; a provider
// could have us ask the inside of the network that we run in.
//
// Which of them may get credentials is the wire's to decide: only the target's own and hosts.
func (e *Engine) learnHosts() {
	e.hosts = map[string]bool{e.origin: true}
	for _, host := range e.o.Target.Hosts {
		e.learnHost(host)
	}
	e.learnHost(e.o.Target.Vars)
	for _, account := range e.o.Target.Accounts {
		e.learnHost(account.Vars)
	}
}

// learnHost takes the origin of every address in a value.
func (e *Engine) learnHost(value any) {
	switch v := value.(type) {
	case string:
		if origin, err := wire.Origin(v); err == nil {
			e.hosts[origin] = true
		}
	case map[string]any:
		for _, element := range v {
			e.learnHost(element)
		}
	case []any:
		for _, element := range v {
			e.learnHost(element)
		}
	}
}

// mayAsk says why nothing may be sent to an address.
func (e *Engine) mayAsk(address string) error {
	origin, err := wire.Origin(address)
	switch {
	case err != nil:
		return err
	case e.hosts[origin]:
		return nil
	}
	return fmt.Errorf("%s is no host of polygraph.yaml, and nothing is sent there: write it in vars there, or in hosts if it may get credentials", origin)
}

// tokenAddress resolves the address at which client credentials are exchanged for a token,
// as the OpenAPI document gives it. That document may be a stranger's, and the address gets
// the secret: it must be of an origin that may.
func (e *Engine) tokenAddress(written string) (string, error) {
	base := &request{url: e.server + "/"}
	resolved, err := base.toAddress(written)
	if err != nil {
		return "", err
	}
	origin, err := wire.Origin(resolved.url)
	if err != nil {
		return "", err
	}
	mine := func(host string) bool { other, err := wire.Origin(host); return err == nil && other == origin }
	if origin != e.origin && !slices.ContainsFunc(e.o.Target.Hosts, mine) {
		return "", fmt.Errorf("%s is neither the target's own origin nor in its hosts\nhint: if that is where the provider hands out tokens, write hosts: [%q] in polygraph.yaml", origin, origin)
	}
	return resolved.url, nil
}
