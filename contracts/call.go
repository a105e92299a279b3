package contracts

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// A seat is where a call stands, which decides what it may name.
type seat struct {
	what  string // "read of resource \"review\""
	asked scope  // of the request
	reply scope  // of how the reply is read
	keyed bool   // an unbound parameter of an operation is the identity of a thing
	key   bool   // {key} is
}

// request gives the scope of expressions over the request and its reply.
func (s scope) replies() scope { return s.with("request", "response") }

// call reads a call: plain text, or a map.
func (l *loader) call(n *node, s seat) *Call {
	if n == nil {
		return nil
	}
	if n.shape != mapping {
		c := &Call{Pos: n.pos}
		l.address(c, n, s)
		l.unbound(c, n, s)
		return c
	}
	b := callBlock()
	b.noun = s.what
	if l.fields(n, b, "") == nil {
		return nil
	}
	return l.callOf(n, s)
}

// readCall reads a call that stands where only reads do. Its author vouches that it changes
// nothing, whatever its method; of a DELETE nobody can.
func (l *loader) readCall(n *node, s seat) *Call {
	c := l.call(n, s)
	if c == nil || c.Method != "DELETE" {
		return c
	}
	at := n
	if call := n.get("call"); call != nil {
		at = call
	}
	l.mistake(at, "a read is a call that only looks", "the %s cannot be a %s", s.what, c.Method)
	return c
}

// callOf reads the keys of a call out of a block that may have others.
func (l *loader) callOf(n *node, s seat) *Call {
	c := &Call{Pos: n.pos}
	if at := n.get("call"); at != nil {
		l.address(c, at, s)
	}
	l.request(c, n, s)
	if at := n.get("call"); at != nil {
		l.unbound(c, at, s)
	}
	return c
}

// request reads path, query, headers, body, as, and how the reply is read.
func (l *loader) request(c *Call, n *node, s seat) {
	if p := n.get("path"); p != nil {
		c.Path = l.pathOf(c, p, s)
	}
	c.Query = l.dataMap(n.get("query"), s.asked, "query")
	c.Headers = l.headers(n.get("headers"), s.asked)
	c.Body = l.data(n.get("body"), s.asked)
	l.parts(c, n.get("body"))
	c.As = l.roles(n.get("as"))
	l.reading(c, n, s)
}

func (l *loader) reading(c *Call, n *node, s seat) {
	c.ID = l.program(n.get("id"), s.reply, expr.Any)
	c.Item = l.program(n.get("item"), s.reply, expr.Any)
	c.Items = l.program(n.get("items"), s.reply, expr.Any)
	c.Next = l.program(n.get("next"), s.reply, expr.Any)
	c.Sent = l.program(n.get("sent"), s.reply, expr.Any)
	c.Gone = l.program(n.get("gone"), s.reply.with("item"), expr.Bool)
	c.Find = l.selection(n.get("find"), s.asked)
	c.Lag = l.duration(n.get("lag"), "lag")
	if k := n.get("key"); k != nil && l.text(k, "key") != "" {
		c.Key = l.fieldPath(k)
	}
}

// pathOf reads the values of path parameters.
func (l *loader) pathOf(c *Call, n *node, s seat) map[string]*expr.Data {
	if n.shape != mapping {
		l.mistake(n, "write {id: p-100}", "path must be a map, not %s", n.shape)
		return nil
	}
	out := map[string]*expr.Data{}
	for _, p := range n.pairs {
		if c.Address != nil && !slices.Contains(c.Address.Params(), p.key.text) {
			l.mistake(p.key, didYouMean(p.key.text, c.Address.Params())+"the address has "+sentence(c.Address.Params()),
				"%s %s has no parameter %s", c.Method, c.Template, quote(p.key.text))
			continue
		}
		if d := l.data(p.value, s.asked); d != nil {
			out[p.key.text] = d
		}
	}
	return out
}

// headers reads headers. Their names are kept in lower case, so that a case
// merges over its base whatever the spelling.
func (l *loader) headers(n *node, s scope) *expr.Data {
	if n == nil || n.shape != mapping {
		return l.dataMap(n, s, "headers")
	}
	lower := *n
	lower.pairs = nil
	seen := map[string]bool{}
	for _, p := range n.pairs {
		k := *p.key
		k.text = strings.ToLower(k.text)
		if seen[k.text] {
			l.mistake(p.key, "names of headers are the same in any case", "header %s stands twice", quote(p.key.text))
		}
		seen[k.text] = true
		lower.pairs = append(lower.pairs, pair{&k, p.value})
	}
	return l.data(&lower, s)
}

var (
	methods     = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"}
	methodAndTo = regexp.MustCompile(`^([A-Za-z]+)( +)(\S.*)$`)
)

const callHint = "a call is an operationId of the OpenAPI document, or METHOD /path, as in POST /reviews/{review.id}/publish"

// address reads the text of a call.
func (l *loader) address(c *Call, n *node, s seat) {
	c.Text = l.text(n, "call")
	if c.Text == "" {
		return
	}
	m := methodAndTo.FindStringSubmatch(c.Text)
	switch {
	case m == nil && strings.HasPrefix(c.Text, "/"), m == nil && strings.Contains(c.Text, "://"):
		l.mistake(n, callHint, "the call has no method")
	case m == nil:
		l.operation(c, n, s)
	case !slices.Contains(methods, m[1]):
		l.mistake(n, didYouMean(m[1], methods)+"methods are "+sentence(methods)+", in capitals", "%s is no method", quote(m[1]))
	default:
		c.Method, c.Template = m[1], m[3]
		l.parseAddress(c, n, len(m[1])+len(m[2]), s)
		if op := l.provider.Document.Find(c.Method, c.Template); op != nil {
			c.Media = op.Media
		}
	}
}

// parseAddress compiles the path of a call, which starts at an offset of the
// node's text.
func (l *loader) parseAddress(c *Call, n *node, offset int, s seat) {
	if l.leaks(n) {
		return
	}
	if !strings.HasPrefix(c.Template, "/") && !strings.HasPrefix(c.Template, "${target.") && !strings.HasPrefix(c.Template, "${account.") {
		l.mistakeAt(n, n.at(offset), len(c.Template), "write /path, or ${target.site}/path with the host in vars of polygraph.yaml",
			"an address starts with / or ${target.…}; a host stands in polygraph.yaml only")
		return
	}
	a, err := expr.ParseAddress(c.Template, s.asked.names)
	if err != nil {
		l.misexpressed(n, offset, err, false)
		return
	}
	l.members(n, s.asked, a.Refs())
	c.Address = a
}

// operation resolves an operationId.
func (l *loader) operation(c *Call, n *node, s seat) {
	d := l.provider.Document
	if d == nil {
		if !l.documentBroken {
			l.mistake(n, "name the document in provider.yaml (openapi: ./openapi.yaml), or write the call as METHOD /path",
				"%s is read as an operationId, and the provider has no OpenAPI document", quote(c.Text))
		}
		return
	}
	op := d.Operation(c.Text)
	if op == nil {
		l.mistake(n, didYouMean(c.Text, d.ids())+callHint, "the OpenAPI document has no operation %s", quote(c.Text))
		return
	}
	c.Operation, c.Method, c.Template, c.Media = op.ID, op.Method, op.Template, op.Media
	if !strings.HasPrefix(op.Template, "/") {
		l.mistake(n, "a host stands in polygraph.yaml only", "the path of %s in the OpenAPI document does not start with /", op.ID)
		return
	}
	a, err := expr.ParseAddress(op.Template, s.asked.names)
	if err != nil {
		l.mistake(n, "write the call as METHOD /path", "the path of %s cannot be read: %s", op.ID, err)
		return
	}
	c.Address = a
}

// unbound works out which parameter of the address is the identity of the
// thing, and reports those that nothing gives a value.
func (l *loader) unbound(c *Call, n *node, s seat) {
	if c.Address == nil {
		return
	}
	var open []string
	for _, p := range c.Address.Params() {
		switch {
		case c.Path[p] != nil, slices.Contains(l.allVars, p):
		case p == "key" && s.key:
			c.Identity = p
		case p == "key" && c.Operation == "":
			l.mistake(n, l.bindHint(p, s), "nothing gives the path parameter %s a value", quote(p))
		default:
			open = append(open, p)
		}
	}
	if len(open) == 0 {
		return
	}
	if c.Operation != "" && c.Identity == "" && s.keyed {
		// Without polygraph.yaml its vars are unknown: the last is taken, since
		// paths end in what they name.
		c.Identity = open[len(open)-1]
		open = open[:len(open)-1]
	}
	if !l.hasTargets {
		return
	}
	for _, p := range open {
		l.mistake(n, l.bindHint(p, s), "nothing gives the path parameter %s a value", quote(p))
	}
}

func (l *loader) bindHint(p string, s seat) string {
	hint := "bind it with path: {" + p + ": \"${thing.id}\"}, or in vars of the provider, a target or an account"
	if p == "key" {
		hint = "{key} is for the calls of a resource; in a contract name the thing, as in {review.id}"
	}
	if guess := suggest(p, s.asked.names); guess != "" {
		hint = fmt.Sprintf("did you mean {%s.id}? %s", guess, hint)
	}
	return hint
}

// roles reads `as` and reports a role that no target has.
func (l *loader) roles(n *node) []string {
	nodes := l.words(n, "as")
	for _, r := range nodes {
		if !l.hasTargets || slices.Contains([]string{"me", "other", "nobody"}, r.text) {
			continue
		}
		known := map[string]bool{"me": true, "other": true, "nobody": true}
		for _, t := range l.candidates() {
			for role := range t.Roles {
				known[role] = true
			}
		}
		if !known[r.text] {
			names := slices.Sorted(maps.Keys(known))
			l.mistake(r, didYouMean(r.text, names)+"roles are "+sentence(names)+"; a target maps further ones to accounts with roles: {"+r.text+": ACCOUNT}",
				"no target has a role %s", quote(r.text))
		}
	}
	return texts(nodes)
}

// over merges what a case or given thing writes over a call.
func (l *loader) over(base *Call, n *node, s seat) *Call {
	c, _ := l.change(base, n, s)
	return c
}

// change is over, and beside it what the block itself writes of path, query, headers,
// body and as.
func (l *loader) change(base *Call, n *node, s seat) (*Call, *Call) {
	c := *base
	c.Pos = n.pos
	if at := n.get("call"); at != nil {
		c.Operation, c.Address, c.Template, c.Media, c.Identity = "", nil, "", "", ""
		l.address(&c, at, s)
	}
	var own Call
	own.Method, own.Template, own.Address = c.Method, c.Template, c.Address
	l.request(&own, n, s)
	if own.Path != nil {
		c.Path = maps.Clone(base.Path)
		if c.Path == nil {
			c.Path = map[string]*expr.Data{}
		}
		maps.Copy(c.Path, own.Path)
	}
	c.Query = merged(base.Query, own.Query)
	c.Headers = merged(base.Headers, own.Headers)
	c.Body = merged(base.Body, own.Body)
	if own.As != nil {
		c.As = own.As
	}
	c.takeReading(&own)
	at := n.get("call")
	if at == nil {
		at = n
	}
	if n.get("call") != nil {
		l.unbound(&c, at, s)
	}
	return &c, &own
}

func merged(base, patch *expr.Data) *expr.Data {
	switch {
	case patch == nil:
		return base
	case base == nil:
		return patch
	}
	return base.Merge(patch)
}

// takeReading takes over what another call writes about its reply.
func (c *Call) takeReading(o *Call) {
	for _, p := range []struct{ to, from **expr.Program }{
		{&c.ID, &o.ID}, {&c.Item, &o.Item}, {&c.Items, &o.Items}, {&c.Next, &o.Next}, {&c.Sent, &o.Sent}, {&c.Gone, &o.Gone},
	} {
		if *p.from != nil {
			*p.to = *p.from
		}
	}
	if o.Find != nil {
		c.Find = o.Find
	}
	if o.Key != nil {
		c.Key = o.Key
	}
	if o.Lag != nil {
		c.Lag = o.Lag
	}
}

// Name is the operationId, or METHOD /path as the author wrote it.
func (c *Call) Name() string {
	if c.Operation != "" {
		return c.Operation
	}
	return c.Method + " " + c.Template
}

// refs are the access paths of everything that the call sends or reads by.
func (c *Call) refs() [][]string {
	if c == nil {
		return nil
	}
	var out [][]string
	if c.Find != nil {
		out = append(out, c.Find.Refs()...)
	}
	if c.Address != nil {
		out = append(out, c.Address.Refs()...)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Path)) {
		out = append(out, c.Path[name].Refs()...)
	}
	for _, d := range []*expr.Data{c.Query, c.Headers, c.Body} {
		if d != nil {
			out = append(out, d.Refs()...)
		}
	}
	for _, p := range []*expr.Program{c.Item, c.Items, c.Next} {
		if p != nil {
			out = append(out, p.Refs()...)
		}
	}
	return out
}

// names tells whether the call names a variable.
func (c *Call) names(variable string) bool {
	return slices.ContainsFunc(c.refs(), func(ref []string) bool { return len(ref) > 0 && ref[0] == variable })
}
