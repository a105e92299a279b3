package contracts

import (
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// readResource reads one line of `resources`.
func (l *loader) readResource(r *Resource, n *node) {
	if l.fields(n, resourceBlock(), r.Name) == nil {
		return
	}
	all := l.ground
	keyed := all.with("key")
	reply := keyed.replies()
	if k := n.get("key"); k != nil && l.text(k, "key") != "" {
		r.Key = l.fieldPath(k)
	}
	r.Item = l.program(n.get("item"), reply, expr.Any)
	r.Items = l.program(n.get("items"), reply, expr.Any)
	r.Sent = l.program(n.get("sent"), reply, expr.Any)
	r.Next = l.program(n.get("next"), reply, expr.Any)
	r.Find = l.selection(n.get("find"), keyed)
	r.Gone = l.program(n.get("gone"), reply.with("item"), expr.Bool)
	of := func(verb string) string { return verb + " of resource " + quote(r.Name) }
	// A make has no identity yet, and its own name would be what it makes.
	r.Make = l.call(n.get("make"), seat{what: of("make"), asked: all.without(r.Name), reply: all.replies()})
	r.Read = l.readCall(n.get("read"), seat{of("read"), keyed, reply, true, true})
	r.List = l.readCall(n.get("list"), seat{what: of("list"), asked: all, reply: all.replies()})
	if d := n.get("delete"); d != nil && d.shape == text && d.text == "never" {
		r.Never = true
	} else {
		r.Delete = l.call(d, seat{of("delete"), keyed, reply, true, true})
	}
	r.spread(l.duration(n.get("lag"), "lag"))
	l.readFields(r, n.get("fields"))
	l.inferFields(r)
}

// spread gives the calls of a resource what stands beside them and not in them.
// (item, items, next, sent, gone and key are asked of the resource where a call has
// none of its own.)
func (r *Resource) spread(lag *time.Duration) {
	for _, call := range []*Call{r.Read, r.List} {
		if call != nil && call.Lag == nil {
			call.Lag = lag
		}
	}
	if read := r.Read; read != nil && read.Find == nil && read.Item == nil && read.Items == nil {
		read.Find = r.Find
	}
}

// maskWords are the masks that can be written.
var maskWords = []string{"ignore", "unread", "set", "text", "time", "decimal", "url", "html", "case"}

// readFields reads `fields`.
func (l *loader) readFields(r *Resource, n *node) {
	if n == nil {
		return
	}
	if n.shape != mapping {
		l.mistake(n, "write fields: {updated_at: ignore}", "fields must be a map, not %s", n.shape)
		return
	}
	for _, p := range n.pairs {
		if p.value.shape == missing {
			continue
		}
		path := l.fieldPath(p.key)
		if path == nil {
			continue
		}
		f := Field{Pos: p.key.pos, Path: path, Default: expr.Absent}
		if p.value.shape == mapping {
			l.readField(&f, p.value, p.key.text)
		} else {
			f.Mask = l.mask(p.value)
		}
		r.Fields = append(r.Fields, f)
	}
}

func (l *loader) mask(n *node) Mask {
	if n.shape == text && slices.Contains(maskWords, n.text) {
		return Mask(n.text)
	}
	l.mistake(n, didYouMean(n.text, maskWords)+"a field is "+either(maskWords)+", {time: 2s}, or {read: expression, as: mask}",
		"%s is no way for a field to differ", shown(n))
	return Exact
}

func (l *loader) readField(f *Field, n *node, path string) {
	if l.fields(n, fieldBlock(), path) == nil {
		return
	}
	if t := l.duration(n.get("time"), "time"); t != nil {
		f.Mask, f.Within = Time, *t
		if as := n.get("as"); as != nil {
			l.mistake(as, "leave out one of them", "time is a mask already")
		}
	} else if as := n.get("as"); as != nil {
		f.Mask = l.mask(as)
	}
	f.Read = l.program(n.get("read"), l.base().with("item", "key", "response"), expr.Any)
}

// readProbe reads one line of `probes`.
func (l *loader) readProbe(q *Probe, n *node) {
	if n == nil || n.shape == missing {
		return
	}
	asked := l.ground
	if n.shape == mapping {
		b := probeBlock()
		if l.fields(n, b, q.Name) == nil {
			return
		}
		q.Call = l.callOf(n, seat{what: "probe " + quote(q.Name), asked: asked, reply: asked.replies()})
	} else {
		q.Call = l.readCall(n, seat{what: "probe " + quote(q.Name), asked: asked, reply: asked.replies()})
	}
	if q.Call.Text == "" {
		return
	}
	q.Lag, q.As = q.Call.Lag, q.Call.As
	for _, ref := range q.Call.refs() {
		if len(ref) > 0 && l.provider.Resource(ref[0]) != nil {
			q.Resource = ref[0]
			break
		}
	}
}

// needed are the other resources that the make of a resource names.
func (l *loader) needed(c *Call) []*Resource {
	var out []*Resource
	for _, ref := range c.refs() {
		if len(ref) == 0 {
			continue
		}
		if r := l.provider.Resource(ref[0]); r != nil && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// cycles reports resources whose makes need each other. Each resource is walked
// from once: a hostile provider could have more chains than atoms.
func (l *loader) cycles() {
	done := map[*Resource]bool{}
	var visit func(r *Resource, trail []string)
	visit = func(r *Resource, trail []string) {
		if i := slices.Index(trail, r.Name); i >= 0 {
			loop := append(slices.Clone(trail[i:]), r.Name)
			l.mistake(l.blocks[r.Name].key("make"), "one of them must be made without the other", "the makes need each other: %s", strings.Join(loop, " → "))
			return
		}
		if done[r] {
			return
		}
		for _, other := range l.needed(r.Make) {
			visit(other, append(slices.Clone(trail), r.Name))
		}
		done[r] = true
	}
	for _, r := range l.provider.Resources {
		visit(r, nil)
	}
}
