package engine

import (
	"fmt"
	"maps"
	"slices"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// credential makes of an account's references what the wire can send. Which way
// it travels is said by `auth`, else by the OpenAPI document, else by its own form.
func (e *Engine) credential(account *contracts.Account) (*wire.Credential, error) {
	form, values, err := e.secrets(account)
	if err != nil || form == "" {
		return nil, err
	}
	scheme := e.scheme(form)
	secret := wire.NewSecret(values[form])
	switch form {
	case "bearer":
		if scheme.Kind == "header" {
			return wire.Header(scheme.Param, secret), nil
		}
		return wire.Bearer(secret), nil
	case "basic":
		return wire.Basic(values["user"], wire.NewSecret(values["password"])), nil
	case "key":
		return keyed(account, scheme, secret)
	case "oauth2":
		if scheme.TokenURL == "" {
			return nil, fmt.Errorf("%s: account %q has client credentials, and the OpenAPI document names no token address", account.Pos, account.Name)
		}
		address, err := e.tokenAddress(scheme.TokenURL)
		if err != nil {
			return nil, fmt.Errorf("%s: account %q: token address of the OpenAPI document: %w", account.Pos, account.Name, err)
		}
		return wire.ClientCredentials(address, values["client_id"], wire.NewSecret(values["client_secret"]), scheme.Scopes...), nil
	case "mtls":
		return wire.Certificate([]byte(values["certificate"]), wire.NewSecret(values["private_key"]))
	}
	return nil, fmt.Errorf("%s: account %q: credentials of form %q are not known", account.Pos, account.Name, form)
}

// secrets resolves an account's references; an embedded sandbox brings its own.
func (e *Engine) secrets(account *contracts.Account) (string, map[string]string, error) {
	if account.Credentials == nil {
		return e.lent(account)
	}
	values := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(account.Credentials.Values)) {
		reference := account.Credentials.Values[name]
		resolved, err := reference.Resolve(e.o.Env)
		if err != nil {
			return "", nil, fmt.Errorf("credentials of account %q: %w", account.Name, err)
		}
		values[name] = resolved.Text
		if contracts.IsName(name) {
			continue
		}
		for _, secret := range resolved.Secrets {
			if wire.Short(secret) {
				return "", nil, tooShort(reference.Pos, account)
			}
			e.parts = append(e.parts, secret)
		}
	}
	return account.Credentials.Form, values, nil
}

// lent gives the credential that an embedded provider has for an account.
func (e *Engine) lent(account *contracts.Account) (string, map[string]string, error) {
	own := e.o.Credentials[account.Name]
	for _, form := range []string{"bearer", "key"} {
		switch {
		case own[form] == "":
		case wire.Short(own[form]) && !contracts.Loopback(e.server):
			return "", nil, tooShort(account.Pos, account)
		default:
			return form, own, nil
		}
	}
	return "", nil, nil
}

// tooShort is for a secret that nothing could mask where a reply repeats it. What is written
// out in polygraph.yaml, for a target on this machine, may be short: it is no secret, and
// RabbitMQ's guest is welcome.
func tooShort(at contracts.Position, account *contracts.Account) error {
	return fmt.Errorf("%s: a secret of account %q is shorter than %d characters\nhint: nothing could mask it where a reply repeats it; give the account a longer one. Only for a target on this machine may a short one be written out, as it is no secret then",
		at, account.Name, wire.ShortestMask)
}

// scheme finds how a credential of this form travels; one of no kind when nobody says.
func (e *Engine) scheme(form string) contracts.Scheme {
	provider := e.o.Suite.Provider
	fits := map[string][]string{
		"bearer": {"bearer"}, "basic": {"basic"}, "key": {"header", "query", "cookie"}, "oauth2": {"oauth2"}, "mtls": {"mtls"},
	}[form]
	schemes := provider.Schemes
	if provider.Auth != nil {
		schemes = append([]contracts.Scheme{*provider.Auth}, schemes...)
	}
	for _, scheme := range schemes {
		for _, kind := range fits {
			if scheme.Kind == kind {
				return scheme
			}
		}
	}
	return contracts.Scheme{}
}

func keyed(account *contracts.Account, scheme contracts.Scheme, secret wire.Secret) (*wire.Credential, error) {
	switch scheme.Kind {
	case "header":
		return wire.Header(scheme.Param, secret), nil
	case "query":
		return wire.Query(scheme.Param, secret), nil
	case "cookie":
		return wire.Cookie(scheme.Param, secret), nil
	}
	return nil, fmt.Errorf("%s: account %q has a key, and nothing says how it travels: write auth: {header: X-Api-Key} (or query, cookie) in provider.yaml", account.Pos, account.Name)
}
