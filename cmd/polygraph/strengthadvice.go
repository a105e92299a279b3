package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

// An advice is what would have a lie noticed: lines to be put into a file of the suite as they
// are. Why, and where in the contract, stands behind each as YAML's comment.
type advice struct {
	at    string // the place in another file; "": in the contract
	lines []string
}

func line(format string, args ...any) advice {
	return advice{lines: []string{fmt.Sprintf(format, args...)}}
}

// listing has a resource listed, by the GET of the address that makes one where the document
// has it.
func (y *lying) listing(r *contracts.Resource, why string) advice {
	call := "CALL"
	if r.Make != nil {
		path, _, _ := strings.Cut(r.Make.Template, "?")
		call = "GET " + path
		if op := y.suite.Provider.Document.Find("GET", path); op != nil && op.ID != "" {
			call = op.ID
		}
	}
	return advice{at: r.Pos.String(), lines: []string{fmt.Sprintf("list: %s  # to resource %s: %s", call, r.Name, why)}}
}

// sentence says what the call does, as far as its method tells.
func (y *lying) sentence() advice {
	act := y.contract.Act
	resources := slices.Clone(y.suite.Provider.Resources)
	slices.SortFunc(resources, func(a, b *contracts.Resource) int { return a.Pos.Line - b.Pos.Line }) // what comes first is the usual one
	for _, r := range resources {
		if r.Make != nil && act.Method == r.Make.Method && blanks.ReplaceAllString(act.Template, "{}") == blanks.ReplaceAllString(r.Make.Template, "{}") {
			return line("%s", y.entry("creates: "+r.Name, "what the call does"))
		}
	}
	for _, given := range y.contract.Given {
		switch {
		case given.Resource == nil || given.Implied:
		case act.Method == "DELETE":
			return line("%s", y.entry("deletes: "+given.Name, "what the call does"))
		default:
			return line("%s", y.entry("updates: "+given.Name, "what the call does; with set: where it changes what it does not send"))
		}
	}
	return line("a sentence that says what the call does: creates, updates, deletes or shows a thing")
}

// entry is a sentence as it stands in the contract: at its top, or as one of its effects.
func (y *lying) entry(sentence, why string) string {
	if slices.ContainsFunc(y.contract.Effects, func(e *contracts.Effect) bool { return !e.Implied && e.Pos.Column > y.contract.Pos.Column }) {
		return fmt.Sprintf("- %s  # to effects: %s", sentence, why)
	}
	return fmt.Sprintf("%s  # %s", sentence, why)
}

// places is what shows whether anything was done.
func (y *lying) places(why string) advice {
	switch {
	case y.verb() == "":
		return y.sentence()
	case y.subject != nil && y.subject.List == nil:
		return y.listing(y.subject, why)
	}
	return line("a probe that would show it, and a sentence with in: that names it")
}

// neighbour is another thing beside the one that is acted on, which must stay as it is.
func (y *lying) neighbour(r *contracts.Resource) advice {
	const why = "nobody looks at another one"
	var given []string
	plain, taken := true, false
	for _, g := range y.contract.Given {
		if g.Implied {
			continue
		}
		taken = taken || g.Name == "neighbour"
		plain = plain && g.Resource != nil && g.Call == g.Resource.Make && !g.Removed
		if g.Resource != nil {
			given = append(given, fmt.Sprintf("%s: {make: %s}", g.Name, g.Resource.Name))
		}
	}
	name := "neighbour"
	if taken {
		name = "bystander"
	}
	one := fmt.Sprintf("%s: {make: %s}", name, r.Name)
	makes, keeps := one+"  # to given: "+why, fmt.Sprintf("keeps: [%s]", name)
	if plain {
		makes = fmt.Sprintf("given: {%s}  # in place of the given there is: %s", strings.Join(append(given, one), ", "), why)
	}
	if slices.ContainsFunc(y.contract.Effects, func(e *contracts.Effect) bool { return e.Verb == contracts.Keeps && !e.Implied }) {
		keeps = name + "  # to keeps"
	}
	return advice{lines: []string{makes, keeps}}
}

// aCase is one more case of the contract.
func (y *lying) aCase(name, change, why string) advice {
	if slices.ContainsFunc(y.contract.Cases, func(c *contracts.Case) bool { return !c.Rejects }) {
		return line("%s: {%s}  # to cases: %s", key(name), change, why)
	}
	return line("cases: {%s: {%s}}  # %s", key(name), change, why)
}

// refusal is a case that must be refused for what it sends: by the document, else without a
// field that is sent.
func (y *lying) refusal() advice {
	behind, _ := sentPath(y.contract.Act, y.subject)
	names := sortedNames(y.sent)
	name, value, ok := y.operation.Wrong(behind, names)
	if !ok {
		name = append(names, "name")[0]
	}
	body := flow(map[string]any{name: value})
	for _, outer := range slices.Backward(behind) {
		body = fmt.Sprintf("{%s: %s}", key(outer), body)
	}
	what := "no " + name
	if value != nil {
		what = "bad " + name
	}
	return y.aCase(what, "body: "+body+", status: 4xx", "a case that must be refused")
}

// field is one that no contract of the call sends.
func (y *lying) field(behind []string, name string) advice {
	where := strings.Join(append([]string{"body"}, behind...), ".")
	value := "VALUE"
	if sample, ok := y.operation.Sample(behind, name); ok {
		value = flow(sample)
	}
	return line("%s: %s  # to %s: no contract of this call sends it", key(name), value, where)
}

// compare has a field compared that is not.
func (y *lying) compare(name string) advice {
	return line("%s to the fields that are compared: no fields in provider.yaml may leave it out", name)
}

// flow is a value as YAML on one line, which JSON is but for what the keys look like.
func flow(value any) string {
	if fields, ok := value.(map[string]any); ok {
		var parts []string
		for _, name := range sortedNames(fields) {
			parts = append(parts, key(name)+": "+flow(fields[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "VALUE" // an example that is no JSON
	}
	return string(text)
}

// key is a name as YAML takes it for text: quoted, unless it is words that mean nothing else.
func key(name string) string {
	switch strings.ToLower(name) {
	case "true", "false", "null", "yes", "no", "on", "off":
	default:
		if plainKey.MatchString(name) {
			return name
		}
	}
	return strconv.Quote(name)
}

var plainKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*( [A-Za-z0-9_-]+)*$`)
