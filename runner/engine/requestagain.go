package engine

import (
	"fmt"
	"maps"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// requestAgain is the request as it was sent, with what the entry changes.
func (b *attempt) requestAgain() (*request, error) {
	entry, sent := b.first.cell.Again, *b.first.sent
	r := &sent
	r.method, r.header, r.before, r.like = entry.Act.Method, sent.header.Clone(), nil, nil
	s := b.actScope()
	s.unique, s.uuid = b.drawn[0], b.drawn[1]
	vars := s.with()
	for _, change := range []func(*request, scope, expr.Vars) error{b.readdress, b.requery, b.rehead, b.rewrite} {
		if err := change(r, s, vars); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// readdress writes the address anew where the entry changes it, with the other
// parameters as they were.
func (b *attempt) readdress(r *request, s scope, vars expr.Vars) error {
	entry, e := b.first.cell.Again, b.e
	if !entry.Moved && len(entry.Change.Path) == 0 {
		return nil
	}
	call, known := *entry.Act, r.path
	if !entry.Moved {
		vars = b.first.actScope().with()
		call.Path = maps.Clone(call.Path)
		for name := range known { // those that are not written are as they were sent
			if entry.Change.Path[name] == nil {
				call.Path[name] = expr.NewLiteral(nil, plain(known[name]))
			}
		}
		for name, data := range entry.Change.Path {
			value, err := data.EvalStrict(s.with())
			if err != nil {
				return fmt.Errorf("path of %s: %s: %w", call.Text, name, err)
			}
			call.Path[name] = expr.NewLiteral(nil, plain(value))
		}
	}
	r.path = map[string]any{}
	path, err := e.address(&call, s, vars, r)
	if err != nil {
		return err
	}
	if maskedIn(path) && !maskedIn(call.Text) {
		return fmt.Errorf("%s needs what was masked as a secret when it was read, so it is not sent", call.Text)
	}
	_, query, _ := strings.Cut(r.url, "?")
	if r.url, err = e.absolute(path); err != nil {
		return fmt.Errorf("path of %s: %w", call.Text, err)
	}
	if query != "" && !strings.Contains(path, "?") {
		r.url += "?" + query
	}
	return nil
}

// requery changes parameters of the query.
func (b *attempt) requery(r *request, _ scope, vars expr.Vars) error {
	change := b.first.cell.Again.Change.Query
	if change == nil {
		return nil
	}
	value, err := change.EvalStrict(vars)
	if err != nil {
		return fmt.Errorf("query of %s: %w", b.cell.Act().Text, err)
	}
	fresh, _ := value.(map[string]any)
	if r.url, err = withoutQuery(r.url, change.Keys()); err != nil {
		return err
	}
	if r.url, err = withQuery(r.url, fresh); err != nil {
		return err
	}
	r.query = b.e.hide(pruned(mergeValues(orEmptyValue(r.query), fresh), change.Removed()))
	return nil
}

// rehead changes headers.
func (b *attempt) rehead(r *request, _ scope, vars expr.Vars) error {
	change := b.first.cell.Again.Change.Headers
	if change == nil {
		return nil
	}
	value, err := change.EvalStrict(vars)
	if err != nil {
		return fmt.Errorf("headers of %s: %w", b.cell.Act().Text, err)
	}
	fresh, _ := value.(map[string]any)
	for _, name := range change.Keys() {
		if r.header.Del(name); fresh[name] != nil {
			r.header.Set(name, plain(fresh[name]))
		}
	}
	return nil
}

// rewrite merges the entry's body over the one that was sent.
func (b *attempt) rewrite(r *request, _ scope, vars expr.Vars) error {
	change, call := b.first.cell.Again.Change.Body, b.cell.Act()
	switch {
	case change == nil:
		return nil
	case change.Kind == expr.DataRemove:
		r.body, r.told, r.has, r.encoded = nil, nil, false, nil
		r.header.Del("Content-Type")
		return nil
	}
	value, err := change.EvalStrict(vars)
	if err != nil {
		return fmt.Errorf("body of %s: %w", call.Text, err)
	}
	r.body, r.has = pruned(mergeValues(r.body, value), change.Removed()), true
	if masked(r.body) {
		return fmt.Errorf("%s needs what was masked as a secret when it was read, so it is not sent", call.Text)
	}
	r.told = b.e.hide(r.body)
	return r.encode(call.Media)
}
