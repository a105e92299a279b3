package wire

import "time"

// Exchange is one request and its reply as text, for history, reports and tickets. Secrets were masked before it was
// made; nothing in it ever holds one. It is written once: readers share it.
type Exchange struct {
	Number        int64     `json:"number"`          // counts up from 1 within a Client, in the order of sending
	Eyes          string    `json:"eyes,omitempty"`  // whose credentials it went with: an account's, or nobody's
	Call          string    `json:"call,omitempty"`  // which call of the suite it was: an operationId, or METHOD /path as it is written
	Proof         string    `json:"proof,omitempty"` // how those travelled: see Credential.Travels; "" where none did
	Method        string    `json:"method"`
	URL           string    `json:"url"`
	RequestHeader Head      `json:"request_header,omitempty"`
	RequestBody   string    `json:"request_body,omitempty"`
	Status        int       `json:"status,omitempty"` // 0: no head of a reply came
	Proto         string    `json:"proto,omitempty"`  // HTTP/1.1, HTTP/2.0
	ReplyHeader   Head      `json:"reply_header,omitempty"`
	ReplyBody     string    `json:"reply_body,omitempty"` // its beginning: Facts say where it was shortened
	Failure       *Failure  `json:"failure,omitempty"`
	Facts         []string  `json:"facts,omitempty"` // what was odd
	SentAt        time.Time `json:"sent_at"`
	SaidAt        time.Time `json:"said_at"`
	Sends         int       `json:"sends"`              // how often the request began to be written
	Received      bool      `json:"received,omitempty"` // it came to us: a delivery of a webhook, which we answered
}
