package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// The phases in which an exchange can fail.
const (
	PhasePrepare   = "prepare"    // nothing was sent: the request cannot be sent as it stands, or no token was to be had
	PhaseDial      = "dial"       // looking up the name and connecting
	PhaseTLS       = "tls"        // the handshake
	PhaseWrite     = "write"      // sending the request
	PhaseFirstByte = "first byte" // waiting for the head of the reply
	PhaseBody      = "body"       // reading the body
	PhaseBounds    = "bounds"     // the reply is larger than Options allow
)

// The kinds of failure. Those of TLS begin with "tls: "; what can be done about each says Hint.
const (
	KindTimeout   = "timeout"
	KindCanceled  = "canceled" // by our own side: the context, or Close
	KindRefused   = "refused"
	KindReset     = "reset"
	KindCut       = "cut" // the other side ended before the reply was whole
	KindTooLarge  = "too large"
	KindDNS       = "dns"
	KindMalformed = "malformed" // not HTTP
	KindInvalid   = "invalid"   // our own request is none: never sent
	KindToken     = "token"     // the token endpoint refused
	KindOther     = "other"
)

// Failure says why there is no whole reply. A reply may have a status and a Failure: its body was cut.
type Failure struct {
	Phase   string `json:"phase"`
	Kind    string `json:"kind"`
	Message string `json:"message"` // for people; masked
	Sent    bool   `json:"sent"`    // some of the request may have reached the server: whether it was done is unknown
}

// Error says where it failed, once: "dial tcp 127.0.0.1:1: connection refused"
// says so by itself.
func (f *Failure) Error() string {
	if strings.HasPrefix(f.Kind, "tls: ") {
		return f.Kind + ": " + strings.TrimPrefix(strings.TrimPrefix(f.Message, "tls: "), "failed to verify certificate: ")
	}
	if strings.HasPrefix(f.Message, f.Phase+" ") || strings.HasPrefix(f.Message, f.Phase+": ") {
		return f.Message
	}
	return f.Phase + ": " + f.Message
}

// failureOf names what ended an exchange in the phase given.
func failureOf(err error, phase string) *Failure {
	kind := kindOf(err)
	if kind == KindTooLarge {
		phase = PhaseBounds
	}
	return &Failure{Phase: phase, Kind: kind, Message: err.Error()}
}

var errClosed = errors.New("the client was closed")

func kindOf(err error) string {
	var timeout interface{ Timeout() bool }
	var lookup *net.DNSError
	switch {
	case errors.Is(err, errClosed), errors.Is(err, context.Canceled):
		return KindCanceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return KindTimeout
	case errors.As(err, &lookup):
		return KindDNS
	case errors.Is(err, errTooLarge):
		return KindTooLarge
	case errors.Is(err, syscall.ECONNREFUSED):
		return KindRefused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return KindReset
	}
	if kind := tlsKind(err); kind != "" {
		return kind
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return KindCut
	}
	return kindOfText(err.Error())
}

func tlsKind(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var header tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &unknown):
		return "tls: unknown authority"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
		return "tls: not valid yet"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "tls: expired"
	case errors.As(err, &invalid):
		return "tls: invalid certificate"
	case errors.As(err, &host):
		return "tls: wrong host"
	case errors.As(err, &header):
		return "tls: not tls"
	case errors.As(err, &alert) && !strings.Contains(err.Error(), "certificate required") && !strings.Contains(err.Error(), "protocol version"):
		return "tls: alert"
	}
	return ""
}

// hints say what to do about a failure of TLS, by its kind.
var hints = []struct{ kind, hint string }{
	{"tls: unknown authority", "the server is there, and its certificate is not trusted on this machine: add its authority, for one run with SSL_CERT_FILE=FILE, or see whether the address in polygraph.yaml is right"},
	{"tls: expired", "the provider must renew its certificate; see also whether this machine's clock is right"},
	{"tls: not valid yet", "see whether this machine's clock is right; else the provider uses its certificate too early"},
	{"tls: wrong host", "the certificate is another host's: see whether the address in polygraph.yaml is right"},
	{"tls: invalid certificate", "the provider's certificate is not fit for a server: it must be issued anew"},
	{"tls: not tls", "no TLS is spoken there: see whether the address in polygraph.yaml should begin with http://, or have another port"},
	{"tls: version", "the server speaks no TLS newer than 1.1, which is broken: it must be renewed"},
	{"tls: wants certificate", "the server wants a certificate of the account: give it as credentials (mTLS) in polygraph.yaml"},
	{"tls: ", "see whether the address in polygraph.yaml is that of a server that speaks TLS"},
}

// Hint says what the user can do about a failure whose text, as Error gives it, stands in a longer one; "" where it is
// none of TLS.
func Hint(text string) string {
	for _, known := range hints {
		if strings.Contains(text, known.kind) {
			return known.hint
		}
	}
	return ""
}

// kindOfText is for errors that net/http keeps to itself. A test for each of them notices when Go changes a text.
func kindOfText(text string) string {
	for _, known := range []struct{ part, kind string }{
		{"server response headers exceeded", KindTooLarge},
		{"response header list larger than", KindTooLarge},
		{"too many 1xx informational responses", KindTooLarge},
		{"server gave HTTP response to HTTPS client", "tls: not tls"},
		{"certificate required", "tls: wants certificate"},
		{"legacy Common Name", "tls: wrong host"},
		{"protocol version not supported", "tls: version"},
		{"unsupported protocol version", "tls: version"},
		{"remote error: tls:", "tls: alert"},
		{"tls:", "tls: handshake"},
		{"malformed", KindMalformed},
		{"stream error", KindReset},
		{"GOAWAY", KindReset},
		{"server closed idle connection", KindCut},
		{"client connection lost", KindCut},
	} {
		if strings.Contains(text, known.part) {
			return known.kind
		}
	}
	return KindOther
}
