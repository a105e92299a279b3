package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/engine"
)

func environment(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func TestWidth(t *testing.T) {
	for _, each := range []struct {
		name string
		env  []string
		want int
	}{
		{"by itself", nil, 100},
		{"by COLUMNS", []string{"COLUMNS", "132"}, 132},
		{"no number", []string{"COLUMNS", "wide"}, 100},
		{"too narrow for a matrix", []string{"COLUMNS", "3"}, 100},
	} {
		t.Run(each.name, func(t *testing.T) {
			c := &console{out: &bytes.Buffer{}, env: environment(each.env...)}
			if got := c.width(c.out); got != each.want {
				t.Errorf("got %d, want %d", got, each.want)
			}
		})
	}
}

func TestColourIsForTerminalsOnly(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c := &console{out: file, env: environment("TERM", "xterm")}
	if c.style().Colour {
		t.Error("a file gets colours")
	}
}

func TestProgressKeepsToOneLine(t *testing.T) {
	for _, p := range []engine.Progress{
		{}, {Cells: 3}, {Cells: 3, Done: 3, Kept: 3}, {Cells: 1000000, Done: 999999, Kept: 999990, Lied: 1, Requests: 1 << 60},
	} {
		var out bytes.Buffer
		draw(&out, blocks(p.Done, p.Cells)+" "+p.String(), 60)
		line := strings.TrimSuffix(strings.TrimPrefix(out.String(), "\r"), "\x1b[K")
		if strings.ContainsAny(line, "\r\n\x1b") || text.StringWidth(line) >= 60 {
			t.Errorf("%+v is drawn as %q", p, line)
		}
	}
}

func TestMistakesOfOursShowNoStack(t *testing.T) {
	for _, each := range []struct {
		name  string
		env   []string
		stack bool
	}{
		{"by itself", nil, false},
		{"for us", []string{"POLYGRAPH_STACK", "1"}, true},
	} {
		t.Run(each.name, func(t *testing.T) {
			var out bytes.Buffer
			c := &console{err: &out, env: environment(each.env...)}
			if code := c.panicked("index out of range"); code != exitUsage {
				t.Errorf("exits with %d", code)
			}
			if got := strings.Contains(out.String(), "goroutine"); got != each.stack {
				t.Errorf("stack shown: %v\n%s", got, out.String())
			}
			if !strings.Contains(out.String(), "a mistake in polygraph itself: index out of range") {
				t.Errorf("got %s", out.String())
			}
		})
	}
}

func TestUnderFolder(t *testing.T) {
	got := underFolder("my/suite", contracts.Mistakes{
		{Position: contracts.Position{File: "provider.yaml", Line: 3}, Message: "a"},
		{Position: contracts.Position{File: "my/suite"}, Message: "b"},
	}).Error()
	if want := "my/suite/provider.yaml:3: a\nmy/suite: b"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
