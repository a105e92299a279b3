package wire

import (
	"net/http"
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

	Failure *Failure // nil: the reply is whole

	// SentAt is just before the first byte went out; when nothing went out, it is when Send began. SaidAt is when the last
	// byte was read, or we gave up. Both carry monotonic time: compare them with each other, never with a provider's.
	SentAt time.Time
	SaidAt time.Time

	Sends int           // how often the request began to be written: at most 1 for an act
	Age   time.Duration // for how long a cache has had the reply; 0 when none said
}

// RetryAfter is how long the provider asks us to wait, counted from SaidAt; false when it does not say.
func (r *Reply) RetryAfter() (time.Duration, bool) { return ParseRetryAfter(r.Header, r.SaidAt) }
