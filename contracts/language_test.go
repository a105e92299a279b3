package contracts

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
)

// A docBlock is a YAML block of LANGUAGE.md. Its info string is the kind of file
// (provider, contract, targets, openapi), `part` for a provider without its first
// two lines, and `fails:` with the message that it must give.
type docBlock struct {
	kind  string
	part  bool
	fails string
	text  string
}

var fence = regexp.MustCompile("(?s)```yaml ([^\n]*)\n(.*?)```")

func docBlocks(t *testing.T) (page string, blocks []docBlock) {
	t.Helper()
	raw, err := os.ReadFile("LANGUAGE.md")
	if err != nil {
		t.Fatal(err)
	}
	page = string(raw)
	for _, m := range fence.FindAllStringSubmatch(page, -1) {
		head, fails, _ := strings.Cut(m[1], "fails: ")
		words := strings.Fields(head)
		blocks = append(blocks, docBlock{kind: words[0], part: len(words) > 1 && words[1] == "part", fails: fails, text: m[2]})
	}
	if strings.Count(page, "```yaml") != len(blocks) || len(blocks) < 15 {
		t.Fatalf("%d blocks", len(blocks))
	}
	return page, blocks
}

// TestReferenceLoads loads every block of the reference, contracts with its first
// provider, its targets and its OpenAPI document.
func TestReferenceLoads(t *testing.T) {
	_, blocks := docBlocks(t)
	first := func(kind string) string {
		for _, b := range blocks {
			if b.kind == kind {
				return b.text
			}
		}
		t.Fatalf("no block %s", kind)
		return ""
	}
	for _, b := range blocks {
		name, _, _ := strings.Cut(b.text, "\n")
		t.Run(b.kind+" "+name, func(t *testing.T) {
			files := map[string]string{providerFile: first("provider"), "openapi.yaml": first("openapi"), targetsFile: first("targets")}
			switch {
			case b.part:
				files = map[string]string{providerFile: "polygraph: 1\nprovider: part\n" + b.text}
			case b.kind == "provider":
				files[providerFile] = b.text
			case b.kind == "contract":
				files["a"+contractSuffix] = b.text
			case b.kind == "targets":
				files[targetsFile] = b.text
			}
			var list []string
			for n, text := range files {
				list = append(list, n, text)
			}
			_, err := LoadFS(suiteOf(list...), Options{})
			if b.fails == "" {
				if err != nil {
					t.Errorf("\n%v", err)
				}
				b.fitsSchema(t)
				return
			}
			var m Mistakes
			if !errors.As(err, &m) || len(m) != 1 || m[0].Message != b.fails {
				t.Errorf("got\n%v\nwant %s", err, b.fails)
			}
		})
	}
}

// fitsSchema checks a block that loads against the schema of its kind.
func (b docBlock) fitsSchema(t *testing.T) {
	if b.kind == "openapi" {
		return
	}
	text := b.text
	if b.part {
		text = "polygraph: 1\nprovider: part\n" + text
	}
	l := &loader{}
	for _, n := range l.documents(&file{name: "x.yaml", lines: strings.Split(text, "\n")}, []byte(text)) {
		if err := compileSchema(t, b.kind).Validate(asJSON(t, n.plain())); err != nil {
			t.Error(err)
		}
	}
}

// TestReferenceHasEveryKey compares the reference with the table of keys.
func TestReferenceHasEveryKey(t *testing.T) {
	page, _ := docBlocks(t)
	prose := fence.ReplaceAllString(page, "")
	for _, b := range append(blocks(), providerBlock(), contractBlock(), targetsBlock()) {
		for _, k := range b.names() {
			if !strings.Contains(prose, "`"+k+"`") {
				t.Errorf("the reference does not explain %q of %s", k, b.noun)
			}
		}
	}
	for _, m := range maskWords {
		if !strings.Contains(prose, "`"+m+"`") {
			t.Errorf("the reference does not explain the mask %q", m)
		}
	}
}
