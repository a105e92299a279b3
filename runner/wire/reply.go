package wire

import (
	"net/http"
	"sync"
	"time"
)

// Reply is what came of a request. It holds no secrets: Body, Text and Header are masked like the Exchange.
type Reply struct {
	Exchange *Exchange // never nil
	Status   int       // 0: no head of a reply came
	Header   http.Header

	// Body is the decoded value: nil, bool, string, json.Number, []any or map[string]any. A text is a string. Nil also
	// stands for a body that is Empty, Undecodable or not there.
	Body        any
	Text        string // the body as text, decompressed; "" when it did not come whole
	Empty       bool   // a whole body of no bytes
	Undecodable string // why a whole body could not be decoded; "" when it could

	// Same says that the body is, to the byte, that of Request.Like, and read alike: Body is the very same value.
	Same bool

	Failure *Failure // nil: the reply is whole

	// SentAt is just before the first byte went out; when nothing went out, it is when Send began. SaidAt is when the last
	// byte was read, or we gave up. Both carry monotonic time: compare them with each other, never with a provider's.
	SentAt time.Time
	SaidAt time.Time

	Sends int           // how often the request began to be written: at most 1 for an act
	Age   time.Duration // for how long a cache has had the reply; 0 when none said

	plain decoding // what Same may rest on
	once  sync.Once
	shown map[string]any
}

// Shown is what a function makes of the reply. It is made once; everybody who reads the reply shares it, and must not
// change it. There is one function for all of them.
func (r *Reply) Shown(make func(*Reply) map[string]any) map[string]any {
	r.once.Do(func() { r.shown = make(r) })
	return r.shown
}

// RetryAfter is how long the provider asks us to wait, counted from SaidAt; false when it does not say.
func (r *Reply) RetryAfter() (time.Duration, bool) { return ParseRetryAfter(r.Header, r.SaidAt) }
