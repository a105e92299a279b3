package wire

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// scrubber takes the values of fields that hand out secrets out of replies.
type scrubber struct {
	paths [][]string
	text  *regexp.Regexp // the fields by their last names, in a text that could not be decoded; nil when there are none
}

func newScrubber(paths [][]string) *scrubber {
	s := &scrubber{}
	var names []string
	for _, path := range paths {
		if len(path) == 0 {
			continue
		}
		s.paths = append(s.paths, path)
		names = append(names, regexp.QuoteMeta(path[len(path)-1]))
	}
	if len(names) > 0 {
		name := `(?:` + strings.Join(names, "|") + `)`
		s.text = regexp.MustCompile(`((?:^|[^\w-])\\*["']?` + name + `\\*["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|[^\s&,;}\]<>]+)` +
			`|(<(?:[\w.-]+:)?` + name + `(?:\s[^<>]*)?>)([^<]+)`)
	}
	return s
}

// value masks the fields in a decoded value, in place, and gives what stood there: the texts to be masked from now on, and
// whether there was anything.
func (s *scrubber) value(value any) (secrets []string, found bool) {
	for _, path := range s.paths {
		scrub(value, path, func(secret any) {
			found = true
			secrets = appendTexts(secrets, secret)
		})
	}
	return secrets, found
}

// touches says whether value would change anything.
func (s *scrubber) touches(value any) bool {
	for _, path := range s.paths {
		if leads(value, path) {
			return true
		}
	}
	return false
}

func leads(value any, path []string) bool {
	switch v := value.(type) {
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return leads(item, path) })
	case map[string]any:
		if len(path) == 1 {
			return v[path[0]] != nil
		}
		return v[flat(path)] != nil || leads(v[path[0]], path[1:])
	}
	return false
}

// flat is a path as a form writes it: data[api_key].
func flat(path []string) string { return path[0] + "[" + strings.Join(path[1:], "][") + "]" }

func scrub(value any, path []string, take func(any)) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			scrub(item, path, take)
		}
	case map[string]any:
		name := path[0]
		if len(path) > 1 && v[flat(path)] != nil {
			name, path = flat(path), path[:1]
		}
		inner, there := v[name]
		switch {
		case !there || inner == nil:
		case len(path) > 1:
			scrub(inner, path[1:], take)
		default:
			take(inner)
			v[name] = Mask
		}
	}
}

// appendTexts walks into what a secret field holds: {"keys": {"public": …, "secret": …}} is secret as a whole.
func appendTexts(texts []string, value any) []string {
	switch v := value.(type) {
	case string:
		texts = append(texts, v)
	case json.Number:
		texts = append(texts, string(v))
	case []any:
		for _, item := range v {
			texts = appendTexts(texts, item)
		}
	case map[string]any:
		for _, item := range v {
			texts = appendTexts(texts, item)
		}
	}
	return texts
}

// undecoded masks the fields in a text that has no structure for us: JSON that was cut, or that is broken, XML, HTML. It
// gives what stood there for certain, between quotes or in an element. What merely follows token= in a page may be any word
// of a script, and to mask that word from now on would blot out innocent text.
func (s *scrubber) undecoded(text string) (masked string, secrets []string) {
	if s.text == nil {
		return text, nil
	}
	var out strings.Builder
	done := 0
	for _, at := range s.text.FindAllStringSubmatchIndex(text, -1) {
		from, to, shown := at[4], at[5], `"`+Mask+`"`
		if from < 0 {
			from, to, shown = at[8], at[9], Mask
		}
		value := text[from:to]
		if at[4] < 0 || value[0] == '"' {
			secrets = append(secrets, unescaped(strings.Trim(strings.TrimSpace(value), `"`)))
		}
		out.WriteString(text[done:from])
		out.WriteString(shown)
		done = to
	}
	out.WriteString(text[done:])
	return out.String(), secrets
}
