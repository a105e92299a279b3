package comparison

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// A FactChange is a fact of an account that is another in B.
type FactChange struct {
	Account string `json:"account"` // of B
	Name    string `json:"name"`    // of account.take, or tags
	// Gone and New are the elements of a list that only A or only B has; of any other value,
	// the value itself as JSON. "" in neither.
	Gone []string `json:"gone"`
	New  []string `json:"new"`
}

// factChanges compares what is known of accounts. What was not read is not known, and
// says nothing.
func factChanges(p *pairing) []FactChange {
	out := []FactChange{}
	known := map[string]engine.Facts{}
	for _, a := range p.a.Facts {
		known[a.Account] = a
	}
	for _, b := range p.b.Facts {
		a, ok := known[b.Account]
		if p.form == Accounts {
			a, ok = known[p.a.Account]
			ok = ok && b.Account == p.b.Account
		}
		if ok {
			out = append(out, slices.DeleteFunc(changesOf(a, b), func(f FactChange) bool { return p.form == Accounts && ownName(p.a.Facts, f.Name) })...)
		}
	}
	return out
}

// ownName says that every account has a value of its own here, as an id or a name is: of two
// accounts that is no difference worth a line.
func ownName(all []engine.Facts, name string) bool {
	values := map[string]bool{}
	for _, each := range all {
		values[strings.Join(elements(each.Taken[name], true), "\x00")] = true
	}
	return len(all) > 2 && len(values) == len(all)
}

func changesOf(a, b engine.Facts) []FactChange {
	var out []FactChange
	add := func(name string, from, to []string) {
		gone, fresh := without(from, to), without(to, from)
		if len(gone)+len(fresh) > 0 {
			out = append(out, FactChange{Account: b.Account, Name: name, Gone: gone, New: fresh})
		}
	}
	add("tags", a.Tags, b.Tags)
	names := maps.Clone(a.Taken)
	if names == nil {
		names = map[string]any{}
	}
	maps.Copy(names, b.Taken)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		from, had := a.Taken[name]
		to, has := b.Taken[name]
		if !had && a.Why != "" || !has && b.Why != "" {
			continue // not read, which is not the same as not there
		}
		add(name, elements(from, had), elements(to, has))
	}
	return out
}

// elements are the elements of a list, each as text; any other value is its own only one.
func elements(value any, there bool) []string {
	if !there {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	var out []string
	for _, each := range list {
		text, ok := each.(string)
		if !ok {
			encoded, _ := json.Marshal(each) // values of JSON
			text = strings.ToValidUTF8(string(encoded), "\ufffd")
		}
		out = append(out, text)
	}
	return out
}

func without(list, others []string) []string {
	out := []string{}
	for _, each := range list {
		if !slices.Contains(others, each) {
			out = append(out, each)
		}
	}
	return out
}
