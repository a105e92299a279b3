package contracts

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

func TestExamplesLoad(t *testing.T) {
	folders, err := filepath.Glob("testdata/examples/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, dir := range folders {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			suite, err := Load(dir, Options{})
			if err != nil {
				t.Fatalf("%s\n%v", dir, err)
			}
			if suite.Provider == nil || len(suite.Contracts) == 0 {
				t.Fatalf("loaded no contracts: %+v", suite)
			}
		})
	}
}

// TestSandboxLoads loads the suite that ships in the binary as a run does.
func TestSandboxLoads(t *testing.T) {
	suite, err := LoadFS(reviewhub.Files(), Options{Scope: Run})
	if err != nil {
		t.Fatalf("\n%v", err)
	}
	if suite.Target == nil || suite.Target.Embedded != "reviewhub" || len(suite.Target.Accounts) != 12 {
		t.Errorf("target %+v", suite.Target)
	}
}

// A wornDisk is a file system on which one file cannot be looked at or opened.
type wornDisk struct {
	fs.FS
	name string
}

func (d wornDisk) Open(name string) (fs.File, error) {
	if name == d.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EIO}
	}
	return d.FS.Open(name)
}

// A file that cannot be read is not one that is not there: a suite without its
// targets is another suite.
func TestLoadFromAWornDisk(t *testing.T) {
	files := reviewhub.Files()
	for _, name := range []string{".", "provider.yaml", "openapi.yaml", "polygraph.yaml", "reviews.contract.yaml"} {
		for _, scope := range []Scope{Check, Run} {
			suite, err := LoadFS(wornDisk{files, name}, Options{Scope: scope})
			var mistakes Mistakes
			if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), "input/output error") {
				t.Errorf("%s, scope %d: suite %v, error %v", name, scope, suite != nil, err)
			}
		}
	}
}
