package engine

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A move is what stands for another parent in the calls of a thing than in the cell's.
type move struct {
	parents map[string]any // variables of given things
	params  map[string]any // vars of account, target or provider
	ours    bool           // only from one given thing to another
}

func (m move) empty() bool { return len(m.parents)+len(m.params) == 0 }

// to has the calls of a thing name what it was moved to.
func (m move) to(t *thing) { t.parents, t.params = m.parents, m.params }

// bothRequests are the contract's own act, or of two the first, and the one that the cell sends.
func (a *attempt) bothRequests() (own, cast *request, err error) {
	if a.first != nil {
		cast, err = a.requestAgain()
		return a.first.sent, cast, err
	}
	if own, err = a.e.request(a.cell.Contract.Act, a.actScope()); err != nil {
		return nil, nil, err
	}
	cast, err = a.e.request(a.cell.Act(), a.actScope())
	return own, cast, err
}

// moved is what stands for another thing in the path of the second of two requests than
// in that of the first, with its value there.
func (a *attempt) moved(own, cast *request, r *contracts.Resource) move {
	moved := move{map[string]any{}, a.movedParams(own, cast), true}
	one, other := strings.Split(own.short(), "/"), strings.Split(cast.short(), "/")
	for i := range one {
		if len(one) != len(other) || one[i] == other[i] {
			continue
		}
		parent := a.givenBy(one[i])
		if parent == nil {
			if name := a.varBy(unescape(one[i]), r); name != "" && moved.params[name] == nil {
				moved.params[name] = unescape(other[i])
			}
			continue
		}
		to := a.givenBy(other[i])
		moved.ours = moved.ours && to != nil
		value := setPath(orEmptyValue(parent.value()), keyPath(parent.resource, nil), unescape(other[i]))
		if to != nil {
			value = to.value()
		}
		for _, name := range a.varsNaming(parent) {
			moved.parents[name] = value
		}
	}
	moved.ours = moved.ours && len(moved.params) == 0
	return moved
}

// putElsewhere is the given thing that the case's call names, a PUT that is to be refused,
// where it may stand under another parent than the contract's: PUT /projects/8/notes/{note.id}.
// Many a provider makes there what it does not find. It is nil for none.
func (a *attempt) putElsewhere() *thing {
	c := a.cell.Case
	if c == nil || a.first != nil || c.Act.Method != "PUT" || !c.Status.Refuses() || writtenAlike(c.Act, a.cell.Contract.Act) {
		return nil
	}
	for _, effect := range a.cell.Contract.Effects {
		if t := a.things[effect.Thing]; effect.Verb == contracts.Updates && t != nil && t != a.created && !t.found {
			return t
		}
	}
	return nil
}

// writtenAlike tells whether two calls are written to go to the same address.
func writtenAlike(one, other *contracts.Call) bool {
	return one.Address.Source() == other.Address.Source() && maps.Equal(one.Path, other.Path)
}

// underAnother is the identity of the given thing where a case's call names it under another
// parent; "" where it does not. What is there is no word about the thing itself then.
func (a *attempt) underAnother(own, cast *request) string {
	key := identityText(a.never.instead.key)
	moved := a.moved(own, cast, a.never.resource)
	if a.givenBy(path.Base(cast.short())) != a.never.instead || moved.empty() {
		return ""
	}
	moved.to(a.never)
	for i := range a.record.Effects {
		if effect := &a.record.Effects[i]; effect.Verb == contracts.Updates && effect.Thing == a.never.instead.name {
			effect.Aside = true
		}
	}
	return key
}

// movedParams are the parameters that both requests have by the same name, where the first
// has the value of the var of that name and the second another.
func (a *attempt) movedParams(own, cast *request) map[string]any {
	vars, params := a.e.merged(a.me), map[string]any{}
	for name, value := range cast.path {
		from, has := vars[name]
		if has && own.path[name] != nil && plain(own.path[name]) == plain(from) && plain(value) != plain(from) {
			params[name] = value
		}
	}
	return params
}

// varBy is the one var of a value that the calls of a resource name; "" where there is none,
// or more than one: nobody can tell then which of them a segment stands for.
func (a *attempt) varBy(text string, r *contracts.Resource) string {
	found := ""
	for name, value := range a.e.merged(a.me) {
		if plain(value) != text || !namesVar(r, name) {
			continue
		}
		if found != "" {
			return ""
		}
		found = name
	}
	return found
}

// namesVar tells whether a call of a resource names a var: as a parameter, or of the account
// or target.
func namesVar(r *contracts.Resource, name string) bool {
	for _, call := range []*contracts.Call{r.Read, r.List, r.Delete} {
		if call == nil {
			continue
		}
		if slices.Contains(call.Address.Params(), name) {
			return true
		}
		for _, ref := range callRefs(call) {
			if ref[len(ref)-1] == name && (ref[0] == "target" || ref[0] == "account") {
				return true
			}
		}
	}
	return false
}

// givenBy is the given thing that a segment of a path is the identity of; nil for none.
func (a *attempt) givenBy(segment string) *thing {
	given := a.given
	if a.first != nil {
		given = a.first.given // but what the first act made, which the second may name by another key
	}
	for _, t := range given {
		if key := identityText(t.key); key != "" && key == unescape(segment) {
			return t
		}
	}
	return nil
}

// varsNaming are the variables that stand for a given thing: its own name, and that of its
// resource where no other goes by it.
func (a *attempt) varsNaming(t *thing) []string {
	names := []string{t.name}
	if t.resource != nil && t.resource.Name != t.name && a.things[t.resource.Name] == nil && a.thingOf(t.resource.Name) == t {
		names = append(names, t.resource.Name)
	}
	return names
}

// under lays the parents of a thing over the variables of its calls.
func (s scope) under(t *thing) scope {
	if t == nil {
		return s
	}
	maps.Copy(s.vars, t.parents)
	if len(t.params) == 0 {
		return s
	}
	s.params = t.params
	target, account := s.vars["target"], s.vars["account"]
	s.vars["target"] = func() any { return laidOver(workedOut(target), t.params) }
	s.vars["account"] = func() any {
		all := maps.Clone(workedOut(account))
		own, _ := all["vars"].(map[string]any)
		all["vars"] = laidOver(own, t.params)
		return all
	}
	return s
}

// laidOver are values with others in place of those that are there by the same name.
func laidOver(values, others map[string]any) map[string]any {
	all := maps.Clone(values)
	for name, value := range others {
		if _, has := all[name]; has {
			all[name] = value
		}
	}
	return all
}

// workedOut is a map that may be worked out only now.
func workedOut(value any) map[string]any {
	if ask, lazy := value.(func() any); lazy {
		value = ask()
	}
	values, _ := value.(map[string]any)
	return values
}
