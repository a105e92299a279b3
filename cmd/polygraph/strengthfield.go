package main

import (
	"encoding/json"
	"slices"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/liar"
)

func sortedNames(m map[string]any) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// fields are the lies about single fields: those that are sent, and those that could be.
func (y *lying) fields() {
	verb := y.verb()
	behind, plain := sentPath(y.done.act(y.contract), y.subject)
	if verb != contracts.Creates && verb != contracts.Updates || !plain {
		return
	}
	names := y.compared(sortedNames(y.sent))
	about := func(kind, name string) liar.Lie {
		_, marked := y.done.result.Record.Act.Marked[name] // stored otherwise, a sweep could not tell it from somebody else's
		return liar.Lie{Name: kind + ":" + name, Field: append(slices.Clone(behind), name), Shown: marked && verb == contracts.Creates}
	}
	for _, name := range names {
		if verb == contracts.Updates && len(y.sent) == 1 {
			continue // without its only field the edit is lost, which is a lie of its own
		}
		y.ask(about("dropped-field", name), y.done, y.compare(name))
	}
	for _, name := range names {
		if changes(y.sent[name]) {
			y.ask(about("altered-value", name), y.done, y.compare(name))
			break
		}
	}
	for _, name := range y.compared(y.operation.Takes(behind)) {
		if _, sent := y.sent[name]; !sent {
			y.ask(about("dropped-field", name), nil, y.field(behind, name))
		}
	}
}

// compared leaves out what is never read back and what says nothing when it is missing.
func (y *lying) compared(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		if value, sent := y.sent[name]; sent && empty(value) {
			return true
		}
		return y.subject != nil && slices.ContainsFunc(y.subject.Fields, func(f contracts.Field) bool {
			return len(f.Path) == 1 && f.Path[0] == name && (f.Unshown || slices.Contains([]contracts.Mask{contracts.Unread, contracts.Ignore, contracts.MustExist}, f.Mask))
		})
	})
}

func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case json.Number:
		return v == "0"
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// changes tells whether another value of the same type can be made of a value.
func changes(value any) bool {
	switch v := value.(type) {
	case bool, string, json.Number:
		return true
	case []any:
		return len(v) > 1
	}
	return false
}

// ofCases are the lies about what must be refused. No cell sends it where the contract
// has no such case.
func (y *lying) ofCases() {
	if names := sortedNames(y.sent); (len(names) > 0 || y.refused != nil) && y.contract.Each == nil {
		add := y.refusal()
		if y.refused != nil {
			add = y.places("what was made in spite of a refusal is found there")
		}
		y.ask(liar.Lie{Name: "phantom-write:refused"}, y.refused, add)
	}
	if len(y.suite.Target.Accounts) == 0 || !y.secured() {
		return
	}
	add := y.aCase("not logged in", "as: nobody, status: 401", "a case that must be refused for who asks")
	if y.denied != nil {
		add = y.places("what was made for who may not is found there")
	}
	y.ask(liar.Lie{Name: "permission-bypassed"}, y.denied, add)
	y.ask(liar.Lie{Name: "phantom-write:denied"}, y.denied, add)
}

// secured tells whether the provider asks for credentials at all.
func (y *lying) secured() bool {
	t := y.suite.Target
	return t.Embedded != "" || slices.ContainsFunc(t.Accounts, func(a *contracts.Account) bool { return a.Credentials != nil })
}
