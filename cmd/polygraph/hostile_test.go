package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/polygraph-dev/polygraph/fixtures/hostile"
)

// mostMemory is what a misbehaving provider may make a run take more than a truthful one.
const mostMemory = 64 << 20

// TestHostileRuns has the real command meet providers that misbehave: with all of them
// (POLYGRAPH_SOAK=1) but those that stall, else with some. What it prints and writes
// acts on nobody, has no credential, and its memory is measured.
func TestHostileRuns(t *testing.T) {
	t.Parallel()
	all := os.Getenv("POLYGRAPH_SOAK") != ""
	_, usual := hostileRun(t, caseNamed(t, "two lengths that agree"))
	worst, where, met := int64(0), "", 0
	var mu sync.Mutex
	var running sync.WaitGroup
	slots := make(chan struct{}, 4)
	for _, c := range hostile.Cases() {
		if c.Slow || c.Secure() || strings.HasPrefix(c.Name, "come again") || !all && rand.IntN(25) > 0 && c.Name != "two million objects" && c.Name != "a gzip bomb as list" {
			continue
		}
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			t.Run(string(c.Group)+"/"+c.Name, func(t *testing.T) {
				_, taken := hostileRun(t, c)
				mu.Lock()
				defer mu.Unlock()
				if met++; taken-usual > worst {
					worst, where = taken-usual, c.Name
				}
				if usual > 0 && !raceEnabled && taken-usual > mostMemory {
					t.Errorf("it takes %d MiB more than a truthful provider", (taken-usual)>>20)
				}
			})
		})
	}
	running.Wait()
	t.Logf("%d providers met by the command; a truthful one takes %d MiB, the worst (%s) %d MiB more", met, usual>>20, where, worst>>20)
}

func caseNamed(t *testing.T, name string) hostile.Case {
	t.Helper()
	for _, c := range hostile.Cases() {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no case %q", name)
	return hostile.Case{}
}

// hostileRun runs the command before one provider, and gives its exit code and the
// most memory that it held; 0 where that cannot be measured.
func hostileRun(t *testing.T, c hostile.Case) (code int, taken int64) {
	t.Helper()
	server, err := hostile.Serve(c)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "suite"), c.Files()); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("measured", "run", "suite", "--junit", "report.xml", "--html", "page.html")
	cmd.Dir = dir
	peak := filepath.Join(dir, "peak")
	cmd.Env = append(os.Environ(), "HOSTILE="+server.URL(), "PEAK="+peak)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err = cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	code = cmd.ProcessState.ExitCode()
	want := map[string]int{"kept": 0, "lied": 1, "broken": 1, "inconclusive": 3}
	fits := false
	for _, verdict := range c.Want {
		class, _, _ := strings.Cut(verdict, " ")
		fits = fits || code == want[class] || c.Left != hostile.Nothing && code == 4
	}
	if !fits {
		t.Errorf("exits with %d, wants %v\n%s%s", code, c.Want, &out, &problems)
	}
	harmless(t, "standard output", out.String())
	harmless(t, "standard error", problems.String())
	harmlessXML(t, filepath.Join(dir, "report.xml"))
	harmlessPage(t, filepath.Join(dir, "page.html"))
	show := exec.Command("polygraph", "show", "last")
	show.Dir, show.Env = dir, cmd.Env
	text, _ := show.CombinedOutput() // its exit code is that of the run
	harmless(t, "polygraph show", string(text))
	return code, peakIn(peak)
}

// measured is the command; it leaves behind what the kernel knows of its memory. What
// wait4 says of a child will not do: it begins with the memory of who started it.
func measured() {
	code := Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.LookupEnv)
	if text, err := os.ReadFile("/proc/self/status"); err == nil {
		_ = os.WriteFile(os.Getenv("PEAK"), text, 0o600)
	}
	os.Exit(code)
}

// peakIn is VmHWM in bytes, see proc_pid_status(5); 0 where there is none.
func peakIn(file string) int64 {
	text, _ := os.ReadFile(file)
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	line, _, _ := strings.Cut(rest, " kB")
	kibibytes, _ := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	return kibibytes << 10
}

// harmless looks for what acts on a terminal or on a build, and for the credential.
func harmless(t *testing.T, name, text string) {
	t.Helper()
	acts := func(r rune) bool {
		return r != '\n' && r != '\t' && r != '\u200c' && r != '\u200d' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
	}
	if at := strings.IndexFunc(text, acts); at >= 0 || !utf8.ValidString(text) {
		t.Errorf("%s acts on a terminal: %q", name, text[max(at-40, 0):min(max(at, 0)+40, len(text))])
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("%s: a build would obey %.100q", name, line)
		}
	}
	if strings.Contains(text, hostile.Token) {
		t.Errorf("%s has the credential", name)
	}
}

// harmlessPage looks for elements and attributes that only a provider can have brought into the page.
func harmlessPage(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	harmless(t, "the page", string(text))
	page, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	scripts := 0
	for node := range page.Descendants() {
		switch node.Data {
		case "script":
			scripts++
		case "img", "iframe", "object", "embed", "link", "base", "a", "svg", "video", "audio":
			t.Errorf("the page has a %s", node.Data)
		}
		for _, attribute := range node.Attr {
			if key := attribute.Key; strings.HasPrefix(key, "on") || key == "src" || key == "href" || key == "style" {
				t.Errorf("the page has a %s with %s=%q", node.Data, key, attribute.Val)
			}
		}
	}
	if scripts != 2 {
		t.Errorf("the page has %d scripts", scripts)
	}
}

func harmlessXML(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("JUnit: it is no XML: %v", err)
		}
		if data, ok := token.(xml.CharData); ok {
			harmless(t, "JUnit", string(data))
		}
	}
}
