package engine

import (
	"net/url"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

// keepSecrets takes secrets out of what is known of a request besides the wire. A
// value that a contract sends may be one (a var that is filled from the same
// environment as a credential): replies show it masked, and so must the wants, or a
// provider that kept it would be accused of having altered it.
func (e *Engine) keepSecrets(r *request) {
	r.told = r.body
	if e.client == nil { // a plan: nothing comes back
		return
	}
	r.told = asXML(r, e.client.Hide(r.body))
	r.path, _ = e.client.Hide(r.path).(map[string]any)
	r.query = e.client.Hide(r.query)
}

// hide masks what must not be known but to the wire.
func (e *Engine) hide(value any) any {
	if e.client == nil {
		return value
	}
	return e.client.Hide(value)
}

// maskedIn tells whether an address holds what was read as a masked secret.
func maskedIn(address string) bool {
	plain, err := url.PathUnescape(address)
	return err == nil && strings.Contains(plain, wire.Mask)
}

// masked tells whether a value is, or holds, a field that was read masked. A text
// with *** somewhere in it is a text.
func masked(value any) bool {
	return anyLeaf(value, func(leaf any) bool { return leaf == wire.Mask })
}
