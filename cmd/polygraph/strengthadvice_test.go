package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

// weakened are contracts that lack a clause, each with the lies that it lets through for that,
// and the line with which it no longer does.
var weakened = []struct {
	name string
	text string
	list bool // the resource is listed all the same
	lies map[string]string
}{
	{"an edit that nothing guards", `contract: An edit that nothing guards
given: review
call: updateReview
needs: reviews:write
body:
  title: "Edited ${unique}"
updates: review
also: [slug]
within: 400ms
patience: 900ms
`, true, map[string]string{
		"reverted-write":        "stays: 1s  # or as long as it may take them to undo it",
		"permission-bypassed":   "cases: {not logged in: {as: nobody, status: 401}}  # a case that must be refused for who asks",
		"side-effect:neighbour": "given: {review: {make: review}, neighbour: {make: review}}  # in place of the given there is: nobody looks at another one\nkeeps: [neighbour]",
		"dropped-field:stars":   "stars: 5  # to body: no contract of this call sends it",
	}},
	{"a creation that is not listed", `contract: A creation that is not listed
call: createReview
needs: reviews:write
body:
  product: p-100
  stars: 4
  title: "Solid ${unique}"
creates: review
within: 400ms
patience: 900ms
cases:
  not logged in: {as: nobody, status: 401}
`, false, map[string]string{
		"half-done:list":        "list: listReviews  # to resource review: nobody looks whether it is listed",
		"phantom-write:denied":  "list: listReviews  # to resource review: what was made for who may not is found there",
		"phantom-write":         "list: listReviews  # to resource review: what was made in spite of an error is found there",
		"phantom-write:refused": `no title: {body: {title: null}, status: 4xx}  # to cases: a case that must be refused`,
	}},
	{"an edit of which nothing is said", `contract: An edit of which nothing is said
given: review
call: updateReview
needs: reviews:write
body:
  stars: 2
effects:
  - hides: review
    as: nobody
within: 400ms
patience: 900ms
`, true, map[string]string{
		"lost-write":         "- updates: review  # to effects: what the call does; with set: where it changes what it does not send",
		"phantom-write":      "- updates: review  # to effects: what the call does; with set: where it changes what it does not send",
		"error-left-a-trace": "- updates: review  # to effects: what the call does; with set: where it changes what it does not send",
	}},
}

// TestAdviceHelps puts what `polygraph strength` prints into the contract that lacks it, as
// its user would, and sees that the suite loads and that the lie is noticed from then on.
func TestAdviceHelps(t *testing.T) {
	t.Parallel()
	for _, each := range weakened[:whole(len(weakened), 1)] {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			hub, err := reviewhub.New(reviewhub.Options{Truthful: true})
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(hub)
			defer server.Close()
			dir := suiteOn(t, server.URL, map[string]string{"weak.contract.yaml": each.text})
			if err := os.Remove(filepath.Join(dir, "reviews.contract.yaml")); err != nil {
				t.Fatal(err)
			}
			if !each.list {
				weakenAll(t, dir, func(file, text string) string {
					if file == "provider.yaml" {
						return without(text, "    list: ")
					}
					return text
				})
			}

			out := strengthOn(t, dir)
			pasted := map[string]bool{}
			for lie, want := range each.lies {
				at, lines := advised(out, lie)
				if got := strings.Join(lines, "\n"); got != want {
					t.Errorf("%s: advises\n%s\nwant\n%s", lie, got, want)
				}
				for _, line := range lines {
					if bare, _, _ := strings.Cut(line, "  #"); !pasted[bare] {
						pasted[bare] = true
						paste(t, dir, at, line)
					}
				}
			}
			if t.Failed() {
				t.Fatal(out)
			}

			var page strengthPage
			text := strengthOn(t, dir, "--json")
			if err := json.Unmarshal([]byte(text), &page); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			noticed := map[string]bool{}
			for _, line := range page.Contracts[0].Lies {
				noticed[line.Lie] = line.Noticed
			}
			for lie := range each.lies {
				if !noticed[lie] {
					t.Errorf("%s is not noticed", lie)
				}
			}
			if page.Unscored > 0 || len(page.LeftBehind) > 0 || len(hub.Leftovers()) > 0 {
				t.Errorf("not scored: %v; left behind: %v, %v", page.Contracts[0].Unscored, page.LeftBehind, hub.Leftovers())
			}
			if t.Failed() {
				t.Log(out, text)
				for _, file := range []string{"weak.contract.yaml", "provider.yaml"} {
					text, _ := os.ReadFile(filepath.Join(dir, file))
					t.Logf("%s\n%s", file, text)
				}
			}
		})
	}
}

// suiteOn is a folder with a suite for one account of a sandbox.
func suiteOn(t *testing.T, address string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files["polygraph.yaml"] = "targets:\n  sandbox:\n    server: " + address + "\n    accounts: {shop-rome: {credentials: {bearer: sandbox-shop-rome-token}}}\n"
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := quick(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// strengthOn is what the command prints of a suite.
func strengthOn(t *testing.T, dir string, more ...string) string {
	t.Helper()
	cmd := exec.Command("polygraph", append([]string{"strength", dir, "--quiet"}, more...)...)
	cmd.Dir = t.TempDir()
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	_ = cmd.Run() // its exit code is another's business
	if said.Len() > 0 {
		t.Fatalf("says %s", &said)
	}
	return out.String()
}

// advised is what is printed under a lie that was not noticed.
func advised(out, lie string) (at string, lines []string) {
	_, after, _ := strings.Cut(out, "unnoticed  "+lie+":")
	advice := regexp.MustCompile(`^ +at (\S+) add (.*)$`)
	for line := range strings.SplitSeq(after, "\n") {
		if found := advice.FindStringSubmatch(line); found != nil {
			at, lines = found[1], append(lines, found[2])
		} else if len(lines) > 0 {
			break
		}
	}
	return at, lines
}

// paste puts a line where it says that it belongs: at the place that is named, in a block of the
// contract, or in the place of what is there.
func paste(t *testing.T, dir, at, line string) {
	t.Helper()
	place := strings.Split(at, ":")
	file := filepath.Join(dir, place[0])
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	number, _ := strconv.Atoi(place[1])
	column, _ := strconv.Atoi(place[2])
	insert, indent := number, column-1 // beneath what is named
	_, why, _ := strings.Cut(line, "  # ")
	for _, block := range []string{"body", "cases", "effects"} {
		if strings.HasPrefix(why, "to "+block+":") {
			insert, indent = slices.Index(lines, block+":")+1, 2
		}
	}
	if strings.HasPrefix(why, "to resource ") {
		indent += 2 // what is named is the resource
	}
	if strings.HasPrefix(why, "in place of the given there is") {
		insert = slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "given:") })
		lines = slices.Delete(lines, insert, insert+1)
	}
	lines = slices.Insert(lines, insert, strings.Repeat(" ", indent)+line)
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestWeakenedSaysLess keeps the table honest: a clause that is advised is one that is not there.
func TestWeakenedSaysLess(t *testing.T) {
	for _, each := range weakened {
		for _, lie := range slices.Sorted(maps.Keys(each.lies)) {
			for line := range strings.SplitSeq(each.lies[lie], "\n") {
				bare, _, _ := strings.Cut(line, "  #")
				if strings.Contains(each.text, bare) {
					t.Errorf("%s: %s has %s", each.name, lie, bare)
				}
			}
		}
	}
}

// TestFlow writes values as YAML that reads back as they were, whatever a field is called.
func TestFlow(t *testing.T) {
	for name, want := range map[string]string{
		"title": `{title: "a: b, {c}"}`, "no title": `{no title: "a: b, {c}"}`, "on": `{"on": "a: b, {c}"}`, "a: b": `{"a: b": "a: b, {c}"}`, "4th": `{"4th": "a: b, {c}"}`,
	} {
		if got := flow(map[string]any{name: "a: b, {c}"}); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := flow(map[string]any{"n": 5.0, "all": []string{"x"}, "none": nil}); got != `{all: ["x"], n: 5, none: null}` {
		t.Error(got)
	}
}
