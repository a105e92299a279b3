package contracts

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// suiteOf makes a suite of files given as name, content, name, content, ….
func suiteOf(files ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for i := 0; i+1 < len(files); i += 2 {
		out[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return out
}

func mustLoad(t *testing.T, o Options, files ...string) *Suite {
	t.Helper()
	s, err := LoadFS(suiteOf(files...), o)
	if err != nil {
		t.Fatalf("\n%v", err)
	}
	return s
}

const reviewsDocument = `
openapi: VERSION
info: {title: reviews, version: "1"}
paths:
  /reviews:
    post:
      operationId: createReview
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/NewReview"}}, text/csv: {schema: {type: string}}}}
      responses: {"201": {description: made}}
  /reviews/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getReview
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "SCHEMAS#/Review"}}}}}
    patch:
      operationId: editReview
      requestBody: {content: {application/merge-patch+json: {schema: {type: object, properties: {note: {type: string}}}}}}
      responses: {"200": {description: ok}}
  /reviews/latest:
    get: {operationId: latestReview, responses: {"200": {description: ok}}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Api-Key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: "https://x.example/token", scopes: {b: "", a: ""}}}}
    token: {type: http, scheme: Bearer}
    digest: {type: http, scheme: digest}
  schemas:
    NewReview:
      type: object
      properties:
        title: {type: string}
        password: {type: string, writeOnly: true}
        secret: {type: string}
        stars: {type: integer, default: 3}
        due: {type: string, format: date-time}
`

const reviewSchema = `
Review:
  type: object
  required: [id]
  properties:
    id: {type: string, readOnly: true}
    title: {type: string}
    stars: {type: integer, default: 3}
    due: {type: string, format: date-time}
    parent: {$ref: "#/Review"}
    lines: {type: array, items: {type: object, properties: {at: {type: string, format: date-time}}}}
`

const reviewsProvider = `
polygraph: 1
provider: shop
openapi: ./openapi.yaml
resources:
  review:
    make: createReview
    read: getReview
    fields: {due: ignore, title: text}
`

func loadDocument(t *testing.T, version string) *Suite {
	t.Helper()
	d := strings.NewReplacer("VERSION", version, "SCHEMAS", "./schemas.yaml").Replace(reviewsDocument)
	return mustLoad(t, Options{}, "provider.yaml", reviewsProvider, "openapi.yaml", d, "schemas.yaml", reviewSchema)
}

func TestDocumentVersions(t *testing.T) {
	for _, version := range []string{"3.0.3", "3.1.0"} {
		t.Run(version, func(t *testing.T) {
			r := loadDocument(t, version).Provider.Resource("review")
			if r.Read.Method != "GET" || r.Read.Template != "/reviews/{id}" || r.Read.Identity != "id" {
				t.Errorf("read is %s %s, identity %q", r.Read.Method, r.Read.Template, r.Read.Identity)
			}
			if r.Make.Media != "application/json" {
				t.Errorf("make sends %q", r.Make.Media)
			}
		})
	}
}

func TestDocumentOfVersion2(t *testing.T) {
	s := mustLoad(t, Options{}, "provider.yaml", strings.ReplaceAll(reviewsProvider, "make: createReview", "make: {call: createReview}"), "openapi.yaml", `
swagger: "2.0"
info: {title: reviews, version: "1"}
consumes: [application/x-www-form-urlencoded]
securityDefinitions: {login: {type: basic}}
paths:
  /reviews:
    post: {operationId: createReview, parameters: [{name: title, in: formData, type: string}], responses: {"201": {description: made}}}
  /reviews/{id}:
    get: {operationId: getReview, parameters: [{name: id, in: path, required: true, type: string}], responses: {"200": {description: ok}}}
`)
	if got := s.Provider.Schemes; len(got) != 1 || got[0].Kind != "basic" {
		t.Errorf("schemes %+v", got)
	}
	if got := s.Provider.Document.Operation("createReview").Media; got != "application/x-www-form-urlencoded" {
		t.Errorf("media %q", got)
	}
}

func TestSchemesOfDocument(t *testing.T) {
	got := loadDocument(t, "3.0.3").Provider.Schemes
	want := []Scheme{
		{Name: "key", Kind: "header", Param: "X-Api-Key"},
		{Name: "oauth", Kind: "oauth2", TokenURL: "https://x.example/token", Scopes: []string{"a", "b"}},
		{Name: "token", Kind: "bearer"},
	}
	if !slices.EqualFunc(got, want, func(a, b Scheme) bool {
		return a.Name == b.Name && a.Kind == b.Kind && a.Param == b.Param && a.TokenURL == b.TokenURL && slices.Equal(a.Scopes, b.Scopes)
	}) {
		t.Errorf("got %+v", got)
	}
}

func TestFieldsFromDocument(t *testing.T) {
	r := loadDocument(t, "3.0.3").Provider.Resource("review")
	find := func(path string) *Field {
		for i := range r.Fields {
			if strings.Join(r.Fields[i].Path, ".") == path {
				return &r.Fields[i]
			}
		}
		return &Field{Default: expr.Absent}
	}
	for _, c := range []struct {
		path     string
		mask     Mask
		inferred bool
		unshown  bool
		value    any
	}{
		{"id", MustExist, true, false, expr.Absent},
		{"password", Unread, true, true, expr.Absent},
		{"secret", Exact, true, true, expr.Absent},
		{"stars", Exact, true, false, json.Number("3")},
		{"due", Ignore, false, false, expr.Absent},
		{"title", Text, false, false, expr.Absent},
		{"lines.at", Time, true, false, expr.Absent},
		{"note", Exact, true, true, expr.Absent},
		{"parent", Exact, false, false, expr.Absent},
	} {
		f := find(c.path)
		if f.Mask != c.mask || f.Inferred != c.inferred || f.Unshown != c.unshown || f.Default != c.value {
			t.Errorf("%s: %+v", c.path, *f)
		}
	}
}

func TestFind(t *testing.T) {
	d := loadDocument(t, "3.0.3").Provider.Document
	for _, c := range []struct{ method, address, id string }{
		{"GET", "/reviews/{review.id}", "getReview"},
		{"GET", "/reviews/8841", "getReview"},
		{"GET", "/reviews/latest", "latestReview"},
		{"GET", "/reviews/8841?full=1", "getReview"},
		{"DELETE", "/reviews/8841", ""},
		{"GET", "/reviews", ""},
		{"GET", "/shops/1", ""},
	} {
		id := ""
		if op := d.Find(c.method, c.address); op != nil {
			id = op.ID
		}
		if id != c.id {
			t.Errorf("%s %s: %q, want %q", c.method, c.address, id, c.id)
		}
	}
	var none *Document
	if none.Find("GET", "/") != nil || none.Operation("x") != nil || none.Operations() != nil {
		t.Error("no document has operations")
	}
}

func TestMismatch(t *testing.T) {
	for _, version := range []string{"3.0.3", "3.1.0"} {
		d := loadDocument(t, version).Provider.Document
		op := d.Operation("getReview")
		for _, c := range []struct {
			name   string
			status int
			kind   string
			body   any
			want   string
		}{
			{"as documented", 200, "application/json; charset=utf-8", map[string]any{"id": "1", "stars": json.Number("4")}, ""},
			{"a number as text", 200, "application/json", map[string]any{"id": "1", "stars": "4"}, "stars"},
			{"a field is missing", 200, "application/json", map[string]any{}, "id"},
			{"another type", 200, "text/html", "<p>", ""},
			{"a status of its own", 418, "application/json", nil, "does not document status 418"},
		} {
			t.Run(version+" "+c.name, func(t *testing.T) {
				got := d.Mismatch(op, c.status, c.kind, c.body)
				if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		}
	}
}

// TestIdentity: with an operationId, the parameter that nothing binds is the
// identity of the thing that the sentence names.
func TestIdentity(t *testing.T) {
	document := strings.NewReplacer("VERSION", "3.0.3", "SCHEMAS", "./schemas.yaml").Replace(reviewsDocument)
	load := func(contract string) (*Suite, error) {
		return LoadFS(suiteOf("provider.yaml", reviewsProvider, "openapi.yaml", document, "schemas.yaml", reviewSchema,
			"polygraph.yaml", "targets: {a: {server: http://127.0.0.1, vars: {shop: 7}}}\n", "a.contract.yaml", "contract: one\n"+contract), Options{})
	}
	for _, c := range []struct{ name, contract, identity, wrong string }{
		{"of a given thing", "given: review\ncall: editReview\nbody: {title: a}\nupdates: review\n", "id", ""},
		{"bound by path", "given: review\ncall: editReview\npath: {id: '${review.id}'}\nbody: {title: a}\nupdates: review\n", "", ""},
		{"no thing is named", "call: getReview\n", "", `nothing gives the path parameter "id" a value`},
		{"what is made has none yet", "call: editReview\nbody: {title: a}\ncreates: review\n", "", `nothing gives the path parameter "id" a value`},
		{"in a clean-up of what is made", "call: createReview\ncreates: review\ncleanup: {call: editReview, body: {title: gone}}\n", "", ""},
		{"METHOD /path binds nothing by itself", "given: review\ncall: 'PATCH /reviews/{id}'\nbody: {title: a}\nupdates: review\n", "", `nothing gives the path parameter "id" a value`},
		{"a var of the target", "given: review\ncall: 'PATCH /shops/{shop}/reviews/{review.id}'\nbody: {title: a}\nupdates: review\n", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := load(c.contract)
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Fatalf("got %v, want %s", err, c.wrong)
				}
				return
			}
			if err != nil {
				t.Fatalf("\n%v", err)
			}
			if got := s.Contracts[0].Act.Identity; got != c.identity {
				t.Errorf("identity %q, want %q", got, c.identity)
			}
		})
	}
}
