// Skips reads what `go test -json` says and says it again as `go test` does, and
// then which tests were skipped, and why:
//
//	go test -json ./... | go run .ci/skips.go .ci/skips.txt
//
// A test that skips itself looks like one that passed, so that nobody learns that
// it never runs. Every skip must therefore be in the list, with where it runs
// instead or why it cannot; a skip that is not is a failure. A line of the list whose
// test is gone is only said, as some tests are for Linux alone.
//
// It is run by its file's name, as Go takes no folder with a leading dot for a package.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go test -json ./... | go run .ci/skips.go LIST")
		os.Exit(2)
	}
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = sayAgain(os.Stdin, os.Stdout, string(text))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// An event is a line of `go test -json` (go doc test2json).
type event struct {
	Action, Package, Test, Output string
}

// sayAgain gives an error where a test failed and where one was skipped that the list
// does not name.
func sayAgain(in io.Reader, out io.Writer, text string) error {
	list, err := readList(text)
	if err != nil {
		return err
	}
	var (
		output = map[[2]string][]string{} // of a test, by package and name, until it ends
		ran    = map[string]bool{}        // names of tests
		why    = map[string]string{}      // package and name of a skipped test → what it said
		failed bool
	)
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		var e event
		if json.Unmarshal(line, &e) != nil { // such as what the go command itself complains of
			fmt.Fprint(out, string(line))
			continue
		}
		of := [2]string{e.Package, e.Test}
		switch e.Action {
		case "build-output":
			fmt.Fprint(out, e.Output)
		case "output":
			if e.Test == "" && !strings.HasPrefix(e.Output, "PASS") {
				fmt.Fprint(out, e.Output)
			} else {
				output[of] = append(output[of], e.Output)
			}
		case "run":
			ran[e.Test] = true
		case "fail", "build-fail":
			failed = true
			fmt.Fprint(out, strings.Join(output[of], ""))
			delete(output, of)
		case "skip":
			if e.Test != "" {
				why[e.Package+" "+e.Test] = reason(output[of])
			}
			delete(output, of)
		case "pass":
			delete(output, of)
		}
	}
	for of, rest := range output { // of a test that a panic or a limit of time cut off
		rest = slices.DeleteFunc(rest, func(line string) bool { return strings.HasPrefix(line, "=== ") })
		fmt.Fprintf(out, "%s %s did not end\n%s", of[0], of[1], strings.Join(rest, ""))
	}
	return errors.Join(failure(failed || len(output) > 0), list.compare(out, ran, why))
}

func failure(failed bool) error {
	if failed {
		return errors.New("tests failed")
	}
	return nil
}

// reason is what a test said when it skipped itself.
func reason(output []string) string {
	var said []string
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			said = append(said, line)
		}
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}

// A skipList is the name of each test that may be skipped, its subtests with it, and why.
type skipList map[string]string

// readList reads lines of a test's name and, after white space, why it may be
// skipped. Empty lines, and those that start with #, say nothing.
func readList(text string) (skipList, error) {
	list := skipList{}
	for number, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, why, _ := strings.Cut(line, " ")
		if strings.TrimSpace(why) == "" {
			return nil, fmt.Errorf("line %d of the list of skips does not say why %s may be skipped", number+1, name)
		}
		if list[name] != "" {
			return nil, fmt.Errorf("line %d of the list of skips names %s again", number+1, name)
		}
		list[name] = strings.TrimSpace(why)
	}
	return list, nil
}

// compare says what was skipped, and gives an error for what is not as the list has it.
func (l skipList) compare(out io.Writer, ran map[string]bool, why map[string]string) error {
	var errs []error
	fmt.Fprintf(out, "\nskipped: %d\n", len(why))
	for _, of := range slices.Sorted(maps.Keys(why)) {
		pkg, name, _ := strings.Cut(of, " ")
		fmt.Fprintf(out, "  %s %s\n      it says: %s\n", pkg, name, why[of])
		if may := l.why(name); may != "" {
			fmt.Fprintf(out, "      listed:  %s\n", may)
		} else {
			errs = append(errs, fmt.Errorf("%s %s was skipped (%s), and is not in the list of skips", pkg, name, why[of]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l)) {
		if !ran[name] {
			fmt.Fprintf(out, "the list of skips names %s, and there is no such test on this system\n", name)
		}
	}
	return errors.Join(errs...)
}

// why is the list's reason for a test or for a test that it is part of; "" for none.
func (l skipList) why(name string) string {
	for {
		if may := l[name]; may != "" {
			return may
		}
		end := strings.LastIndexByte(name, '/')
		if end < 0 {
			return ""
		}
		name = name[:end]
	}
}
