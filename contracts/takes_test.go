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
              properties:
                title: {type: string}
                review: {type: object, properties: {stars: {type: integer}, note: {type: string}}}
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
		{"createReview", []string{"review"}, []string{"note", "stars"}},
		{"getReview", nil, nil},
		{"upload", nil, nil},
		{"none of that name", nil, nil},
	} {
		if got := d.Operation(row.operation).Takes(row.behind); !slices.Equal(got, row.want) {
			t.Errorf("%s behind %v takes %v, want %v", row.operation, row.behind, got, row.want)
		}
	}
}
