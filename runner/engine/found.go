package engine

import (
	"context"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// find learns the identities of the things that were there before us, and waits
// until they are as `from` says. Nothing made them, so nothing told us how they
// are called: what the act is aimed at does.
func (a *attempt) find(ctx context.Context) error {
	for _, effect := range a.cell.Contract.Effects {
		t := a.things[effect.Thing]
		if t == nil || !t.found || t.resource == nil {
			continue
		}
		t.key = a.foundKey(t)
		deadline := time.Now().Add(or(a.e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin))
		if err := a.awaitFrom(ctx, t, deadline); err != nil {
			return err
		}
	}
	return nil
}

// foundKey is the identity of a found thing: the contract's `id`, where it asks the
// request, else what stands in the act's path where the resource's read has the
// identity. nil: its read needs none, as that of an account's settings.
func (a *attempt) foundKey(t *thing) any {
	call, s := a.cell.Act(), a.actScope()
	asked := &request{method: call.Method, path: map[string]any{}}
	path, err := a.e.address(call, s, s.with(), asked)
	if err != nil {
		return nil // the act will say why
	}
	if id := a.cell.Contract.ID; id != nil && origin(id) == "request" {
		if key, err := id.Eval(expr.Vars{"request": asked.variable()}); err == nil && identityText(key) != "" {
			return key
		}
	}
	if read := t.resource.Read; read != nil {
		if key := keyInPath(read.Template, read.Identity, path); key != "" {
			return key
		}
	}
	return nil
}

// keyInPath gives the text that stands in a path where a template has the identity:
// "7" for /reviews/{key} and /reviews/7/publish. "" where they are not alike.
func keyInPath(template, identity, path string) string {
	path, _, _ = strings.Cut(path, "?")
	template, _, _ = strings.Cut(template, "?")
	wanted, given := strings.Split(template, "/"), strings.Split(path, "/")
	if len(given) < len(wanted) {
		return ""
	}
	key := ""
	for i, part := range wanted {
		before, rest, open := strings.Cut(part, "{")
		name, after, _ := strings.Cut(rest, "}")
		switch {
		case !open && part != given[i], !strings.HasPrefix(given[i], before), !strings.HasSuffix(given[i], after):
			return ""
		case open && (name == "key" || name == identity):
			key = unescape(strings.TrimSuffix(strings.TrimPrefix(given[i], before), after))
		}
	}
	return key
}
