package engine

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A scope is what a call can refer to while it is made.
type scope struct {
	vars   expr.Vars
	me     *eyes          // whose `vars` bind what nothing else binds: the account under test
	params map[string]any // vars that stand for something else in the calls of this thing; nil for none
	key    any            // identity of the thing; expr.Absent when there is none
	unique string
	uuid   string
}

// with gives the variables of the scope, the request's own included. They are the
// scope's own: nobody else holds them.
func (s scope) with() expr.Vars {
	if s.unique != "" {
		s.vars["unique"], s.vars["uuid"] = s.unique, s.uuid
	}
	s.vars["key"] = orAbsent(s.key)
	s.vars["now"] = time.Now().UTC().Format(time.RFC3339)
	return s.vars
}

func orAbsent(value any) any {
	if value == nil {
		return expr.Absent
	}
	return value
}

// baseVars are the variables that do not change during a cell: the account and
// the target. Values of an account stand before those of its target, and both
// before the provider's.
func (e *Engine) baseVars(me *eyes, known *Facts) expr.Vars {
	vars := make(expr.Vars, 14) // room for those of a cell, too
	vars["target"] = func() any { return e.merged(me) }
	vars["account"] = func() any { return accountVar(me, known) }
	for _, hook := range e.o.Suite.Provider.Webhooks {
		vars[hook.Name] = expr.Unknown{Why: "a webhook has its address within a cell only"}
	}
	return vars
}

func accountVar(me *eyes, known *Facts) map[string]any {
	account := map[string]any{"name": me.name}
	if known != nil {
		for name, value := range known.Taken {
			account[name] = value
		}
	}
	if me.account != nil {
		account["tags"] = anyList(me.account.Tags)
		account["vars"] = orEmpty(me.account.Vars)
	}
	return account
}

// momentary are the variables that are in scope everywhere, and absent where they
// have no value.
var momentary = []string{"before", "after", "request", "response", "reads", "job", "event", "item", "answer", "index"}

// seenBy is a variable as an expression sees it; false for one that is not in scope.
func seenBy(vars expr.Vars, name string) (any, bool) {
	value, known := vars[name]
	if ask, lazy := value.(func() any); lazy {
		return ask(), true
	}
	if !known && slices.Contains(momentary, name) {
		return expr.Absent, true
	}
	return value, known
}

// settled are variables with all their values worked out.
func settled(vars expr.Vars) expr.Vars {
	all := make(expr.Vars, len(vars)+len(momentary))
	for _, name := range momentary {
		all[name] = expr.Absent
	}
	for name := range vars {
		all[name], _ = seenBy(vars, name)
	}
	return all
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

func (e *Engine) merged(me *eyes) map[string]any {
	all := map[string]any{}
	for _, layer := range e.layers(me) {
		for name, value := range layer {
			if _, has := all[name]; !has {
				all[name] = value
			}
		}
	}
	return all
}

// layers are the values for paths and data, the first to be asked first.
func (e *Engine) layers(me *eyes) []map[string]any {
	layers := []map[string]any{}
	if me != nil && me.account != nil {
		layers = append(layers, me.account.Vars)
	}
	return append(layers, e.o.Target.Vars, e.o.Suite.Provider.Vars)
}

// responseVar is a reply as expressions see it.
func responseVar(r *wire.Reply) map[string]any {
	return r.Shown(func(r *wire.Reply) map[string]any {
		return map[string]any{"status": number(int64(r.Status)), "headers": headerVar(r.Header), "body": bodyVar(r)}
	})
}

func headerVar(header http.Header) map[string]any {
	headers := make(map[string]any, len(header))
	for name, values := range header {
		if len(values) == 1 {
			headers[lowerCase(name)] = values[0]
			continue
		}
		headers[lowerCase(name)] = strings.Join(values, ", ")
	}
	return headers
}

// lowerCase is strings.ToLower, without a new text for what nearly every reply has.
func lowerCase(name string) string {
	switch name {
	case "Content-Type":
		return "content-type"
	case "Content-Length":
		return "content-length"
	case "Date":
		return "date"
	}
	return strings.ToLower(name)
}

func bodyVar(r *wire.Reply) any {
	switch {
	case r.Undecodable != "":
		return expr.Unknown{Why: r.Undecodable}
	case r.Failure != nil:
		return expr.Unknown{Why: r.Failure.Error()}
	case r.Empty && lines(r):
		return []any{} // no line is a list of none
	case r.Empty:
		return expr.Absent
	}
	return r.Body
}

// lines tells whether a reply is NDJSON, whose whole body may be of no bytes.
func lines(r *wire.Reply) bool {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch strings.ToLower(strings.TrimSpace(media)) {
	case "application/x-ndjson", "application/ndjson", "application/jsonl":
		return r.Status >= 200 && r.Status < 300 && r.Status != 204
	}
	return false
}
