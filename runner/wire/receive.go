package wire

import (
	"net/http"
	"strings"
	"time"
)

// A Delivery is a request that came to us, bounded, decoded and masked as a reply is.
type Delivery struct {
	Method      string
	Header      http.Header // masked
	Body        any         // masked; nil when Empty or Undecodable
	Empty       bool
	Undecodable string // why there is no Body
	Raw         []byte // the bytes as they came, not masked: for signatures and nobody else
	Exchange    *Exchange
	At          time.Time // when its head had come
}

// Receive makes a delivery of a request whose body was read whole, and which is answered
// with this status. The address is how it was reached, for display. What stands in it in
// SecretFields is masked there, and not learnt: anybody may post to an address, and would
// otherwise choose what reports no longer show.
func (c *Client) Receive(r *http.Request, raw []byte, address string, at time.Time, status int) *Delivery {
	d := &Delivery{Method: r.Method, Header: r.Header.Clone(), Raw: raw, Empty: len(raw) == 0, At: at}
	text := string(raw)
	d.Exchange = &Exchange{
		Number: c.number.Add(1), Method: c.redactor.MaskText(r.Method), URL: c.redactor.MaskText(address),
		Proto: r.Proto, Status: status, SentAt: at, SaidAt: time.Now(), Received: true,
	}
	f := &flight{client: c, request: &Request{}}
	if !d.Empty {
		text = f.deliver(d, text)
	}
	d.Exchange.RequestHeader = f.maskHeader(d.Header)
	d.Exchange.RequestBody = f.shown("delivery", text)
	for _, line := range f.odd.lines {
		d.Exchange.Facts = append(d.Exchange.Facts, f.masked(line))
	}
	return d
}

// deliver decodes the body, and gives its text as it may be shown.
func (f *flight) deliver(d *Delivery, text string) string {
	redactor := f.client.redactor
	value, err := decode(d.Header.Get("Content-Type"), text, f.client.options.MaxDepth, &f.odd)
	if err != nil {
		d.Undecodable = f.masked(err.Error())
		hidden, _ := f.client.scrubber.undecoded(text)
		return redactor.MaskText(hidden)
	}
	_, found := f.client.scrubber.value(value)
	masked := redactor.MaskText(text)
	if !found && masked == text && !strings.Contains(text, `\`) {
		d.Body = value
		return text
	}
	hidden := found || redactor.holds(value)
	d.Body = redactor.MaskValue(value)
	if whole, isText := d.Body.(string); isText {
		hiddenText, _ := f.client.scrubber.undecoded(whole)
		d.Body = redactor.MaskText(hiddenText)
		return d.Body.(string)
	}
	if hidden {
		if shown, err := encodeJSON(d.Body); err == nil {
			return string(shown)
		}
	}
	return masked
}
