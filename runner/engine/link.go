package engine

import (
	"strings"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

// linkNext reads Link: <address>; rel="next" (RFC 8288); "" where there is none.
func linkNext(reply *wire.Reply) string {
	for _, header := range reply.Header.Values("Link") {
		for _, link := range splitUnquoted(header, ',') {
			address, parameters, ok := strings.Cut(strings.TrimSpace(link), ">")
			if ok && strings.HasPrefix(address, "<") && isNext(parameters) {
				return address[1:]
			}
		}
	}
	return ""
}

// isNext tells whether one of a link's relations is next.
func isNext(parameters string) bool {
	for _, parameter := range splitUnquoted(parameters, ';') {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for _, relation := range strings.Fields(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(relation, "next") {
				return true
			}
		}
	}
	return false
}

// splitUnquoted splits where the separator stands outside of <…> and "…". A comma
// is legal in both, and a list that is cut at one looks as if it ended on its first
// page: what stands on the second would be called lost.
func splitUnquoted(text string, separator rune) []string {
	closing := rune(0)
	return strings.FieldsFunc(text, func(r rune) bool {
		switch {
		case closing != 0:
			if r == closing {
				closing = 0
			}
			return false
		case r == '<':
			closing = '>'
		case r == '"':
			closing = '"'
		}
		return r == separator
	})
}
