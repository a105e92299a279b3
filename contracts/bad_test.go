package contracts

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the messages of testdata/bad anew")

// TestBadSuites walks testdata/bad: each archive is a suite and, in `want`, the
// exact text of its mistakes. The comment of an archive may hold words that set
// options: `run`, `target=NAME`, `go=PROBE`, `env=NAME=VALUE`.
func TestBadSuites(t *testing.T) {
	archives, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil || len(archives) < 60 {
		t.Fatalf("%d archives, want at least 60: %v", len(archives), err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			suite, want := unpack(a)
			_, err = LoadFS(suite, optionsOf(string(a.Comment)))
			var mistakes Mistakes
			if !errors.As(err, &mistakes) || len(mistakes) == 0 {
				t.Fatalf("loads without a mistake: %v", err)
			}
			got := err.Error() + "\n"
			if *update {
				for i := range a.Files {
					if a.Files[i].Name == "want" {
						a.Files = append(a.Files[:i], a.Files[i+1:]...)
						break
					}
				}
				a.Files = append(a.Files, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func unpack(a *txtar.Archive) (suite fstest.MapFS, want string) {
	suite = fstest.MapFS{}
	for _, f := range a.Files {
		if f.Name == "want" {
			want = string(f.Data)
			continue
		}
		if folder, ok := strings.CutSuffix(f.Name, "/"); ok {
			suite[folder] = &fstest.MapFile{Mode: fs.ModeDir}
			continue
		}
		suite[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return suite, want
}

func optionsOf(comment string) Options {
	o := Options{Env: func(string) (string, bool) { return "", false }}
	for _, word := range strings.Fields(comment) {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "run":
			o.Scope = Run
		case "target":
			o.Target = value
		case "go":
			o.GoProbes = append(o.GoProbes, value)
		case "env":
			name, v, _ := strings.Cut(value, "=")
			o.Env = func(n string) (string, bool) { return v, n == name }
		}
	}
	return o
}
