package contracts

import (
	"os"
	"path/filepath"
	"testing"
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
	if _, err := os.Stat("testdata/examples"); err != nil {
		t.Fatal(err)
	}
}
