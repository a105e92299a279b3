package verdict

import (
	"encoding/json"
	"strings"
)

// asWanted reads a value that comes from where values have no types, as in XML, as one
// of the type that was sent: all values are texts there, what stands once is no list,
// and null, an empty list and an empty text are all the same nothing.
//
// What does not read as that type stays as it is, and is another value then.
func asWanted(want, got any, has bool) any {
	if fields, isMap := got.(map[string]any); isMap && plain(want) {
		if text, beside := fields["#text"]; beside { // <title lang="en">Solid</title>
			got = text
		}
	}
	switch want := want.(type) {
	case nil:
		if got == "" {
			return nil
		}
	case bool:
		return asTruth(got)
	case json.Number:
		if number, is := decimal(got); is {
			return number
		}
	case map[string]any:
		if got == "" || !has && len(want) == 0 {
			return map[string]any{}
		}
	case []any:
		return asList(got, has)
	}
	return got
}

func plain(value any) bool {
	switch value.(type) {
	case nil, map[string]any, []any:
		return false
	}
	return true
}

// asTruth reads a truth value as XML Schema writes it, in letters of any case.
func asTruth(got any) any {
	text, isText := got.(string)
	switch {
	case !isText:
	case text == "1", strings.EqualFold(text, "true"):
		return true
	case text == "0", strings.EqualFold(text, "false"):
		return false
	}
	return got
}

func asList(got any, has bool) any {
	switch got.(type) {
	case []any:
		return got
	case nil:
		return []any{}
	}
	if !has || got == "" {
		return []any{}
	}
	return []any{got}
}
