package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

// TestReadme runs the commands of the README's console blocks, each block in a
// folder of its own in which fixtures/reviewhub is. A line that begins with
// "$ polygraph" is run; lines below it are what it must print, in this order and
// but for clocks, ports and ids. A line of … alone stands for any lines. A
// command after which "$ echo $?" stands must exit with what is below that.
func TestReadme(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes as long as the commands do")
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("there is no README.md")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?ms)^```console\n(.*?)^```").FindAllStringSubmatch(string(text), -1) {
		lines := strings.Split(strings.TrimRight(block[1], "\n"), "\n")
		t.Run(lines[0], func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, "fixtures", "reviewhub"), reviewhub.Files()); err != nil {
				t.Fatal(err)
			}
			play(t, dir, lines)
		})
	}
}

// play runs one block.
func play(t *testing.T, dir string, lines []string) {
	for len(lines) > 0 {
		command, ok := strings.CutPrefix(lines[0], "$ ")
		if !ok {
			t.Fatalf("%q belongs to no command", lines[0])
		}
		end := 1 + slices.IndexFunc(append(lines[1:], "$ "), func(line string) bool { return strings.HasPrefix(line, "$ ") })
		want := lines[1:end]
		lines = lines[end:]
		wantCode := ""
		if len(lines) > 1 && lines[0] == "$ echo $?" {
			wantCode, lines = lines[1], lines[2:]
		}
		if words := split(command); words[0] == "polygraph" && !slices.Contains(words, "sandbox") {
			said, got := run(t, dir, words)
			if wantCode != "" && got != wantCode {
				t.Errorf("%s exits with %s, want %s\n%s", command, got, wantCode, said)
			}
			if missing := compare(said, want); missing != "" {
				t.Errorf("%s does not print %q; it prints\n%s", command, missing, plain(said))
			}
		}
	}
}

func run(t *testing.T, dir string, words []string) (said, code string) {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		return string(out), strings.TrimPrefix(ended.Error(), "exit status ")
	case err != nil:
		t.Fatal(err)
	}
	return string(out), "0"
}

// compare looks for the wanted lines in what was said, in order, and gives the
// first that is not there.
func compare(said string, want []string) (missing string) {
	lines := strings.Split(plain(said), "\n")
	for _, line := range want {
		line = strings.TrimSpace(plain(line))
		if line == "" || line == "…" || line == "..." {
			continue
		}
		at := slices.IndexFunc(lines, func(each string) bool { return strings.TrimSpace(each) == line })
		if at < 0 {
			return line
		}
		lines = lines[at+1:]
	}
	return ""
}

func TestCompare(t *testing.T) {
	const said = "run 7f3a  x on y  2026-11-23 12:00:00\n\nLIED  a  (b)\n  seen   GET /r/123456789 after 5.3 s\n"
	for _, each := range []struct {
		name    string
		want    []string
		missing string
	}{
		{"all of it, at another time", []string{"run 00ff  x on y  2027-01-01 00:00:00", "LIED  a  (b)", "  seen   GET /r/987654321 after 12 s"}, ""},
		{"left out", []string{"…", "LIED  a  (b)"}, ""},
		{"another order", []string{"LIED  a  (b)", "run 7f3a  x on y  2026-11-23 12:00:00"}, "run RUN  x on y  DATE"},
		{"another account", []string{"LIED  a  (c)"}, "LIED  a  (c)"},
	} {
		t.Run(each.name, func(t *testing.T) {
			if got := compare(said, each.want); got != each.missing {
				t.Errorf("got %q, want %q", got, each.missing)
			}
		})
	}
}

// split takes a command line apart at spaces, minding single quotes.
func split(line string) []string {
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}
