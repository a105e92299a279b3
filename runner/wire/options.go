package wire

import (
	"crypto/x509"
	"time"
)

// Options bound what one exchange may cost. Every zero means the default that stands beside it.
type Options struct {
	Dial      time.Duration // to connect, names looked up: 10 s
	TLS       time.Duration // to shake hands: 10 s
	FirstByte time.Duration // from the request written to the head of the reply: 30 s
	Whole     time.Duration // from Send to the last byte, everything included: 60 s
	Read      time.Duration // the same for what is no act: 30 s, at most Whole

	MaxBody   int64 // bytes of a reply's body after decompression: 8 MiB
	MaxHeader int64 // bytes of a reply's head: 64 KiB
	MaxDepth  int   // levels of nested lists and objects: 1000
	MaxShown  int   // bytes of each body that an Exchange keeps for display: 64 KiB

	Roots *x509.CertPool // who is trusted to sign certificates: nil means the system's
	Agent string         // User-Agent where a request names none: "polygraph"

	// SecretFields are paths to fields of replies that hand out secrets, one name per level; lists are walked through.
	SecretFields [][]string
}

func (o Options) withDefaults() Options {
	defaultTo(&o.Dial, 10*time.Second)
	defaultTo(&o.TLS, 10*time.Second)
	defaultTo(&o.FirstByte, 30*time.Second)
	defaultTo(&o.Whole, 60*time.Second)
	defaultTo(&o.Read, 30*time.Second)
	o.Read = min(o.Read, o.Whole)
	defaultTo(&o.MaxBody, 8<<20)
	defaultTo(&o.MaxHeader, 64<<10)
	defaultTo(&o.MaxDepth, 1000)
	defaultTo(&o.MaxShown, 64<<10)
	defaultTo(&o.Agent, "polygraph")
	return o
}

func defaultTo[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
