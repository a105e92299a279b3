package report

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// HAR writes exchanges as an HTTP Archive 1.2, which browsers, proxies and most
// support desks open: a page for each cell of the run, on it the cell's requests and replies in the
// order of sending, each with a comment that says at which step it was sent and
// whose eyes it was.
//
// The exchanges are those of cells, which come one after another; the run's own results need none.
// A read that several cells shared stands on the page of each of them, under one
// number (_exchange). Bodies are as they were kept: secrets are ***, and long ones
// are cut, which a comment says. What is not known is -1, as the format wants it.
func HAR(w io.Writer, run *engine.Finished, cells Results) error {
	var broken error
	err := jsonStream(w, func(s *stream) {
		s.object("log", func(s *stream) {
			s.member("version", "1.2")
			s.member("creator", harTool{Name: toolName, Version: toolVersion()})
			s.list("pages", func(s *stream) {
				for _, r := range sorted(run) {
					s.element(harPageOf(run, r))
				}
			})
			s.list("entries", func(s *stream) { broken = harEntries(s, run, cells) })
			s.member("comment", heading(run))
		})
	})
	if broken != nil {
		return broken
	}
	return err
}

func harEntries(s *stream, run *engine.Finished, cells Results) error {
	for r, err := range cells {
		if err != nil {
			return err
		}
		steps := stepsOf(r)
		for _, x := range inOrder(r.Exchanges) {
			s.element(harEntryOf(run, r, x, steps.of(x)))
		}
		if s.err != nil {
			return s.err
		}
	}
	return nil
}

type harTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type harPage struct {
	Started string   `json:"startedDateTime"`
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Timings struct{} `json:"pageTimings"`
	Comment string   `json:"comment,omitempty"`
}

type harEntry struct {
	Page     string      `json:"pageref"`
	Started  string      `json:"startedDateTime"`
	Time     float64     `json:"time"` // milliseconds; the sum of the timings that are not -1
	Request  harRequest  `json:"request"`
	Response harResponse `json:"response"`
	Cache    struct{}    `json:"cache"`
	Timings  harTimings  `json:"timings"`
	Comment  string      `json:"comment"`
	Exchange int64       `json:"_exchange"`
	Error    string      `json:"_error,omitempty"` // as browsers name it
}

type harRequest struct {
	Method  string    `json:"method"`
	URL     string    `json:"url"`
	Version string    `json:"httpVersion"`
	Cookies []harPair `json:"cookies"`
	Headers []harPair `json:"headers"`
	Query   []harPair `json:"queryString"`
	Body    *harPost  `json:"postData,omitempty"`
	harSizes
}

type harResponse struct {
	Status   int        `json:"status"`
	Text     string     `json:"statusText"`
	Version  string     `json:"httpVersion"`
	Cookies  []harPair  `json:"cookies"`
	Headers  []harPair  `json:"headers"`
	Content  harContent `json:"content"`
	Redirect string     `json:"redirectURL"`
	harSizes
}

// harSizes are of what went over the line. What is kept is masked and decoded, so
// they are not known any more.
type harSizes struct {
	Head int `json:"headersSize"`
	Body int `json:"bodySize"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harPost struct {
	MIME    string    `json:"mimeType"`
	Params  []harPair `json:"params"` // of a form that browsers have taken apart; the text is all we have
	Text    string    `json:"text"`
	Comment string    `json:"comment,omitempty"`
}

type harContent struct {
	Size     int    `json:"size"`
	MIME     string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Encoding string `json:"encoding,omitempty"`
}

// harTimings know the time from sending to the last byte of the reply, and no parts of it.
type harTimings struct {
	Blocked float64 `json:"blocked"`
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"`
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
	TLS     float64 `json:"ssl"`
}

func harPageOf(run *engine.Finished, r *engine.Result) harPage {
	page := harPage{
		Started: harTime(r.Started), ID: harPageID(r), Title: title(r) + " on " + Line(r.Subject().Account),
		Comment: strings.TrimSpace(fmt.Sprintf("%s %s", r.Verdict.Class, r.Verdict.Kind)),
	}
	if run.ID != "" {
		page.Comment += fmt.Sprintf("; polygraph show %s/%d", run.ID, r.Number)
	}
	return page
}

func harPageID(r *engine.Result) string { return fmt.Sprintf("cell_%d", r.Number) }

func harEntryOf(run *engine.Finished, r *engine.Result, x *wire.Exchange, step string) harEntry {
	lasted := max(0, milliseconds(took(x.SentAt, x.SaidAt)))
	e := harEntry{
		Page: harPageID(r), Started: harTime(x.SentAt), Time: lasted,
		Request: harRequestOf(x), Response: harResponseOf(x),
		Timings: harTimings{Blocked: -1, DNS: -1, Connect: -1, Wait: lasted, TLS: -1},
		Comment: harComment(run, r, x, step), Exchange: x.Number,
	}
	if x.Failure != nil {
		e.Error = Line(x.Failure.Error())
	}
	return e
}

// harComment is "7f3a/12 act as shop-oslo (publishReview)", and what was odd.
func harComment(run *engine.Finished, r *engine.Result, x *wire.Exchange, step string) string {
	text := fmt.Sprintf("%d %s", r.Number, step)
	if run.ID != "" {
		text = run.ID + "/" + text
	}
	if x.Eyes != "" {
		text += " as " + Line(x.Eyes)
	}
	if x.Call != "" {
		text += " (" + Line(x.Call) + ")"
	}
	for _, fact := range x.Facts {
		text += "; " + Line(fact)
	}
	return text
}

func harRequestOf(x *wire.Exchange) harRequest {
	out := harRequest{
		Method: x.Method, URL: harURL(x), Version: harVersion(x.Proto), Cookies: []harPair{},
		Headers: harHead(x.RequestHeader), Query: harQuery(x.URL), harSizes: harSizes{-1, -1},
	}
	if x.RequestBody != "" {
		out.Body = &harPost{MIME: harMIME(x.RequestHeader), Params: []harPair{}, Text: x.RequestBody}
		if !utf8.ValidString(x.RequestBody) {
			out.Body.Text, out.Body.Comment = base64.StdEncoding.EncodeToString([]byte(x.RequestBody)), "base64: it is no text"
		}
	}
	return out
}

func harResponseOf(x *wire.Exchange) harResponse {
	out := harResponse{
		Status: x.Status, Text: http.StatusText(x.Status), Version: harVersion(x.Proto), Cookies: []harPair{},
		Headers: harHead(x.ReplyHeader), Redirect: x.ReplyHeader.Get("Location"), harSizes: harSizes{-1, -1},
		Content: harContent{Size: len(x.ReplyBody), MIME: harMIME(x.ReplyHeader), Text: x.ReplyBody},
	}
	if !utf8.ValidString(x.ReplyBody) {
		out.Content.Text, out.Content.Encoding = base64.StdEncoding.EncodeToString([]byte(x.ReplyBody)), "base64"
	}
	return out
}

// harURL is the exchange's address, which archives want absolute: a delivery came to a path of ours.
func harURL(x *wire.Exchange) string {
	if address, err := url.Parse(x.URL); err == nil && address.IsAbs() {
		return x.URL
	}
	return (&url.URL{Scheme: "urn", Opaque: "polygraph:" + url.QueryEscape(x.URL)}).String()
}

func harVersion(proto string) string {
	if proto == "" {
		return "HTTP/1.1"
	}
	return proto
}

func harMIME(head wire.Head) string {
	if kind := head.Get("Content-Type"); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

func harHead(head wire.Head) []harPair {
	out := make([]harPair, 0, len(head))
	for _, field := range head {
		out = append(out, harPair{field.Name, field.Value})
	}
	return out
}

// harQuery takes an address apart as far as it is one, in the order in which it was sent.
func harQuery(address string) []harPair {
	out := []harPair{}
	_, query, _ := strings.Cut(address, "?")
	query, _, _ = strings.Cut(query, "#")
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		out = append(out, harPair{harUnescape(name), harUnescape(value)})
	}
	return out
}

func harUnescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		text = plain
	}
	return text
}

// harTime is a time with its zone, as ISO 8601 has it.
func harTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
