package wire

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Request is what to send. It is not changed, and may be sent again (as a new exchange).
type Request struct {
	Method string // "" is GET
	URL    string // http or https, with its query
	Header http.Header
	Body   []byte // as Encode made it; nil for none

	Credential *Credential // nil: nobody
	Origin     string      // the target's own origin, which gets the credential; "" is none
	Origins    []string    // further origins that may get it

	// Act says that the request changes something: it is sent at most once, whatever happens to the connection. Reads may
	// be replayed by the transport.
	Act bool

	// Like is an earlier reply to the same request, or nil: a body that comes again as it came then is not decoded, masked
	// and kept a second time. Whoever polls gives it.
	Like *Reply

	token string // of Renew; used once even where it has as good as expired
}

// outgoing makes the request that goes on the wire, yet without credential.
func (r *Request) outgoing(ctx context.Context, agent string) (*http.Request, error) {
	out, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	if _, err := originOf(out.URL); err != nil {
		return nil, err
	}
	if out.URL.User != nil {
		return nil, fmt.Errorf("address with user or password: credentials belong to an account")
	}
	if len(r.Body) == 0 {
		out.Body, out.GetBody = http.NoBody, nil
	}
	if r.Act {
		out.GetBody = nil // nothing to replay from, should a transport ever try
		out.Close = true  // its connection is not used again
	}
	out.URL.Fragment, out.URL.RawFragment = "", ""
	return out, r.headers(out, agent)
}

// headers copies the request's own headers. A Host of its own is refused: it would take a credential to another site
// behind the same address, past the comparison of origins.
func (r *Request) headers(out *http.Request, agent string) error {
	for name, values := range r.Header {
		name = http.CanonicalHeaderKey(name)
		out.Header[name] = append(out.Header[name], values...)
		if !httpguts.ValidHeaderFieldName(name) || slices.ContainsFunc(values, notValue) {
			return fmt.Errorf("header %q cannot be sent: its name or value is not allowed in HTTP", name)
		}
	}
	for _, host := range out.Header["Host"] {
		if !strings.EqualFold(host, out.URL.Host) {
			return fmt.Errorf("header host %q is not the host of the address", host)
		}
	}
	delete(out.Header, "Host")
	offer(out.Header, "User-Agent", agent)
	offer(out.Header, "Accept-Encoding", "gzip")
	return nil
}

func notValue(value string) bool { return !httpguts.ValidHeaderFieldValue(value) }
