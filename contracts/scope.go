package contracts

import (
	"maps"
	"slices"
)

// A scope is what an expression at some place of a suite may name.
type scope struct {
	names []string
	// members are the names that may follow a variable, where the suite knows
	// them all: a misspelt one would be absent for ever, and silently so.
	members map[string][]string
}

// with adds variables.
func (s scope) with(names ...string) scope {
	out := scope{names: slices.Clone(s.names), members: s.members}
	have := make(map[string]bool, len(s.names)+len(names))
	for _, n := range s.names {
		have[n] = true
	}
	for _, n := range names {
		if !have[n] {
			have[n] = true
			out.names = append(out.names, n)
		}
	}
	return out
}

// without removes a variable.
func (s scope) without(name string) scope {
	return scope{names: slices.DeleteFunc(slices.Clone(s.names), func(n string) bool { return n == name }), members: s.members}
}

// andMember adds a name that may follow a variable.
func (s scope) andMember(variable, member string) scope {
	s.members = maps.Clone(s.members)
	s.members[variable] = append(slices.Clone(s.members[variable]), member)
	return s
}

// base is what every expression may name.
func (l *loader) base() scope {
	members := map[string][]string{
		"response": {"status", "headers", "body"},
		"request":  {"method", "url", "path", "query", "headers", "body"},
		"account":  append([]string{"name", "tags", "vars"}, l.facts...),
	}
	if l.hasTargets {
		members["target"] = append(slices.Clone(l.targetVars), "name")
	}
	names := []string{"account", "target", "unique", "uuid", "now"}
	for _, w := range l.webhookNames() {
		names, members[w] = append(names, w), []string{"url", "secret"}
	}
	return scope{names: names, members: members}
}

// learnVars remembers the names of all vars that the target in question, or any,
// gives; those of accounts apart, since only paths ask for them by name.
func (l *loader) learnVars() {
	l.targetVars, l.allVars = l.varNames(false), l.varNames(true)
}

func (l *loader) varNames(accounts bool) []string {
	var out []string
	for v := range l.provider.Vars {
		out = append(out, v)
	}
	for _, t := range l.candidates() {
		for v := range t.Vars {
			out = append(out, v)
		}
		if !accounts {
			continue
		}
		for _, a := range t.Accounts {
			for v := range a.Vars {
				out = append(out, v)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// candidates are the targets that a run could use.
func (l *loader) candidates() []*Target {
	if l.suite.Target != nil {
		return []*Target{l.suite.Target}
	}
	return l.suite.Targets
}

// resourceNames are the names of all resources.
func (l *loader) resourceNames() []string {
	var out []string
	for _, r := range l.provider.Resources {
		out = append(out, r.Name)
	}
	return out
}

func (l *loader) probeNames() []string {
	var out []string
	for _, p := range l.provider.Probes {
		out = append(out, p.Name)
	}
	return out
}
