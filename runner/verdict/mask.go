package verdict

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// equal compares two plain values as the mask allows. Both sides go through the
// mask. A value that is not of the mask's kind is compared exactly.
func (m Mask) equal(want, got any) bool {
	if expr.Equal(want, got) {
		return true
	}
	if m.Untyped {
		got = asWanted(want, got, true)
		if expr.Equal(want, got) {
			return true
		}
	}
	if m.Mask == contracts.Decimal {
		a, isNumber := decimal(want)
		b, too := decimal(got)
		return isNumber && too && expr.Equal(a, b)
	}
	if m.Mask == contracts.Time {
		return m.sameTime(want, got)
	}
	a, isText := want.(string)
	b, too := got.(string)
	if !isText || !too {
		return false
	}
	switch m.Mask {
	case contracts.Text:
		return trimmed(a) == trimmed(b)
	case contracts.HTML:
		return visible(a) == visible(b)
	case contracts.URL:
		return address(a) == address(b)
	case contracts.AnyCase:
		return strings.EqualFold(norm.NFC.String(a), norm.NFC.String(b))
	}
	return false
}

// decimal reads a number, also one that is written as text.
func decimal(v any) (json.Number, bool) {
	switch n := v.(type) {
	case json.Number:
		return n, true
	case string:
		text := strings.TrimPrefix(strings.TrimSpace(n), "+")
		return json.Number(text), plainNumber.MatchString(text)
	}
	return "", false
}

var plainNumber = regexp.MustCompile(`^-?[0-9]{1,100}(\.[0-9]{1,100})?$`)

func trimmed(s string) string { return strings.TrimSpace(norm.NFC.String(s)) }

var tag = regexp.MustCompile(`</?[a-zA-Z!][^<>]*>`)

// visible is the text of a piece of HTML: tags gone, entities decoded, blanks
// run together. "a < b" holds no tag.
func visible(s string) string {
	text := html.UnescapeString(tag.ReplaceAllString(s, " "))
	return strings.Join(strings.Fields(norm.NFC.String(text)), " ")
}

// address is an address in the form of RFC 3986 section 6.2.2 and 6.2.3: scheme
// and host in lower case, no default port, an empty path as /, one way of
// percent-encoding.
func address(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		return s
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if u.Scheme == "http" {
		u.Host = strings.TrimSuffix(u.Host, ":80")
	}
	if u.Scheme == "https" {
		u.Host = strings.TrimSuffix(u.Host, ":443")
	}
	if u.Host != "" && u.Path == "" {
		u.Path = "/"
	}
	u.RawPath = ""
	if query, err := url.ParseQuery(u.RawQuery); err == nil {
		u.RawQuery = query.Encode()
	}
	return u.String()
}

// sameTime compares moments. Without a tolerance they may differ by less than
// one unit of the coarser writing: a provider that keeps milliseconds has kept
// 10:00:00.1234 truly as 10:00:00.123.
func (m Mask) sameTime(want, got any) bool {
	a, fineA, ok := moment(want)
	if !ok {
		return false
	}
	b, fineB, ok := moment(got)
	if !ok {
		return false
	}
	apart := a.Sub(b).Abs()
	return apart <= m.Within || apart < max(fineA, fineB)
}

// moment reads a time as APIs write it, and its unit: RFC 3339 and its common
// variations, a day, RFC 1123, or seconds or milliseconds since 1970. A text without a zone is
// taken as UTC.
func moment(v any) (time.Time, time.Duration, bool) {
	if n, isNumber := v.(json.Number); isNumber {
		i, err := n.Int64()
		switch {
		case err != nil:
			return time.Time{}, 0, false
		case i > 1e11:
			return time.UnixMilli(i), time.Millisecond, true
		}
		return time.Unix(i, 0), time.Second, true
	}
	text, isText := v.(string)
	if !isText {
		return time.Time{}, 0, false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999Z0700", time.RFC1123, time.RFC1123Z} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, unit(text), true
		}
	}
	t, err := time.Parse(time.DateOnly, text)
	return t, 24 * time.Hour, err == nil
}

var fraction = regexp.MustCompile(`:[0-9]{2}[.,]([0-9]+)`)

func unit(text string) time.Duration {
	u := time.Second
	if m := fraction.FindStringSubmatch(text); m != nil {
		for range min(len(m[1]), 9) {
			u /= 10
		}
	}
	return u
}

// MaskOf gives the mask of a field among those of its resource.
func MaskOf(all []Mask, path []string) Mask { return masks(all).of(path) }

// Compared tells whether what is sent in the field is read back.
func (m Mask) Compared() bool { return m.compared() }

// Same tells whether two plain values of the field are the same, as the mask allows.
func (m Mask) Same(want, got any) bool { return m.equal(want, got) }

// Equals tells whether an item holds everything that was sent, as the masks of its
// resource allow.
func Equals(all []Mask, sent, item any) bool { return masks(all).same(nil, sent, item, true) }
