package contracts

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// A property is what a schema says of one path.
type property struct {
	path   []string
	schema *openapi3.Schema
}

// maxSchemaDepth bounds the walk: schemas refer to themselves.
const (
	maxSchemaDepth = 6
	maxProperties  = 2000
)

// properties lists the properties of a schema by path, through lists without an
// index and through allOf. It stops at what is under way already.
func properties(s *openapi3.SchemaRef) []property {
	w := schemaWalk{}
	w.visit(s, nil)
	return w.found
}

type schemaWalk struct {
	found []property
	trail []*openapi3.Schema
}

func (w *schemaWalk) visit(ref *openapi3.SchemaRef, path []string) {
	if ref == nil || ref.Value == nil || len(w.trail) > 2*maxSchemaDepth || len(path) > maxSchemaDepth ||
		len(w.found) > maxProperties || slices.Contains(w.trail, ref.Value) {
		return
	}
	w.trail = append(w.trail, ref.Value)
	defer func() { w.trail = w.trail[:len(w.trail)-1] }()
	for _, part := range ref.Value.AllOf {
		w.visit(part, path)
	}
	w.visit(ref.Value.Items, path)
	names := make([]string, 0, len(ref.Value.Properties))
	for name := range ref.Value.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p := ref.Value.Properties[name]
		// A name with a dot cannot be told from a path.
		if p == nil || p.Value == nil || strings.Contains(name, ".") {
			continue
		}
		at := append(slices.Clone(path), name)
		w.found = append(w.found, property{at, p.Value})
		w.visit(p, at)
	}
}

// within gives the schema at a path, or nil. A number is an index of a list.
func within(ref *openapi3.SchemaRef, path []string) *openapi3.SchemaRef {
	for range maxSchemaDepth {
		if ref == nil || ref.Value == nil {
			return nil
		}
		if len(path) == 0 {
			return ref
		}
		if next := propertyOf(ref, path[0], 0); next != nil {
			ref, path = next, path[1:]
			continue
		}
		return nil
	}
	return nil
}

func propertyOf(ref *openapi3.SchemaRef, name string, depth int) *openapi3.SchemaRef {
	if ref == nil || ref.Value == nil || depth > maxSchemaDepth {
		return nil
	}
	if p := ref.Value.Properties[name]; p != nil {
		return p
	}
	for _, part := range ref.Value.AllOf {
		if p := propertyOf(part, name, depth+1); p != nil {
			return p
		}
	}
	return nil
}

// inferFields adds to a resource what the OpenAPI document says of its
// properties. What is written wins.
func (l *loader) inferFields(r *Resource) {
	if l.provider.Document == nil {
		return
	}
	asked, shown := l.askedSchemas(r), l.shownSchema(r)
	var read []property
	if shown != nil {
		read = properties(shown)
	}
	inferred := map[string]*Field{}
	var order []string
	add := func(p property) *Field {
		key := strings.Join(p.path, ".")
		if inferred[key] == nil {
			inferred[key] = &Field{Pos: r.Pos, Path: p.path, Default: expr.Absent, Inferred: true}
			order = append(order, key)
		}
		f := inferred[key]
		f.learn(p.schema)
		return f
	}
	for _, p := range read {
		add(p)
	}
	for _, s := range asked {
		for _, p := range properties(s) {
			f := add(p)
			f.Unshown = len(read) > 0 && !open(shown, p.path)
		}
	}
	slices.Sort(order)
	for _, key := range order {
		f := inferred[key]
		written := slices.ContainsFunc(r.Fields, func(w Field) bool { return slices.Equal(w.Path, f.Path) })
		if !written && (f.Mask != Exact || f.Unshown || f.Default != any(expr.Absent)) {
			r.Fields = append(r.Fields, *f)
		}
	}
	l.inheritDefaults(r, inferred)
}

// inheritDefaults gives written fields the default that OpenAPI has for them.
func (l *loader) inheritDefaults(r *Resource, inferred map[string]*Field) {
	for i := range r.Fields {
		w := &r.Fields[i]
		if f := inferred[strings.Join(w.Path, ".")]; f != nil && !w.Inferred {
			w.Default = f.Default
		}
	}
}

// learn takes over what one schema says. A property that is read-only in the
// reply keeps that, whatever the request says.
func (f *Field) learn(s *openapi3.Schema) {
	switch {
	case s.ReadOnly:
		f.Mask = MustExist
	case f.Mask == MustExist:
	case s.WriteOnly:
		f.Mask = Unread
	case f.Mask == Exact && s.Format == "date-time":
		f.Mask = Time
	}
	if s.Default != nil && f.Default == any(expr.Absent) {
		f.Default = jsonLike(s.Default)
	}
}

// jsonLike turns a default into a JSON value with exact numbers.
func jsonLike(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return expr.Absent
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var out any
	if d.Decode(&out) != nil {
		return expr.Absent
	}
	return out
}

// open tells whether the reply's schema has the path, or cannot say that it has
// not: it has variants, or no properties where the path goes on.
func open(ref *openapi3.SchemaRef, path []string) bool {
	for depth := 0; depth <= maxSchemaDepth; depth++ {
		if ref == nil || ref.Value == nil || len(path) == 0 {
			return true
		}
		s := ref.Value
		if s.Items != nil {
			ref = s.Items
			continue
		}
		if next := propertyOf(ref, path[0], 0); next != nil {
			ref, path = next, path[1:]
			continue
		}
		extra := s.AdditionalProperties
		return len(s.OneOf) > 0 || len(s.AnyOf) > 0 || extra.Has != nil && *extra.Has || extra.Schema != nil ||
			len(s.Properties) == 0 && len(s.AllOf) == 0
	}
	return true
}

// askedSchemas are the schemas of what is sent to make or change a thing.
func (l *loader) askedSchemas(r *Resource) []*openapi3.SchemaRef {
	var out []*openapi3.SchemaRef
	take := func(op *Operation, sent *expr.Program) {
		if op == nil || op.raw.RequestBody == nil || op.raw.RequestBody.Value == nil {
			return
		}
		m := op.raw.RequestBody.Value.Content[op.Media]
		path, ok := staticPath(sent, "request")
		if m == nil || !ok {
			return
		}
		if s := within(m.Schema, path); s != nil {
			out = append(out, s)
		}
	}
	if r.Make != nil {
		sent := r.Sent
		if r.Make.Sent != nil {
			sent = r.Make.Sent
		}
		take(l.operationOf(r.Make), sent)
	}
	if op := l.operationOf(r.Read); op != nil {
		for _, method := range []string{"PATCH", "PUT"} {
			take(l.provider.Document.Find(method, op.Template), r.Sent)
		}
	}
	return out
}

// shownSchema is the schema of the thing in the reply of its read, or nil.
func (l *loader) shownSchema(r *Resource) *openapi3.SchemaRef {
	op := l.operationOf(r.Read)
	if op == nil || r.Read.Items != nil || r.Items != nil && r.Item == nil && r.Read.Item == nil && r.List == nil {
		return nil
	}
	item := r.Item
	if r.Read.Item != nil {
		item = r.Read.Item
	}
	path, ok := staticPath(item, "response")
	if !ok {
		return nil
	}
	return within(op.reply("200"), path)
}

func (l *loader) operationOf(c *Call) *Operation {
	if c == nil {
		return nil
	}
	if c.Operation != "" {
		return l.provider.Document.Operation(c.Operation)
	}
	return l.provider.Document.Find(c.Method, c.Template)
}

// reply is the JSON schema of a reply: of this status, else of a class, else of
// the default.
func (op *Operation) reply(status string) *openapi3.SchemaRef {
	if op.raw.Responses == nil {
		return nil
	}
	for _, key := range []string{status, status[:1] + "XX", "default"} {
		ref := op.raw.Responses.Value(key)
		if ref == nil || ref.Value == nil {
			continue
		}
		for _, m := range sortedMedia(ref.Value.Content) {
			if strings.Contains(m, "json") && ref.Value.Content[m] != nil {
				return ref.Value.Content[m].Schema
			}
		}
	}
	return nil
}

func sortedMedia(c openapi3.Content) []string {
	var out []string
	for m := range c {
		out = append(out, m)
	}
	slices.Sort(out)
	return out
}

// staticPath is the path of an expression like response.body.issue below the
// body; false when it is more than a path. nil stands for the body itself.
func staticPath(p *expr.Program, variable string) ([]string, bool) {
	if p == nil {
		return nil, true
	}
	refs := p.Refs()
	if len(refs) != 1 || len(refs[0]) < 2 || refs[0][0] != variable || refs[0][1] != "body" || strings.Join(refs[0], ".") != strings.TrimSpace(p.Source()) {
		return nil, false
	}
	return refs[0][2:], true
}
