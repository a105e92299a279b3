package runner

import (
	"github.com/polygraph-dev/polygraph/runner/engine"
)

// An Option says which cells of a folder are declared, and what their contracts
// may name. See [Specs].
type Option func(*options)

type options struct {
	target     string
	accounts   []string
	contracts  []string
	probes     map[string]engine.Probe
	embedded   map[string]Starter
	oneAtATime bool
	readOnly   bool
	planned    string
	webhooks   engine.Webhooks
}

// A Starter starts a provider that lives in this process, such as a sandbox. It
// gives its base address, the credentials of its accounts (account, then the
// credential's own form: bearer, user, password, key) and what stops it.
type Starter func() (url string, credentials map[string]map[string]string, stop func(), err error)

// Target names the target to run on; without it the suite must have only one.
func Target(name string) Option { return func(o *options) { o.target = name } }

// Accounts keeps to the accounts that match one of the patterns; * stands for
// any text.
func Accounts(patterns ...string) Option {
	return func(o *options) { o.accounts = append(o.accounts, patterns...) }
}

// Contracts keeps to the contracts whose title matches one of the patterns; *
// stands for any text.
func Contracts(patterns ...string) Option {
	return func(o *options) { o.contracts = append(o.contracts, patterns...) }
}

// WithProbe lets contracts name a probe that is written in Go: a database, a
// mailbox. With WithProbe("orders", rows) a contract says what it must show:
//
//	effects:
//	  - expect: after.orders.rows == before.orders.rows + 1
//
// It returns a JSON-like value, nil for absent, and an error for
// unknown, which is never held against the provider.
func WithProbe(name string, probe engine.Probe) Option {
	return func(o *options) { o.probes[name] = probe }
}

// WithEmbedded starts the provider that a target names in `embedded`. It is
// started before the first act and stopped after the last clean-up.
func WithEmbedded(name string, start Starter) Option {
	return func(o *options) { o.embedded[name] = start }
}

// OneAtATime starts each cell only when its own spec runs, for suites whose
// hooks skip some of our specs and not others. It takes the sum of all waits.
func OneAtATime() Option { return func(o *options) { o.oneAtATime = true } }

// ReadOnly sends nothing that writes, whatever the target allows.
func ReadOnly() Option { return func(o *options) { o.readOnly = true } }

// WithWebhookURL says under which address the provider reaches what the run receives:
// that of a tunnel to this machine. A provider on this machine needs none.
func WithWebhookURL(url string) Option { return func(o *options) { o.webhooks.URL = url } }

// WithWebhookListen says where the run receives deliveries, as host:port: where the tunnel
// ends. It is 127.0.0.1:8765 for a tunnel, and else a free port of 127.0.0.1.
func WithWebhookListen(address string) Option {
	return func(o *options) { o.webhooks.Listen = address }
}

// Plan names a file that `polygraph plan --out` wrote, for the same target, accounts and
// contracts. A suite that would send anything else by then fails, and sends nothing.
func Plan(file string) Option { return func(o *options) { o.planned = file } }

// sortArgs tells our options from what is Ginkgo's.
func sortArgs(args []any) (ours []Option, theirs []any) {
	for _, arg := range args {
		if option, ok := arg.(Option); ok {
			ours = append(ours, option)
		} else {
			theirs = append(theirs, arg)
		}
	}
	return ours, theirs
}

func newOptions(list []Option) options {
	o := options{probes: map[string]engine.Probe{}, embedded: map[string]Starter{}}
	for _, option := range list {
		option(&o)
	}
	return o
}
