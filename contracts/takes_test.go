package contracts

import (
	"slices"
	"testing"
)

// TestTakes lists what a request may have: nothing for a request without a body, or with
// one of which the document tells no fields.
func TestTakes(t *testing.T) {
	d := mustLoad(t, Options{}, "provider.yaml", `
polygraph: 1
provider: shop
openapi: ./openapi.yaml
resources:
  review: {make: createReview, read: getReview}
`, "openapi.yaml", `
openapi: 3.0.3
info: {title: reviews, version: "1"}
paths:
  /reviews:
    post:
      operationId: createReview
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [title, review]
              properties:
                title: {type: string}
                review: {type: object, properties: {stars: {type: integer, minimum: 1, maximum: 5}, note: {type: string}, mood: {enum: [sad, glad]}, at: {type: string, format: date-time}}}
                id: {type: string, readOnly: true}
                old: {type: string, deprecated: true}
      responses: {"201": {description: made}}
  /reviews/{id}:
    get: {operationId: getReview, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {"200": {description: ok}}}
    post:
      operationId: upload
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody: {content: {text/csv: {schema: {type: string}}}}
      responses: {"200": {description: ok}}
`).Provider.Document
	for _, row := range []struct {
		operation string
		behind    []string
		want      []string
	}{
		{"createReview", nil, []string{"review", "title"}},
		{"createReview", []string{"review"}, []string{"at", "mood", "note", "stars"}},
		{"getReview", nil, nil},
		{"upload", nil, nil},
		{"none of that name", nil, nil},
	} {
		if got := d.Operation(row.operation).Takes(row.behind); !slices.Equal(got, row.want) {
			t.Errorf("%s behind %v takes %v, want %v", row.operation, row.behind, got, row.want)
		}
	}

	for _, row := range []struct {
		name string
		want any // nil: it cannot be told
	}{
		{"stars", 5.0}, {"note", "Says ${unique}"}, {"mood", "glad"}, {"at", nil}, {"none", nil},
	} {
		if got, ok := d.Operation("createReview").Sample([]string{"review"}, row.name); got != row.want || ok != (row.want != nil) {
			t.Errorf("a sample of %s is %v, want %v", row.name, got, row.want)
		}
	}
	for _, row := range []struct {
		why          string
		operation    string
		behind, sent []string
		name         string
		value        any
		ok           bool
	}{
		{"what is required and sent is left out", "createReview", nil, []string{"title"}, "title", nil, true},
		{"what is required and not sent cannot be", "createReview", nil, nil, "", nil, false},
		{"where nothing is required a field gets what it cannot have", "createReview", []string{"review"}, []string{"note"}, "mood", "no such thing", true},
		{"without a body", "getReview", nil, nil, "", nil, false},
		{"without an operation", "none of that name", nil, nil, "", nil, false},
	} {
		name, value, ok := d.Operation(row.operation).Wrong(row.behind, row.sent)
		if name != row.name || value != row.value || ok != row.ok {
			t.Errorf("%s: %s is %v (%v), want %s, %v (%v)", row.why, name, value, ok, row.name, row.value, row.ok)
		}
	}
}
