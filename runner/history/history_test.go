package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func openedIn(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", ".polygraph")
	s := openedIn(t, dir)
	if err := s.Save(context.Background(), sample("7f3a", 1)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{"": 0o700, FileName: 0o600, ".gitignore": 0o600, FileName + "-wal": 0o600} {
		state, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if got := state.Mode().Perm(); got != want {
			t.Errorf("%q has mode %o, want %o", path, got, want)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, ".gitignore")); err != nil || string(text) != "*\n" {
		t.Errorf(".gitignore holds %q, %v", text, err)
	}
}

func TestAPathMayHoldAnything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "50% of #1? (é) &mode=ro")
	s := openedIn(t, dir)
	if err := s.Save(context.Background(), sample("7f3a", 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, FileName)); err != nil {
		t.Error(err)
	}
	if _, err := Read(dir); err != nil {
		t.Error(err)
	}
}

func TestFilesThatAreNotOurs(t *testing.T) {
	database := func(statement string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	text := func(content string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, each := range []struct {
		name string
		make func(t *testing.T, path string)
		want string
	}{
		{"another program's", database("CREATE TABLE bookmarks (url TEXT)"), "this is another program's database, not a history of polygraph"},
		{"a newer polygraph's", database("PRAGMA application_id=0x504f4c59; PRAGMA user_version=7; CREATE TABLE runs (id TEXT)"), "written by a newer polygraph (schema 7; this one knows 3)"},
		{"no database", text(strings.Repeat("hello ", 200)), "it is damaged, or no history at all"},
		{"a folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "it is a folder"},
	} {
		t.Run(each.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, FileName)
			each.make(t, path)
			before, _ := os.ReadFile(path)
			for name, open := range map[string]func(string) (*Store, error){"open": Open, "read": Read} {
				s, err := open(dir)
				if err == nil {
					s.Close()
					t.Fatalf("%s takes it", name)
				}
				if !strings.Contains(err.Error(), each.want) {
					t.Errorf("%s says %q, want %q in it", name, err, each.want)
				}
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("it was changed")
			}
		})
	}
}

func TestTheFolderIsAFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".polygraph")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.HasPrefix(err.Error(), "open history: ") {
		t.Errorf("got %v", err)
	}
}

func TestReadMakesNothing(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(dir); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("it made %v", entries)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Save(context.Background(), sample("7f3a", 1)), s.Close()); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{filepath.Join(dir, FileName): 0o400, dir: 0o500} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(dir, 0o700) })
	s, err = Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Load(context.Background(), Last); err != nil {
		t.Error(err)
	}
}

func BenchmarkSave(b *testing.B) {
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for i := 0; b.Loop(); i++ {
		if err := s.Save(context.Background(), sample(fmt.Sprintf("%08x", i), 1000)); err != nil {
			b.Fatal(err)
		}
	}
}
