package engine

import (
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A scope is what a call can refer to while it is made.
type scope struct {
	vars   expr.Vars
	me     *eyes // whose `vars` bind what nothing else binds: the account under test
	key    any   // identity of the thing; expr.Absent when there is none
	unique string
	uuid   string
}

// with gives the variables of the scope, the request's own included.
func (s scope) with() expr.Vars {
	all := make(expr.Vars, len(s.vars)+4)
	for name, value := range s.vars {
		all[name] = value
	}
	if s.unique != "" {
		all["unique"], all["uuid"] = s.unique, s.uuid
	}
	all["key"] = orAbsent(s.key)
	all["now"] = time.Now().UTC().Format(time.RFC3339)
	return all
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
func (e *Engine) baseVars(me *eyes, known *facts) expr.Vars {
	vars := expr.Vars{"target": e.merged(me)}
	account := map[string]any{"name": me.name}
	if known != nil {
		for name, value := range known.values {
			account[name] = value
		}
	}
	if me.account != nil {
		account["tags"] = anyList(me.account.Tags)
		account["vars"] = orEmpty(me.account.Vars)
	}
	vars["account"] = account
	for _, name := range []string{"before", "after", "request", "response", "reads", "job", "event", "item", "answer", "index"} {
		vars[name] = expr.Absent
	}
	return vars
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
	return map[string]any{"status": number(int64(r.Status)), "headers": headerVar(r), "body": bodyVar(r)}
}

func headerVar(r *wire.Reply) map[string]any {
	headers := map[string]any{}
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return headers
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
