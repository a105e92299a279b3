package wire

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// Origin is scheme://host:port of an address (RFC 6454), in lower case and punycode, the port always written. Anything
// after it is left out. It fails for what is no http or https address with a host.
func Origin(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("read address: %w", err)
	}
	return originOf(u)
}

func originOf(u *url.URL) (string, error) {
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme] // url.Parse has made the scheme lower case
	if port == "" {
		return "", fmt.Errorf("address with scheme %q: only http and https are spoken", u.Scheme)
	}
	host := strings.ToLower(u.Hostname())
	if host == "" {
		return "", fmt.Errorf("address without a host")
	}
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	if u.Port() != "" {
		port = u.Port()
	}
	return u.Scheme + "://" + net.JoinHostPort(host, port), nil
}

// mayProve says whether a credential may go to u: to the target's own origin and to those that the user has named.
func (r *Request) mayProve(u *url.URL) bool {
	to, err := originOf(u)
	if err != nil {
		return false
	}
	for _, allowed := range append([]string{r.Origin}, r.Origins...) {
		if allowed == "" {
			continue
		}
		if origin, err := Origin(allowed); err == nil && origin == to {
			return true
		}
	}
	return false
}
