package contracts

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// readProvider reads what the other files need to know of the provider: names,
// vars, facts, the document. Calls and expressions are compiled once the targets
// are known, whose vars bind path parameters.
func (l *loader) readProvider(n *node) {
	l.provider = &Provider{Pos: n.pos}
	l.suite.Provider = l.provider
	if l.fields(n, providerBlock(), "") == nil {
		return
	}
	if v := n.get("polygraph"); v != nil && (v.shape != number || v.text != "1") {
		l.mistake(v, "write polygraph: 1", "this version reads version 1 of the language, not %s", shown(v))
	}
	l.provider.Name = l.text(n.get("provider"), "provider")
	l.provider.Auth = l.auth(n.get("auth"))
	l.provider.Vars = l.values(n.get("vars"), false)
	l.provider.Defaults = l.defaults(n.get("defaults"))
	for _, p := range l.words(n.get("secrets"), "secrets") {
		if path := l.fieldPath(p); path != nil {
			l.provider.Secrets = append(l.provider.Secrets, path)
		}
	}
	if a := n.get("account"); a != nil && a.shape == mapping {
		if take := a.get("take"); take != nil {
			for _, p := range take.pairs {
				l.facts = append(l.facts, p.key.text)
			}
		}
	}
	l.readNames(n)
	l.openDocument(n.get("openapi"))
}

// maxNames bounds the names of a provider.
const maxNames = 500

// readNames enters resources, probes and webhooks into their one namespace.
func (l *loader) readNames(n *node) {
	taken := map[string]*node{}
	enter := func(block, what string, add func(key, value *node)) {
		b := n.get(block)
		if b == nil {
			return
		}
		if b.shape != mapping {
			l.mistake(b, "write "+block+": {name: …}", "%s must be a map, not %s", block, b.shape)
			return
		}
		for _, p := range b.pairs {
			if !l.newName(p.key, what) {
				continue
			}
			if first := taken[p.key.text]; first != nil {
				l.mistake(p.key, "resources, probes, webhooks and given things share one namespace",
					"%s is already named in line %d", quote(p.key.text), first.pos.Line)
				continue
			}
			if len(taken) == maxNames {
				l.mistake(p.key, "split the suite", "more than %d resources, probes and webhooks", maxNames)
				return
			}
			taken[p.key.text] = p.key
			add(p.key, p.value)
		}
	}
	p := l.provider
	enter("resources", "resource", func(k, v *node) {
		p.Resources = append(p.Resources, &Resource{Pos: k.pos, Name: k.text})
		l.blocks[k.text] = v
	})
	enter("probes", "probe", func(k, v *node) {
		p.Probes = append(p.Probes, &Probe{Pos: k.pos, Name: k.text})
		l.blocks[k.text] = v
	})
	enter("webhooks", "webhook", func(k, v *node) {
		p.Webhooks = append(p.Webhooks, &Webhook{Pos: k.pos, Name: k.text})
		l.blocks[k.text] = v
	})
	for _, g := range l.GoProbes {
		if at := taken[g]; at != nil {
			l.mistake(at, "rename one of them", "%s is also the name of a probe written in Go", quote(g))
			continue
		}
		p.Probes = append(p.Probes, &Probe{Name: g, Go: g})
	}
	slices.SortFunc(p.Resources, func(a, b *Resource) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Probes, func(a, b *Probe) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(p.Webhooks, func(a, b *Webhook) int { return cmp.Compare(a.Name, b.Name) })
}

// defaults fills in what is built in. Patience stays open when it is not written: it
// follows the `within` of each effect.
func (l *loader) defaults(n *node) Waits {
	w := Waits{}
	if n != nil && l.fields(n, defaultsBlock(), "") != nil {
		w = l.waits(n)
		l.impatient(n, w.Patience, w.Within, "")
	}
	if w.Within == nil {
		d := DefaultWithin
		w.Within = &d
	}
	if w.Stays == nil {
		d := time.Duration(DefaultStays)
		w.Stays = &d
	}
	return w
}

// auth reads how a credential travels.
func (l *loader) auth(n *node) *Scheme {
	const hint = "auth is bearer, basic, {header: X-Api-Key}, {query: key} or {cookie: sid}"
	switch {
	case n == nil:
		return nil
	case n.shape == text && (n.text == "bearer" || n.text == "basic"):
		return &Scheme{Kind: n.text}
	case n.shape == mapping && len(n.pairs) == 1:
		k, v := n.pairs[0].key, n.pairs[0].value
		if slices.Contains([]string{"header", "query", "cookie"}, k.text) {
			return &Scheme{Kind: k.text, Param: l.text(v, k.text)}
		}
		l.mistake(k, hint, "%s is no way for a credential to travel", quote(k.text))
		return nil
	}
	l.mistake(n, hint, "%s is no way for a credential to travel", shown(n))
	return nil
}

// compileProvider compiles everything that holds an expression.
func (l *loader) compileProvider(n *node) {
	p, base := l.provider, l.base()
	l.ground = base.with(l.resourceNames()...)
	p.Headers = l.headers(n.get("headers"), base)
	p.Query = l.dataMap(n.get("query"), base, "query")
	p.Refusal = l.program(n.get("refusal"), base.replies(), expr.Bool)
	p.Throttled = l.program(n.get("throttled"), base.replies(), expr.Bool)
	for _, r := range p.Resources {
		l.readResource(r, l.blocks[r.Name])
	}
	for _, q := range p.Probes {
		if q.Go == "" {
			l.readProbe(q, l.blocks[q.Name])
		}
	}
	l.readAccountRead(n.get("account"))
	l.readWebhooks()
	l.cycles()
}

// readAccountRead reads `account`.
func (l *loader) readAccountRead(n *node) {
	if n == nil || l.fields(n, accountReadBlock(), "") == nil {
		return
	}
	base := l.base()
	base.members = withoutKey(base.members, "account")
	base.members["account"] = []string{"name", "tags", "vars"}
	a := &AccountRead{Pos: n.pos}
	a.Read = l.readCall(n.get("read"), seat{what: "read of account", asked: base, reply: base.replies()})
	a.Take = l.named(n.get("take"), base.replies(), "take")
	for i, t := range a.Take {
		if slices.Contains([]string{"name", "tags", "vars"}, t.Name) {
			l.mistake(n.get("take").pairs[i].key, "name, tags and vars of an account come from polygraph.yaml; choose another name",
				"account has a %s already", quote(t.Name))
		}
	}
	a.Set = l.setters(n.get("set"), a.Take, base)
	l.provider.Account = a
}

// setters reads `set`: for a fact that is taken, the call that changes it.
func (l *loader) setters(n *node, taken []Named, base scope) []Setter {
	if n == nil {
		return nil
	}
	if n.shape != mapping {
		l.mistake(n, "write set: {fact: call}", "set must be a map, not %s", n.shape)
		return nil
	}
	var names []string
	for _, t := range taken {
		names = append(names, t.Name)
	}
	asked := base.with("value")
	asked.members = maps.Clone(base.members)
	asked.members["account"] = append(slices.Clone(base.members["account"]), names...)
	var out []Setter
	for _, p := range n.pairs {
		if !slices.Contains(names, p.key.text) {
			l.mistake(p.key, didYouMean(p.key.text, names)+"a fact is set that take reads, so that it can be seen", "%s is not taken", quote(p.key.text))
			continue
		}
		if call := l.call(p.value, seat{what: "call that sets " + p.key.text, asked: asked, reply: asked.replies()}); call != nil {
			if !call.names("value") {
				l.mistake(p.value, "write ${value} where what it shall be goes", "the call that sets %s does not say to what", p.key.text)
			}
			out = append(out, Setter{Name: p.key.text, Call: call})
		}
	}
	return out
}

func withoutKey(m map[string][]string, key string) map[string][]string {
	out := map[string][]string{}
	for k, v := range m {
		if k != key {
			out[k] = v
		}
	}
	return out
}

// values reads vars: plain JSON values. In polygraph.yaml they may hold ${env.X}.
func (l *loader) values(n *node, env bool) map[string]any {
	if n == nil {
		return nil
	}
	if n.shape != mapping {
		l.mistake(n, "write vars: {name: value}", "vars must be a map, not %s", n.shape)
		return nil
	}
	out := map[string]any{}
	for _, p := range n.pairs {
		if p.value.shape == missing {
			continue
		}
		if !name.MatchString(p.key.text) {
			l.mistake(p.key, "a var stands in expressions: letters, digits and _, not a digit first", "%s cannot name a var", quote(p.key.text))
			continue
		}
		out[p.key.text] = l.value(p.value, env)
	}
	return out
}

func (l *loader) value(n *node, env bool) any {
	switch n.shape {
	case list:
		out := []any{}
		for _, item := range n.items {
			out = append(out, l.value(item, env))
		}
		return out
	case mapping:
		out := map[string]any{}
		for _, p := range n.pairs {
			out[p.key.text] = l.value(p.value, env)
		}
		return out
	case text:
		if env {
			return l.environment(n)
		}
		if !l.leaks(n) && strings.Contains(n.text, "${") {
			l.mistake(n, "write the value itself", "vars of the provider are plain values, not templates")
		}
	}
	return n.plain()
}
