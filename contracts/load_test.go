package contracts

import (
	"path/filepath"
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
	for _, c := range suite.Contracts {
		if err := c.Runnable(); err != nil {
			t.Error(err)
		}
	}
}
