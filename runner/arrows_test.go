package runner

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// Ginkgo's flags, signals and process-wide tree are this package's business and
// nobody else's.
func TestOnlyTheRunnerImportsGinkgo(t *testing.T) {
	ours := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			if !strings.HasPrefix(strings.Trim(i.Path.Value, `"`), "github.com/onsi/ginkgo") {
				continue
			}
			if filepath.Dir(path) == filepath.Join("..", "runner") {
				ours++
				continue
			}
			t.Errorf("%s imports %s", path, i.Path.Value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if ours == 0 {
		t.Error("no import of Ginkgo found here: the walk is wrong")
	}
}
