package report

import (
	"net/url"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

// plainIdentity are the characters of identities that a script can take out of a
// reply and put into an address as they are.
const plainIdentity = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-"

// identityIn says how a script finds an identity in the reply that gave it: a
// command that prints it, "" where it is not there, or not in a place by which it
// can be known again.
func identityIn(x *wire.Exchange, key string) string {
	if key == "" || strings.Trim(key, plainIdentity) != "" {
		return ""
	}
	if before := landmark(x.ReplyBody, key); before != "" {
		return `between "$dir/body" ` + literal(before).String()
	}
	if at, err := url.Parse(x.ReplyHeader.Get("Location")); err == nil {
		if path := strings.TrimRight(at.Path, "/"); path[strings.LastIndexByte(path, '/')+1:] == key {
			return `last_of_location "$dir/head"`
		}
	}
	return ""
}

// landmark is what stands right before an identity in a body, and nowhere before it:
// `"id":`, or `{"review":{"id":` where an "id" of something else comes first. It
// begins at a sign and holds no digit of another identity.
func landmark(body, key string) string {
	const longest = 80
	for from := 0; ; {
		at := strings.Index(body[from:], key)
		if at < 0 {
			return ""
		}
		at += from
		from = at + 1
		end := at + len(key)
		if end < len(body) && strings.IndexByte(plainIdentity, body[end]) >= 0 || at == 0 {
			continue
		}
		for begin := at - 2; begin >= max(0, at-longest); begin-- {
			before := body[begin:at]
			if strings.IndexByte("{,<\"[&?", before[0]) < 0 || strings.Trim(before, "{}[]<>\",:=&?@ ") == "" {
				continue
			}
			if strings.ContainsAny(before, "0123456789\n\r\t") {
				break
			}
			if strings.Index(body, before) == begin && Line(before) == before {
				return before
			}
		}
	}
}
