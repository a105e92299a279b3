package contracts

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	yaml "go.yaml.in/yaml/v4"
)

// A Document is the provider's OpenAPI document, 2.0 converted to 3.0.
type Document struct {
	File       string // in the suite, with slashes
	operations []*Operation
	byID       map[string]*Operation
	replies    replySchemas
}

// An Operation is one method of one path of the document.
type Operation struct {
	ID       string // operationId; "" when it has none
	Method   string
	Template string // the path with its {parameters}
	Media    string // content type of the request; "" without a body
	Summary  string
	raw      *openapi3.Operation
}

// Operation gives the operation of an id, or nil. A nil document has none.
func (d *Document) Operation(id string) *Operation {
	if d == nil {
		return nil
	}
	return d.byID[id]
}

// Operations are all operations, by path and method.
func (d *Document) Operations() []*Operation {
	if d == nil {
		return nil
	}
	return d.operations
}

// Find gives the operation of a method and path, or nil. Parameters match
// whatever their name, and a fixed segment matches a parameter when no path has
// that segment itself.
func (d *Document) Find(method, address string) *Operation {
	if d == nil {
		return nil
	}
	address, _, _ = strings.Cut(address, "?")
	want := strings.Split(address, "/")
	var best *Operation
	exact := -1
	for _, op := range d.operations {
		if op.Method != method {
			continue
		}
		if n := alike(strings.Split(op.Template, "/"), want); n > exact {
			best, exact = op, n
		}
	}
	return best
}

// alike counts the segments of a path that are the same, or gives -1 when the
// path does not match.
func alike(template, want []string) int {
	if len(template) != len(want) {
		return -1
	}
	same := 0
	for i, t := range template {
		switch {
		case t == want[i]:
			same++
		case !strings.Contains(t, "{"):
			return -1
		}
	}
	return same
}

func (d *Document) ids() []string {
	var out []string
	for _, op := range d.operations {
		if op.ID != "" {
			out = append(out, op.ID)
		}
	}
	return out
}

// maxDocument bounds an OpenAPI document: large ones have some 10 MB.
const maxDocument = 32 << 20

// openDocument reads the document that `openapi` names.
func (l *loader) openDocument(n *node) {
	if n == nil {
		return
	}
	l.documentBroken = true
	if l.text(n, "openapi") == "" {
		return
	}
	file, ok := inside(n.text)
	if !ok {
		l.mistake(n, "put the document into the suite's folder", "openapi leaves the suite's folder")
		return
	}
	content, err := l.content(file, maxDocument)
	if err != nil {
		l.mistake(n, "", "%s: %s", file, err)
		return
	}
	root, err := l.parseDocument(file, content)
	if err != nil {
		l.mistake(n, "", "%s is no OpenAPI document: %s", file, oneLine(err))
		return
	}
	l.provider.Document = newDocument(file, root)
	l.provider.Schemes = schemes(root)
	l.documentBroken = false
}

// oneLine is an error of a library as it fits a message.
func oneLine(err error) string {
	s := strings.Join(strings.Fields(err.Error()), " ")
	if r := []rune(s); len(r) > 300 {
		return string(r[:300]) + "…"
	}
	return s
}

// parseDocument reads 2.0, 3.0 and 3.1. References to other files are followed
// within the suite's folder only, and never over the network.
func (l *loader) parseDocument(file string, content []byte) (root *openapi3.T, err error) {
	defer func() {
		// The library may panic on documents that nobody would write.
		if p := recover(); p != nil {
			root, err = nil, fmt.Errorf("cannot be understood: %v", p)
		}
	}()
	var version struct {
		OpenAPI string `yaml:"openapi"`
		Swagger string `yaml:"swagger"`
	}
	if err := yaml.Unmarshal(content, &version); err != nil {
		return nil, err
	}
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, u *url.URL) ([]byte, error) {
		name, ok := inside(u.Path)
		if u.Scheme != "" || u.Host != "" || !ok {
			return nil, fmt.Errorf("$ref %s leaves the suite's folder", u)
		}
		return l.content(name, maxDocument)
	}
	at := &url.URL{Path: path.Clean(file)}
	switch {
	case strings.HasPrefix(version.OpenAPI, "3."):
		return loader.LoadFromDataWithPath(content, at)
	case strings.HasPrefix(version.Swagger, "2."):
		return convert(loader, content, at)
	case version.OpenAPI == "" && version.Swagger == "":
		return nil, errors.New("it has neither `openapi: 3.…` nor `swagger: \"2.0\"`")
	}
	return nil, fmt.Errorf("version %s%s is not read, only 2.0, 3.0 and 3.1", version.OpenAPI, version.Swagger)
}

func convert(loader *openapi3.Loader, content []byte, at *url.URL) (*openapi3.T, error) {
	var old openapi2.T
	if err := decodeJSONOrYAML(content, &old); err != nil {
		return nil, err
	}
	return openapi2conv.ToV3WithLoader(&old, loader, at)
}

func newDocument(file string, root *openapi3.T) *Document {
	d := &Document{File: file, byID: map[string]*Operation{}}
	if root.Paths != nil {
		for template, item := range root.Paths.Map() {
			if item == nil {
				continue
			}
			for method, raw := range item.Operations() {
				op := &Operation{ID: raw.OperationID, Method: method, Template: template, Media: media(raw), Summary: raw.Summary, raw: raw}
				d.operations = append(d.operations, op)
			}
		}
	}
	slices.SortFunc(d.operations, func(a, b *Operation) int {
		return cmp.Or(cmp.Compare(a.Template, b.Template), cmp.Compare(a.Method, b.Method))
	})
	for _, op := range d.operations {
		if op.ID != "" && d.byID[op.ID] == nil {
			d.byID[op.ID] = op
		}
	}
	return d
}

// media is the content type of a request: JSON if the operation takes it, else
// the first in the alphabet.
func media(op *openapi3.Operation) string {
	if op.RequestBody == nil || op.RequestBody.Value == nil {
		return ""
	}
	var types []string
	for t := range op.RequestBody.Value.Content {
		types = append(types, t)
	}
	slices.Sort(types)
	for _, t := range types {
		if strings.HasPrefix(t, "application/json") {
			return t
		}
	}
	if len(types) == 0 {
		return ""
	}
	return types[0]
}

// schemes are the document's security schemes as credentials travel by them.
func schemes(root *openapi3.T) []Scheme {
	if root.Components == nil {
		return nil
	}
	var out []Scheme
	for name, ref := range root.Components.SecuritySchemes {
		if ref == nil || ref.Value == nil {
			continue
		}
		if s, ok := scheme(name, ref.Value); ok {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Scheme) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func scheme(name string, s *openapi3.SecurityScheme) (Scheme, bool) {
	out := Scheme{Name: name}
	switch s.Type {
	case "http":
		out.Kind = strings.ToLower(s.Scheme)
		return out, out.Kind == "bearer" || out.Kind == "basic"
	case "apiKey":
		out.Kind, out.Param = s.In, s.Name
		return out, true
	case "mutualTLS":
		out.Kind = "mtls"
		return out, true
	case "openIdConnect":
		out.Kind = "bearer"
		return out, true
	case "oauth2":
		out.Kind = "bearer"
		if s.Flows != nil && s.Flows.ClientCredentials != nil {
			out.Kind, out.TokenURL = "oauth2", s.Flows.ClientCredentials.TokenURL
			for scope := range s.Flows.ClientCredentials.Scopes {
				out.Scopes = append(out.Scopes, scope)
			}
			slices.Sort(out.Scopes)
		}
		return out, true
	}
	return Scheme{}, false
}

// decodeJSONOrYAML reads a 2.0 document, whose library knows JSON only.
func decodeJSONOrYAML(content []byte, to *openapi2.T) error {
	var tree any
	if err := yaml.Unmarshal(content, &tree); err != nil {
		return err
	}
	raw, err := json.Marshal(tree)
	if err != nil {
		return err
	}
	return to.UnmarshalJSON(raw)
}
