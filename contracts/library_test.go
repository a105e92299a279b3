package contracts

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestLibraryLoads loads every suite that ships for a real provider as a run
// does, and wants a page beside it that says what was found. What the providers
// really do is tested where the command is.
func TestLibraryLoads(t *testing.T) {
	folders, err := filepath.Glob("library/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no suites: %v", err)
	}
	for _, dir := range folders {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			suite, err := Load(dir, Options{Scope: Run, Env: func(string) (string, bool) { return "http://127.0.0.1:1", true }})
			if err != nil {
				t.Fatalf("%s\n%v", dir, err)
			}
			if len(suite.Target.Accounts) < 2 {
				t.Errorf("%d accounts: with one there is nothing to compare", len(suite.Target.Accounts))
			}
			if _, err := os.Stat(filepath.Join(dir, "README.md")); errors.Is(err, fs.ErrNotExist) {
				t.Error("it has no page")
			}
		})
	}
}
