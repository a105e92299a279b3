package wire

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Credential is how one account proves itself, its references already resolved. Nil, and the zero value, prove nothing:
// that is nobody. One Credential belongs to one account and may be used by many goroutines; make it once, because tokens
// and connections that it earned are kept with it.
type Credential struct {
	kind   proof
	name   string // of the header, query parameter or cookie; the user of basic
	value  Secret // token, password, key or client secret
	tokens *tokens
	pair   *tls.Certificate
	key    Secret // the private key of a certificate, as PEM
}

// proof is the place in a request where a credential travels.
type proof string

const (
	proofNone        proof = ""
	proofBearer      proof = "bearer"
	proofBasic       proof = "basic"
	proofHeader      proof = "header"
	proofQuery       proof = "query"
	proofCookie      proof = "cookie"
	proofToken       proof = "oauth2"
	proofCertificate proof = "mtls"
)

// Bearer sends Authorization: Bearer TOKEN (RFC 6750).
func Bearer(token Secret) *Credential { return &Credential{kind: proofBearer, value: token} }

// Basic sends user and password in Authorization (RFC 7617).
func Basic(user string, password Secret) *Credential {
	return &Credential{kind: proofBasic, name: user, value: password}
}

// Header sends the value in a header of that name.
func Header(name string, value Secret) *Credential {
	return &Credential{kind: proofHeader, name: http.CanonicalHeaderKey(name), value: value}
}

// Query sends the value as a query parameter.
func Query(name string, value Secret) *Credential {
	return &Credential{kind: proofQuery, name: name, value: value}
}

// Cookie sends the value as a cookie.
func Cookie(name string, value Secret) *Credential {
	return &Credential{kind: proofCookie, name: name, value: value}
}

// ClientCredentials sends a bearer token that is fetched from tokenURL when it is first needed (RFC 6749, 4.4), kept, and
// fetched again before it expires.
func ClientCredentials(tokenURL, id string, secret Secret, scopes ...string) *Credential {
	return &Credential{kind: proofToken, name: id, value: secret, tokens: newTokens(tokenURL, id, secret, scopes)}
}

// Certificate proves the account in the TLS handshake (mTLS). Both are PEM; the certificate may be a chain, leaf first.
func Certificate(certificate []byte, key Secret) (*Credential, error) {
	pair, err := tls.X509KeyPair(certificate, []byte(key.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("read client certificate: %w", err)
	}
	return &Credential{kind: proofCertificate, pair: &pair, key: key}, nil
}

// Secrets lists what must be masked: the secret itself, what it becomes on the way, and tokens fetched so far. HTTP trims
// the values of headers, so the trimmed secret is what a server has heard.
func (c *Credential) Secrets() []string {
	if c == nil || c.kind == proofNone {
		return nil
	}
	if c.kind == proofCertificate {
		return []string{c.key.Reveal(), strings.TrimSpace(c.key.Reveal())}
	}
	secret := c.value.Reveal()
	all := []string{secret, strings.TrimSpace(secret)}
	switch c.kind {
	case proofBasic:
		all = append(all, c.basic())
	case proofBearer, proofHeader:
		all = append(all, afterScheme(secret)...)
	case proofToken: // in basic auth, client and secret are first escaped (RFC 6749, 2.3.1)
		all = append(append(all, url.QueryEscape(secret)), c.tokens.fetched()...)
	}
	return all
}

// afterScheme is what follows the scheme in a value like "token 7f3a…", and the password where it is "Basic dXNlcjpwYXNz".
// A server repeats the token without the word before it.
func afterScheme(value string) []string {
	scheme, proof, found := strings.Cut(strings.TrimSpace(value), " ")
	if !found {
		return nil
	}
	proof = strings.TrimSpace(proof)
	if pair, err := base64.StdEncoding.DecodeString(proof); err == nil && strings.EqualFold(scheme, "basic") {
		_, password, _ := strings.Cut(string(pair), ":")
		return []string{proof, password}
	}
	return []string{proof}
}

// TooShort says that the secret cannot be masked by value where a reply repeats it; see Maskable. Where the credential
// itself travels it is masked all the same.
func (c *Credential) TooShort() bool {
	return c != nil && c.kind != proofNone && c.kind != proofCertificate && Short(c.value.Reveal())
}

// Short tells whether a secret has fewer than ShortestMask characters. Such a secret is refused where accounts are
// configured: masked by value it would blot out innocent text, and unmasked it would be seen.
func Short(secret string) bool { return utf8.RuneCountInString(secret) < ShortestMask }

// Format prints the kind and ***, whatever the verb.
func (c *Credential) Format(f fmt.State, _ rune) {
	if c == nil || c.kind == proofNone {
		_, _ = io.WriteString(f, "nobody")
		return
	}
	_, _ = io.WriteString(f, string(c.kind)+" "+Mask)
}

// MarshalText is what Format prints.
func (c *Credential) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%v", c), nil }

func (c *Credential) basic() string {
	return base64.StdEncoding.EncodeToString([]byte(c.name + ":" + c.value.Reveal()))
}

// certificate is what the TLS handshake needs, nil for all credentials that travel in the request.
func (c *Credential) certificate() *tls.Certificate {
	if c == nil {
		return nil
	}
	return c.pair
}

// attach puts the credential into a request; token is the one fetched for ClientCredentials. What the request itself
// spells wins: a contract that sends "authorization: Bearer wrong" wants to see exactly that refused. False means that it
// won.
func (c *Credential) attach(r *http.Request, token string) bool {
	switch c.kind {
	case proofBearer:
		return offer(r.Header, "Authorization", "Bearer "+c.value.Reveal())
	case proofToken:
		return offer(r.Header, "Authorization", "Bearer "+token)
	case proofBasic:
		return offer(r.Header, "Authorization", "Basic "+c.basic())
	case proofHeader:
		return offer(r.Header, c.name, c.value.Reveal())
	case proofCookie:
		return c.attachCookie(r)
	case proofQuery:
		return c.attachQuery(r.URL)
	}
	return true
}

func offer(header http.Header, name, value string) bool {
	if _, spelled := header[name]; spelled {
		return false
	}
	header.Set(name, value)
	return true
}

func (c *Credential) attachCookie(r *http.Request) bool {
	if _, err := r.Cookie(c.name); err == nil {
		return false
	}
	cookie := c.name + "=" + c.value.Reveal() // not AddCookie: it drops characters that it does not like
	if others := r.Header.Get("Cookie"); others != "" {
		cookie = others + "; " + cookie
	}
	r.Header.Set("Cookie", cookie)
	return true
}

func (c *Credential) attachQuery(u *url.URL) bool {
	if u.Query().Has(c.name) {
		return false
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += url.QueryEscape(c.name) + "=" + url.QueryEscape(c.value.Reveal())
	return true
}

// travelsIn says that the values of a header are the credential.
func (c *Credential) travelsIn(header string) bool {
	return c != nil && c.kind == proofHeader && c.name == header
}

// Travels says how the credential goes along with a request, without a secret: bearer, basic, oauth2 (a bearer that is
// fetched), mtls, "header X-Api-Key", "query key" or "cookie sid". It is what somebody needs to know who sends the
// request by hand. Nobody's is "".
func (c *Credential) Travels() string {
	if c == nil {
		return ""
	}
	switch c.kind {
	case proofHeader, proofQuery, proofCookie:
		return string(c.kind) + " " + c.name
	}
	return string(c.kind)
}

// hideQuery gives the address for display: the credential's own parameter is masked however short it is.
func (c *Credential) hideQuery(u *url.URL) string {
	if c == nil || c.kind != proofQuery {
		return u.String()
	}
	shown := *u
	parts := strings.Split(u.RawQuery, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if name, err := url.QueryUnescape(name); err == nil && name == c.name {
			parts[i] = url.QueryEscape(c.name) + "=" + Mask
		}
	}
	shown.RawQuery = strings.Join(parts, "&")
	return shown.String()
}
