package wire

import (
	"net/http"
	"strings"
	"time"
)

// failed makes the reply of a request that got none.
func (f *flight) failed(failure *Failure) *Reply {
	f.saidAt = time.Now()
	reply := f.newReply()
	f.finish(reply, failure)
	return reply
}

// capture makes the reply out of what came. With a failure the body is not whole: it is shown, and not decoded. garbled
// says why a whole body could not be decompressed.
func (f *flight) capture(response *http.Response, body []byte, failure *Failure, garbled error) *Reply {
	reply := f.newReply()
	reply.Status = response.StatusCode
	reply.Age = parseAge(response.Header)
	x := reply.Exchange
	x.Status, x.Proto = reply.Status, response.Proto
	switch {
	case failure != nil:
		begin := body[:min(len(body), 4*f.client.options.MaxShown)] // masking copies, and only MaxShown of it is kept
		x.ReplyBody = f.client.redactor.MaskCut(f.scrubbed(string(begin)))
	case garbled != nil:
		reply.Undecodable = garbled.Error()
	case len(body) == 0:
		reply.Empty = true
	default:
		f.decodeOnce(reply, response.Header.Get("Content-Type"), body)
	}
	x.ReplyHeader = f.maskHeader(response.Header) // last: the body may have handed out what a header repeats
	reply.Header = response.Header
	f.finish(reply, failure)
	return reply
}

// scrubbed is a text that nobody can decode without the secrets that it hands out, which are masked from now on.
func (f *flight) scrubbed(text string) string {
	text, secrets := f.client.scrubber.undecoded(text)
	f.client.redactor.Add(secrets...)
	return f.client.redactor.MaskText(text)
}

// A decoding is how a body was read. Only one that left the text as it was, with nothing to mask and nothing odd, is
// taken over by a later reply.
type decoding struct {
	whole       bool
	contentType string
	redactor    int64 // how much it knew
}

// decodeOnce takes over what an earlier reply made of the same body, or decodes it.
func (f *flight) decodeOnce(reply *Reply, contentType string, body []byte) {
	plain := decoding{true, contentType, f.client.redactor.knows()}
	if like := f.request.Like; like != nil && like.plain == plain && like.Text == string(body) {
		reply.Text, reply.Body, reply.Same, reply.plain = like.Text, like.Body, true, plain
		return
	}
	text, odd := string(body), len(f.odd.lines)
	f.decode(reply, contentType, text)
	if reply.Undecodable == "" && reply.Text == text && len(f.odd.lines) == odd {
		reply.plain = plain
	}
}

// decode reads the body first and masks the value then, and not the other way round: masking the text of
// {"account": 1234567890} because 1234567890 is a secret would leave no JSON, and escapes hide a secret from the text
// that the value shows. The unmasked value does not leave this function.
func (f *flight) decode(reply *Reply, contentType, text string) {
	redactor := f.client.redactor
	value, err := decode(contentType, text, f.client.options.MaxDepth, &f.odd)
	if err != nil {
		reply.Undecodable = err.Error()
		reply.Text = f.scrubbed(text)
		return
	}
	form, _ := formOf(contentType)
	if whole, isText := value.(string); isText && (form == formGuess || form == formParts) {
		reply.Text = f.scrubbed(whole)
		reply.Body = reply.Text
		return
	}
	if form == formXML { // its fields have prefixes and attributes, which only the text shows as they are meant
		f.scrubbed(text)
	}
	secrets, found := f.client.scrubber.value(value)
	redactor.Add(secrets...)
	reply.Text = redactor.MaskText(text)
	reply.Body = value
	if reply.Text == text && !found && !escaped(form, text) {
		return // all texts of the value are parts of a text without secrets
	}
	hidden := found || redactor.holds(value)
	reply.Body = redactor.MaskValue(value)
	if hidden { // the text may show in an escape what the value no longer has
		write := encodeJSON
		if form == formXML {
			write = encodeXML
		}
		if shown, err := write(reply.Body); err == nil {
			reply.Text = string(shown)
			f.odd.add("the text of the body is written anew, without its secrets")
		}
	}
}

// escaped tells whether a text may hold values otherwise than letter by letter.
func escaped(form form, text string) bool {
	switch form {
	case formPairs:
		return true
	case formXML:
		return strings.Contains(text, "&") || strings.Contains(text, "<!")
	}
	return strings.Contains(text, `\`)
}

func (f *flight) newReply() *Reply {
	_, sentAt, sends := f.track.now()
	return &Reply{SentAt: sentAt, SaidAt: f.saidAt, Sends: sends, Exchange: &Exchange{
		Number: f.number, SentAt: sentAt, SaidAt: f.saidAt, Sends: sends,
	}}
}

// finish writes what every exchange has, masked.
func (f *flight) finish(reply *Reply, failure *Failure) {
	x := reply.Exchange
	x.Method, x.URL = f.maskLine()
	x.Proof = f.proved.Travels()
	if f.out != nil {
		x.RequestHeader = f.showHeader(f.out.Header)
	}
	body, _ := f.client.scrubber.undecoded(string(f.request.Body)) // what a reply must not show, a request need not, either
	x.RequestBody = f.shown("request", f.client.redactor.MaskText(body))
	if x.ReplyBody == "" {
		x.ReplyBody = reply.Text
	}
	x.ReplyBody = f.shown("reply", x.ReplyBody)
	if failure != nil {
		failure.Message = f.masked(failure.Message)
		x.Failure, reply.Failure = failure, failure
	}
	reply.Undecodable = f.masked(reply.Undecodable)
	for _, line := range f.odd.lines {
		x.Facts = append(x.Facts, f.masked(line))
	}
}

// masked is for lines that may quote the provider: masked before they are clipped, or half a secret would stay.
func (f *flight) masked(line string) string { return clip(f.client.redactor.MaskText(line), 400) }

// shown bounds a body for display.
func (f *flight) shown(whose, text string) string {
	limit := f.client.options.MaxShown
	if len(text) > limit {
		f.odd.add("the %s's body is shown to byte %d of %d", whose, limit, len(text))
		text = strings.Clone(text[:limit]) // which would hold on to the rest
	}
	return strings.ToValidUTF8(text, "\ufffd")
}

func (f *flight) maskLine() (method, address string) {
	method, address = f.request.Method, f.request.URL
	if method == "" {
		method = http.MethodGet
	}
	if f.out != nil {
		address = f.proved.hideQuery(f.out.URL)
	}
	return f.client.redactor.MaskText(method), f.client.redactor.MaskText(address)
}

// alwaysMasked are the headers whose values are credentials whatever they hold.
var alwaysMasked = map[string]bool{
	"Authorization": true, "Proxy-Authorization": true, "Cookie": true, "Set-Cookie": true,
}

// maskHeader masks a header that is ours, in place, and gives it as the exchange keeps it.
func (f *flight) maskHeader(header http.Header) Head {
	kept := make(Head, 0, len(header))
	for name, values := range header {
		for i, value := range values {
			values[i] = f.maskField(name, value)
			kept = append(kept, Field{name, values[i]})
		}
	}
	kept.sort()
	return kept
}

// showHeader gives the header of a request as the exchange keeps it. The transport may read the header still.
func (f *flight) showHeader(header http.Header) Head {
	kept := make(Head, 0, len(header))
	for name, values := range header {
		for _, value := range values {
			kept = append(kept, Field{name, f.maskField(name, value)})
		}
	}
	kept.sort()
	return kept
}

func (f *flight) maskField(name, value string) string {
	if alwaysMasked[name] || f.request.Credential.travelsIn(name) {
		return Mask
	}
	return f.client.redactor.MaskText(value)
}
