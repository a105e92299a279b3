package runner

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/polygraph-dev/polygraph/"

// arrows are the folders of the house, and what of ours each may import. They all
// end at the vocabulary: cmd → runner → report, history → engine → wire, journal,
// verdict → contracts → expr; diagnosis stands between report and engine. A sandbox is nobody's part: only cmd and tests start one.
var arrows = map[string][]string{
	"contracts/expr":     {},
	"contracts":          {"contracts/expr"},
	"fixtures/floor":     {},
	"fixtures/parrot":    {},
	"fixtures/exam":      {"fixtures/reviewhub"},
	"fixtures/incidents": {"fixtures/reviewhub"},
	"fixtures/reviewhub": {},
	"fixtures/hostile":   {},
	"fixtures/liar":      {},
	"fixtures/pgserver":  {},
	"runner/wire":        {},
	"runner/inbox":       {"runner/wire"},
	"runner/verdict":     {"contracts", "contracts/expr"},
	"runner/lock":        {},
	"runner/journal":     {"runner/lock"},
	"runner/budget":      {"runner/lock"},
	"runner/engine":      {"contracts", "contracts/expr", "runner/inbox", "runner/journal", "runner/budget", "runner/verdict", "runner/wire"},
	"runner/comparison":  {"runner/verdict", "runner/wire", "runner/engine"},
	"runner/history":     {"contracts", "contracts/expr", "runner/verdict", "runner/wire", "runner/engine", "runner/comparison"},
	"runner/diagnosis":   {"runner/verdict", "runner/wire", "runner/engine"},
	"runner/onboarding":  {"contracts", "runner/verdict", "runner/engine"},
	"runner/report":      {"runner/onboarding", "contracts", "contracts/expr", "runner/verdict", "runner/wire", "runner/engine", "runner/history", "runner/comparison", "runner/diagnosis"},
	"runner":             {"contracts", "contracts/expr", "runner/verdict", "runner/wire", "runner/engine", "runner/history", "runner/diagnosis", "runner/report", "runner/journal", "runner/budget"},
	"cmd/polygraph": {"runner/onboarding", "contracts", "contracts/expr", "runner/verdict", "runner/wire", "runner/engine", "runner/history", "runner/diagnosis", "runner/report",
		"runner", "runner/comparison", "runner/journal", "runner/budget", "fixtures/reviewhub", "fixtures/floor", "fixtures/liar"},
}

// fenced are imports from outside that have one home, or none: the judge is pure,
// and Ginkgo's flags, signals and process-wide tree are this package's business.
var fenced = []struct {
	prefix string
	homes  []string
}{
	{"github.com/onsi/ginkgo", []string{"runner"}},
	{"github.com/onsi/gomega", []string{"runner"}},
	{"cel.dev/", []string{"contracts/expr"}},
	{"github.com/getkin/kin-openapi", []string{"contracts"}},
	{"go.yaml.in/", []string{"contracts"}},
	{"modernc.org/sqlite", []string{"runner/history"}},
	{"github.com/jackc/", []string{"runner/history"}},
	{"github.com/klauspost/", []string{"runner/history"}},
	{"github.com/spf13/", []string{"cmd/polygraph"}},
}

// pure are the packages that judge or compare and touch nothing.
var pure = []string{"runner/verdict", "runner/diagnosis"}

// impure is what they must not reach for. The diagnosis draws at random from a source that
// always begins the same.
var impure = []string{"net", "net/http", "os", "io", "math/rand", "math/rand/v2", "crypto/rand", "context", "sync"}

func TestArrows(t *testing.T) {
	seen := map[string]bool{}
	eachFile(t, func(folder, path string, file *ast.File) {
		seen[folder] = true
		allowed, known := arrows[folder]
		if !known {
			t.Errorf("%s: a new folder: say in arrows what it may import", folder)
		}
		for _, spec := range file.Imports {
			name := strings.Trim(spec.Path.Value, `"`)
			ours, inside := strings.CutPrefix(name, module)
			switch {
			case inside && !slices.Contains(allowed, ours):
				t.Errorf("%s imports %s: that arrow points the wrong way", path, ours)
			case slices.Contains(pure, folder) && slices.Contains(impure, name) && (folder != "runner/diagnosis" || name != "math/rand/v2"):
				t.Errorf("%s imports %s: %s is pure", path, name, folder)
			}
			for _, fence := range fenced {
				if strings.HasPrefix(name, fence.prefix) && !slices.Contains(fence.homes, folder) {
					t.Errorf("%s imports %s, which only %v may", path, name, fence.homes)
				}
			}
		}
	})
	for folder := range arrows {
		if !seen[folder] {
			t.Errorf("%s: there is no such folder, or the walk is wrong", folder)
		}
	}
}

// The library returns; cmd speaks and exits. And nothing runs before main.
func TestOnlyTheCommandPrintsAndExits(t *testing.T) {
	banned := map[string][]string{"fmt": {"Print", "Println", "Printf"}, "os": {"Exit", "Stdout"}, "log": nil, "time": nil}
	eachFile(t, func(folder, path string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == "init" && f.Recv == nil {
				t.Errorf("%s has an init", path)
			}
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			from, ok := call.X.(*ast.Ident)
			if !ok {
				return true
			}
			if slices.Contains(banned[from.Name], call.Sel.Name) && folder != "cmd/polygraph" {
				t.Errorf("%s uses %s.%s", path, from.Name, call.Sel.Name)
			}
			if slices.Contains(pure, folder) && from.Name == "time" && (call.Sel.Name == "Now" || call.Sel.Name == "Since") {
				t.Errorf("%s reads a clock", path)
			}
			return true
		})
	})
}

// eachFile visits every Go file of the module that is no test.
func eachFile(t *testing.T, visit func(folder, path string, file *ast.File)) {
	t.Helper()
	root := ".."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(folder), path, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
