package contracts

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compileSchema(t *testing.T, kind string) *jsonschema.Schema {
	t.Helper()
	raw, err := Schema(kind)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("mem:"+kind, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:" + kind)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// keysOf gives the keys of every block by its name: what the schema must have.
func keysOf() map[string][]string {
	out := map[string][]string{}
	for _, b := range append(blocks(), providerBlock(), contractBlock(), targetsBlock()) {
		out[definitionName(b.name)] = slices.Sorted(slices.Values(b.names()))
	}
	return out
}

func TestSchemaHasTheKeysOfTheLoader(t *testing.T) {
	want := keysOf()
	seen := map[string]bool{}
	for _, kind := range SchemaKinds() {
		raw, err := Schema(kind)
		if err != nil {
			t.Fatal(err)
		}
		var s struct {
			Properties  map[string]any
			Definitions map[string]struct{ Properties map[string]any }
		}
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		compare := func(name string, properties map[string]any) {
			var got []string
			for k := range properties {
				got = append(got, k)
			}
			slices.Sort(got)
			if keys, ok := want[name]; ok {
				seen[name] = true
				if !slices.Equal(got, keys) {
					t.Errorf("%s: schema has %v, loader %v", name, got, keys)
				}
			}
		}
		compare(kind, s.Properties)
		for name, d := range s.Definitions {
			compare(name, d.Properties)
		}
	}
	for name := range want {
		if !seen[name] {
			t.Errorf("no schema has the block %s", name)
		}
	}
}

// TestLoaderKnowsTheKeysOfTheSchema gives each block one key that it does not
// have and reads in the hint which it has.
func TestLoaderKnowsTheKeysOfTheSchema(t *testing.T) {
	for _, b := range append(blocks(), providerBlock(), contractBlock(), targetsBlock()) {
		l := &loader{}
		f := &file{name: "x.yaml", lines: []string{"zzzzzzzzz: 1"}}
		roots := l.documents(f, []byte("zzzzzzzzz: 1\n"))
		if len(roots) != 1 {
			t.Fatal("did not parse")
		}
		b.needs = nil
		l.fields(roots[0], b, "")
		if len(l.mistakes) != 1 || !strings.Contains(l.mistakes[0].Hint, strings.Join(b.said(), ", ")) {
			t.Errorf("%s: %v", b.name, l.mistakes)
		}
	}
}

func TestSchemaAcceptsTheExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/examples/*/*.yaml")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, name := range files {
		t.Run(strings.TrimPrefix(name, "testdata/examples/"), func(t *testing.T) {
			kind := "provider"
			switch {
			case strings.HasSuffix(name, contractSuffix):
				kind = "contract"
			case filepath.Base(name) == targetsFile:
				kind = "targets"
			}
			s := compileSchema(t, kind)
			for _, n := range parseFile(t, name) {
				if err := s.Validate(asJSON(t, n.plain())); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func parseFile(t *testing.T, name string) []*node {
	t.Helper()
	l := &loader{files: os.DirFS(filepath.Dir(name))}
	_, roots := l.open(filepath.Base(name))
	if len(l.mistakes) > 0 || len(roots) == 0 {
		t.Fatalf("%d documents, %v", len(roots), l.mistakes)
	}
	return roots
}

// asJSON gives the value as the validator knows it.
func asJSON(t *testing.T, v any) any {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSchemaRefuses(t *testing.T) {
	for _, c := range []struct{ kind, text string }{
		{"provider", "polygraph: 1\nprovider: a\nresorces: {}\n"},
		{"provider", "polygraph: 2\nprovider: a\n"},
		{"provider", "polygraph: 1\nprovider: a\nresources: {r: {raed: GET /x}}\n"},
		{"provider", "polygraph: 1\nprovider: a\nresources: {r: {fields: {a: ignored}}}\n"},
		{"contract", "contract: a\ncall: GET /\nwithin: 5\n"},
		{"contract", "contract: a\ncall: GET /\nstatus: 42\n"},
		{"contract", "contract: a\ncall: GET /\nwithout: lostwrite\n"},
		{"contract", "contract: a\n"},
		{"targets", "targets: {a: {writes: sometimes}}\n"},
		{"targets", "targets: {a: {limits: {rate: 5}}}\n"},
	} {
		t.Run(c.text, func(t *testing.T) {
			l := &loader{}
			f := &file{name: "x.yaml", lines: strings.Split(c.text, "\n")}
			for _, n := range l.documents(f, []byte(c.text)) {
				if compileSchema(t, c.kind).Validate(asJSON(t, n.plain())) == nil {
					t.Error("accepted")
				}
			}
		})
	}
	if _, err := Schema("contracts"); err == nil {
		t.Error("there is a schema for a kind that does not exist")
	}
}
