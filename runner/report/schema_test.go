package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaOf compiles the JSON Schema in a file of testdata/schema, which says where it comes from.
func schemaOf(t testing.TB, file string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	schema, err := c.Compile(filepath.Join("testdata", "schema", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// follows wants a document to be JSON and to follow a schema.
func follows(t testing.TB, schema *jsonschema.Schema, text string) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("it is no JSON: %v\n%.2000s", err, text)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("it does not follow its schema: %v", err)
	}
}

// The schemas refuse what is none of theirs: else to follow them would prove nothing.
func TestSchemasRefuse(t *testing.T) {
	for file, wrong := range map[string]string{
		"ctrf.json":    `{"reportFormat": "CTRF", "specVersion": "0.0.0", "results": {"tool": {"name": "x"}, "tests": []}}`,
		"sarif.json":   `{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"message": {"text": "x"}, "level": "bad"}]}]}`,
		"har/har.json": `{"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [{"time": 1}]}}`,
	} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(wrong))
		if err != nil {
			t.Fatal(err)
		}
		if schemaOf(t, file).Validate(value) == nil {
			t.Errorf("%s takes %s", file, wrong)
		}
	}
	if _, err := os.Stat(filepath.Join("testdata", "schema", "README.md")); err != nil {
		t.Error(err)
	}
}
