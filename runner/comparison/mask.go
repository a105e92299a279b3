package comparison

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A mask takes out of a value what is new each time: our markers, the identities of
// things, and whatever looks like an identity, a digest or a time.
type mask struct{ own []string }

// hide adds a text of this cell alone. A text of one or two characters is in too many values
// by chance.
func (m *mask) hide(text string) {
	if len(text) > 2 && !slices.Contains(m.own, text) {
		m.own = append(m.own, text)
		slices.SortFunc(m.own, func(a, b string) int { return len(b) - len(a) }) // the longest first, which may hold others
	}
}

// hidden stands for what was new.
const hidden = "…"

// longest is how much of a value is kept, in bytes.
const longest = 300

func (m *mask) value(text string) string {
	for _, own := range m.own {
		text = strings.ReplaceAll(text, own, hidden)
	}
	if strings.ContainsAny(text, "0123456789") {
		text = once.ReplaceAllString(text, hidden)
	}
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "")
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	return text
}

// once matches what is hardly ever twice: a time, a UUID, a long number, a digest or token of
// letters with digits between. max-age=3600 and v1.24 are not among them.
var once = regexp.MustCompile(strings.Join([]string{
	`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?`,
	`(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [A-Z]{3,4}`,
	`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`,
	`\d{6,}`,
	`[0-9a-fA-F]*[0-9][0-9a-fA-F]*[a-fA-F][0-9a-fA-F]{6,}`,
	`[A-Za-z0-9_+/=-]*[0-9][A-Za-z0-9_+/=-]{15,}`,
}, "|"))

// noisyHeader says that a header's value tells of the moment or of the message, and not of
// the provider. Its name counts all the same.
func noisyHeader(name string) bool {
	lower := strings.ToLower(name)
	for _, part := range []string{"ratelimit", "rate-limit", "request-id", "requestid", "correlation-id", "trace", "timing", "runtime", "response-time", "-ray", "cookie", "nonce", "signature"} {
		if strings.Contains(lower, part) {
			return true
		}
	}
	return slices.Contains([]string{
		"content-range", "date", "etag", "expires", "idempotency-key", "last-modified", "location", "traceparent", "x-amz-id-2",
	}, lower)
}

// framing says that a header's very presence tells of the message's length or of the connection: a
// server that writes Content-Length for a short body leaves it out of a long one.
func framing(name string) bool {
	return slices.Contains([]string{
		"age", "connection", "content-encoding", "content-length", "keep-alive", "retry-after", "set-cookie", "trailer", "transfer-encoding",
	}, strings.ToLower(name))
}
