package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	markdownhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

func markdownOf(t testing.TB, run *engine.Finished, limit int) string {
	t.Helper()
	var out strings.Builder
	if err := Markdown(&out, run, limit); err != nil {
		t.Fatal(err)
	}
	if out.Len() > limit {
		t.Errorf("%d bytes, and the limit is %d", out.Len(), limit)
	}
	return out.String()
}

// rendered is what a reader of GitHub's Markdown makes of a text, HTML included.
func rendered(t testing.TB, text string) *html.Node {
	t.Helper()
	reader := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAttribute()), goldmark.WithRendererOptions(markdownhtml.WithUnsafe()))
	var out bytes.Buffer
	if err := reader.Convert([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	tree, err := html.Parse(&out)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// ourElements are the elements that a report is made of.
var ourElements = map[string]bool{
	"html": true, "head": true, "body": true, "h2": true, "h3": true, "p": true, "table": true, "thead": true, "tbody": true, "tr": true, "th": true, "td": true,
	"strong": true, "code": true, "pre": true, "details": true, "summary": true, "ul": true, "li": true, "br": true,
}

// tame walks what is shown: no element but ours, and none of a provider's texts outside of code.
func tame(n *html.Node, coded bool) error {
	if n.Type == html.ElementNode {
		if !ourElements[n.Data] {
			return fmt.Errorf("an element %s", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key != "style" && a.Key != "class" && a.Key != "id" && a.Key != "align" {
				return fmt.Errorf("%s has %s=%q", n.Data, a.Key, a.Val)
			}
		}
		coded = coded || n.Data == "code"
	}
	if n.Type == html.TextNode && !coded && strings.ContainsAny(n.Data, "@#<>`|[]&\\$~_") {
		return fmt.Errorf("text outside of code: %q", n.Data)
	}
	if n.Type == html.CommentNode {
		return fmt.Errorf("a comment %q", n.Data)
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		if err := tame(child, coded); err != nil {
			return err
		}
	}
	return nil
}

// shows is all text of a tree in a row.
func shows(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var text string
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		text += shows(child)
	}
	return text
}

// count counts the elements of a name.
func count(n *html.Node, name string) int {
	total := 0
	if n.Type == html.ElementNode && n.Data == name {
		total++
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		total += count(child, name)
	}
	return total
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]*engine.Finished{"every.md": every(), "kept.md": {ID: "7f3a", Suite: "s", Target: "live", Started: noon, Results: incident(3, 1).Results}} {
		text := markdownOf(t, run, CommentLimit)
		golden(t, name, text)
		tree := rendered(t, text)
		if err := tame(tree, false); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n, want := count(tree, "details"), len(groupsOf(run)); n != want {
			t.Errorf("%s: %d findings in full, want %d", name, n, want)
		}
	}
}

// What has no room is left out from the end, and the last line says so.
func TestMarkdownKeepsToItsLimit(t *testing.T) {
	t.Parallel()
	for _, run := range []*engine.Finished{every(), incident(300, 3), manyLies(400), saying(strings.Repeat("long and `longer` ", 500))} {
		all := markdownOf(t, run, 64<<20)
		for _, limit := range []int{LeastLimit, CommentLimit, SummaryLimit} {
			text := markdownOf(t, run, limit)
			if err := tame(rendered(t, text), false); err != nil {
				t.Errorf("at %d: %v", limit, err)
			}
			last := text[strings.LastIndex(strings.TrimSpace(text), "\n")+1:]
			if cut := len(all) > limit; cut != strings.Contains(last, "Not all of it has room here") {
				t.Errorf("of %d bytes, %d at most, the last line is %q", len(all), limit, last)
			}
		}
	}
	text := markdownOf(t, manyLies(400), CommentLimit)
	if !strings.Contains(text, "findings left out; `polygraph report 7f3a` shows everything.") || !strings.Contains(text, "LIED") {
		t.Errorf("what is left out is not said: %s", text[len(text)-200:])
	}
}

// manyLies is a run of lies that are not alike.
func manyLies(n int) *engine.Finished {
	run := &engine.Finished{ID: "7f3a", Suite: "s", Target: "live", Started: noon, Ended: noon}
	for i := range n {
		run.Results = append(run.Results, lied(i+1, fmt.Sprintf("Contract %d", i), "shop-oslo"))
	}
	return run
}

// Of many contracts those that were kept everywhere have no column.
func TestMarkdownMatrixOfManyContracts(t *testing.T) {
	tree := rendered(t, markdownOf(t, incident(4, 30), CommentLimit))
	if n := count(tree, "th"); n != 4+2 {
		t.Errorf("%d headings, want four of the findings, and of the matrix one for the accounts and one for the lie", n)
	}
	if text := shows(tree); !strings.Contains(text, "29 contracts without a column") {
		t.Errorf("the others are not spoken of:\n%s", text)
	}
}

// FuzzMarkdown: whatever a provider says is shown as it is, in code, and makes no link,
// image, mention, HTML or further cell.
func FuzzMarkdownOfARun(f *testing.F) {
	for _, seed := range meaningful() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		run := saying(text)
		written := markdownOf(t, run, SummaryLimit)
		harmless(t, text, written)
		tree := rendered(t, written)
		if err := tame(tree, false); err != nil {
			t.Fatalf("%q: %v\n%s", text, err, written)
		}
		if want, got := len(groupsOf(run)), count(tree, "details"); want != got {
			t.Errorf("%q makes %d findings of %d", text, got, want)
		}
		if n := count(tree, "th"); n != 4+2 {
			t.Errorf("%q makes %d headings of 6\n%s", text, n, written)
		}
		if n, want := count(tree, "td"), 4*len(groupsOf(run))+2*len(matrixOf(run).rows()); n != want {
			t.Errorf("%q makes %d cells of %d\n%s", text, n, want, written)
		}
		if shown := strings.Join(strings.Fields(Line(text)), " "); len(text) < 100 && !strings.Contains(strings.Join(strings.Fields(shows(tree)), " "), shown) {
			t.Errorf("%q is not shown as it is\n%s", text, written)
		}
	})
}

func TestBadgeSaysWhatIsFixed(t *testing.T) {
	r := verdictOf(kept(1, publishing, "a", 0), verdict.KnownLie, verdict.LostWrite, "documented")
	r.Verdict.Fixed = true
	if got := badge(r); got != "known, fixed lost-write" {
		t.Errorf("it says %q", got)
	}
}
