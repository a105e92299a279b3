package diagnosis

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A leaf is one value of a document, with the path that leads to it.
type leaf struct {
	path  string
	value value
}

// form is what a value is like.
type form uint8

const (
	unknown form = iota // nobody could read it
	absent
	scalar // text, number, boolean or null
	list   // of texts and numbers: what it holds is what counts
)

// A value is what one account has for a fact.
type value struct {
	form form
	text string   // of a scalar, as JSON writes it
	list []string // of a list
}

// bounds of a document that is taken apart: facts of an account are few, and a reply of
// megabytes is no fact.
const (
	mostLeaves = 400
	deepest    = 6
)

// leavesOf takes a document apart. Text that is no JSON has none.
func leavesOf(text string) []leaf {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var document any
	if decoder.Decode(&document) != nil || decoder.More() {
		return nil
	}
	var out []leaf
	walk("", document, deepest, &out)
	return out
}

// jsonLike gives a value as history would give it back, whatever CEL made it of.
func jsonLike(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var out any
	if decoder.Decode(&out) != nil {
		return nil
	}
	return out
}

func walk(path string, v any, deep int, out *[]leaf) {
	if deep == 0 || len(*out) >= mostLeaves {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			walk(join(path, name), v[name], deep-1, out)
		}
	case []any:
		walkList(path, v, deep, out)
	default:
		*out = append(*out, leaf{path, value{form: scalar, text: scalarText(v)}})
	}
}

// walkList takes a list of plain values as what it holds, and one of things that have a
// name as things by name.
func walkList(path string, all []any, deep int, out *[]leaf) {
	var plain []string
	for _, each := range all {
		switch each := each.(type) {
		case map[string]any:
			if name := nameOf(each); name != "" {
				walk(path+"["+segment(name)+"]", each, deep-1, out)
			}
		case []any:
		default:
			plain = append(plain, bare(scalarText(each)))
		}
	}
	if len(plain) == len(all) {
		*out = append(*out, leaf{path, value{form: list, list: plain}})
	}
}

func nameOf(thing map[string]any) string {
	for _, key := range []string{"name", "key", "code", "slug", "scope", "feature"} {
		if name, ok := thing[key].(string); ok {
			return name
		}
	}
	return ""
}

var simple = regexp.MustCompile(`^[\pL_][\pL\pN_:-]*$`)

// segment is a name in a path: quoted where it is more than a word, since a provider
// chose it.
func segment(name string) string {
	if simple.MatchString(name) && len(name) <= 60 {
		return name
	}
	return strconv.Quote(shorten(name))
}

func join(path, name string) string {
	if path == "" {
		return segment(name)
	}
	return path + "." + segment(name)
}

// scalarText writes a scalar as JSON does, so that "5" and 5 are two values.
func scalarText(v any) string {
	switch v := v.(type) {
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// bare is a JSON text without its quotes.
func bare(text string) string {
	if n := len(text); n >= 2 && text[0] == '"' && !strings.Contains(text, "\\") {
		return text[1 : n-1]
	}
	var plain string
	if strings.HasPrefix(text, `"`) && json.Unmarshal([]byte(text), &plain) == nil {
		return plain
	}
	return text
}

// shorten keeps the beginning of a long text: a fact is for reading.
func shorten(text string) string {
	const longest = 80
	runes := []rune(text)
	if len(runes) <= longest {
		return text
	}
	return string(runes[:longest]) + "…"
}
