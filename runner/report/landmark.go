package report

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

// plainIdentity are the characters of identities that a script can take out of a
// reply and put into an address as they are.
const plainIdentity = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-"

func isPlainIdentity(key string) bool { return key != "" && strings.Trim(key, plainIdentity) == "" }

// identityIn says how a script finds an identity in the reply that gave it: a
// command that prints it, "" where it is not there, or not in a place by which it
// can be known again.
func identityIn(x *wire.Exchange, key string) string {
	if !isPlainIdentity(key) {
		return ""
	}
	if before, nth := landmark(x.ReplyBody, key); nth > 0 {
		return fmt.Sprintf(`between "$dir/body" %s %d`, literal(before), nth)
	}
	if at, err := url.Parse(x.ReplyHeader.Get("Location")); err == nil && lastSegment(at) == key {
		return `last_of_location "$dir/head"`
	}
	return ""
}

func lastSegment(at *url.URL) string {
	path := strings.TrimRight(at.Path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// landmark is what stands right before an identity in a body, such as `"id":`, and
// that it is the nth that stands there; 0 where it does not stand by itself. It is
// as short as can be told from all that comes before it, else the nth of its kind,
// as in the answers to a bulk call.
func landmark(body, key string) (before string, nth int) {
	shortest := ""
	for at := range identitiesAt(body, key) {
		for before := range contextsOf(body, at) {
			if strings.Index(body, before) == at-len(before) {
				return before, 1
			}
			if shortest == "" {
				shortest = before
			}
		}
		if shortest != "" {
			return shortest, strings.Count(body[:at], shortest)
		}
	}
	return "", 0
}

// identitiesAt are the places at which an identity stands by itself.
func identitiesAt(body, key string) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for from := 0; ; {
			at := strings.Index(body[from:], key)
			if at < 0 {
				return
			}
			at += from
			from = at + 1
			end := at + len(key)
			if end < len(body) && strings.IndexByte(plainIdentity, body[end]) >= 0 || at == 0 || strings.IndexByte(plainIdentity, body[at-1]) >= 0 {
				continue
			}
			if !yield(at) {
				return
			}
		}
	}
}

// contextsOf are the texts right before a place, the shortest first: each begins at a
// sign, names something, and holds no digit, which may be another's next time.
func contextsOf(body string, at int) func(yield func(string) bool) {
	const longest = 80
	return func(yield func(string) bool) {
		for begin := at - 2; begin >= max(0, at-longest); begin-- {
			before := body[begin:at]
			switch {
			case strings.ContainsAny(before, "0123456789\n\r\t"):
				return
			case strings.IndexByte("{,<\"[&?", before[0]) < 0 || strings.Trim(before, "{}[]<>\",:=&?@ ") == "" || Line(before) != before:
			case !yield(before):
				return
			}
		}
	}
}

// carrying are the identities of the items of a list that carry a marker, where each
// item begins with the same text before its identity. The script's function of this
// name does the same.
func carrying(body, before, marker string) []string {
	var out []string
	for _, item := range strings.Split(body, before)[1:] {
		key := item[:len(item)-len(strings.TrimLeft(item, plainIdentity))]
		if key != "" && strings.Contains(item, marker) {
			out = append(out, key)
		}
	}
	return out
}

// itemMark is the text before the identities of a list's items, by which a script
// finds one of them by its marker, and only such as are in keys; "" for none.
func itemMark(body, key, marker string, keys []string) string {
	for at := range identitiesAt(body, key) {
		for before := range contextsOf(body, at) {
			found := carrying(body, before, marker)
			foreign := func(each string) bool { return !slices.Contains(keys, each) }
			if strings.ContainsAny(before, ",}]") || strings.Contains(before, "</") { // the end of an item, which the first has none before it
				continue
			}
			if slices.Contains(found, key) && !slices.ContainsFunc(found, foreign) {
				return before
			}
		}
	}
	return ""
}
