package report

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/comparison"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// compared is a comparison with something in each of its parts, in which text stands wherever a contract or a
// provider has a say.
func compared(text string) *comparison.Comparison {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	return &comparison.Comparison{
		Form: comparison.Runs, Cells: 240, Noise: 31,
		A:     comparison.Side{Name: "7f3a", Run: "7f3a", Suite: "suite" + text, Target: "sandbox" + text, Started: at},
		B:     comparison.Side{Name: "81c2", Run: "81c2", Suite: "suite" + text, Target: "sandbox" + text, Started: at.Add(time.Hour)},
		Notes: []string{"only 81c2 has the contract: “Saved" + text + "”"},
		Verdicts: []comparison.VerdictChange{
			{Way: comparison.Worse, Contract: "Published" + text, Case: "twice" + text, Account: "shop-oslo" + text, From: verdict.Kept, To: verdict.Lied, ToKind: verdict.LostWrite, CellA: 12, CellB: 14},
			{Way: comparison.Worse, Contract: "Published" + text, Case: "twice" + text, Account: "shop-rome" + text, From: verdict.Kept, To: verdict.Lied, ToKind: verdict.LostWrite, CellA: 13, CellB: 15},
			{Way: comparison.Better, Contract: "Saved" + text, Account: "shop-rome" + text, From: verdict.KnownLie, FromKind: verdict.LostWrite, To: verdict.KnownLie, Fixed: true, CellA: 2, CellB: 2},
		},
		Facts: []comparison.FactChange{{Account: "shop-oslo" + text, Name: "can" + text, Gone: []string{"reviews:publish" + text}, New: []string{}}},
		Latency: comparison.Latency{Tested: 9, TooFew: 2, Whole: true,
			Slower: []comparison.TimeChange{{Call: "publishReview" + text, What: comparison.Effect, Cells: 12, A: 212.4, B: 641, Ratio: 3.02, P: 0.00032, CellB: 40}, {What: comparison.Reply, Cells: 240, A: 4.25, B: 31, Ratio: 7.3, P: 1e-9, CellB: 7}},
			Faster: []comparison.TimeChange{{Call: "listReviews" + text, What: comparison.Reply, Cells: 24, A: 90, B: 45, Ratio: 0.5, P: 0.004, CellB: 9}},
		},
		Shapes: []comparison.ShapeChange{
			{Trait: comparison.StatusOf, Calls: []string{"createReview" + text}, From: "201", To: "200", Cells: 12, Of: 12, Accounts: []string{"shop-oslo" + text}, CellA: 1, CellB: 1},
			{Trait: comparison.FieldOf, Name: "items[].slug" + text, Calls: []string{"listReviews 200" + text}, From: "string", To: "absent", Cells: 1, Of: 12, Accounts: []string{"shop-oslo" + text}, CellA: 3, CellB: 3},
			{Trait: comparison.FieldOf, Name: "id", Calls: []string{"getReview 200"}, From: "number", To: "null|string", Cells: 12, Of: 12, CellA: 3, CellB: 3},
			{Trait: comparison.FieldOf, Name: "", Calls: []string{"getReview 200"}, From: "object", To: "list", Cells: 12, Of: 12, CellA: 3, CellB: 3},
			{Trait: comparison.FieldOf, Name: "beta", Calls: []string{"getReview 200"}, From: "absent", To: "boolean", Cells: 12, Of: 12, CellA: 3, CellB: 3},
			{Trait: comparison.FactOf, Name: "count" + text, Calls: []string{"getReview"}, From: `"3"` + text, To: `"4"`, Cells: 12, Of: 12, CellA: 3, CellB: 3},
			{Trait: comparison.HeaderOf, Name: "X-Version" + text, Calls: []string{"getReview 200", "createReview 201"}, From: "3" + text, To: "4", Cells: 12, Of: 12, CellA: 3, CellB: 3},
			{Trait: comparison.HeaderOf, Name: "Date", Calls: []string{"getReview 200"}, From: "", To: "absent", Cells: 12, Of: 12, CellA: 3, CellB: 3},
		},
	}
}

func comparisonText(t testing.TB, write func(io.Writer, *comparison.Comparison) error, c *comparison.Comparison) string {
	t.Helper()
	var out strings.Builder
	if err := write(&out, c); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func plainly(w io.Writer, c *comparison.Comparison) error { return Comparison(w, c, Style{}) }

func TestComparison(t *testing.T) {
	golden(t, "comparison", comparisonText(t, plainly, compared("")))
	golden(t, "comparison-markdown", comparisonText(t, ComparisonMarkdown, compared("")))
	golden(t, "comparison-json", comparisonText(t, ComparisonJSON, compared("")))
	empty := &comparison.Comparison{Form: comparison.Runs, Cells: 3}
	if got := comparisonText(t, plainly, empty); !strings.HasSuffix(got, "3 cells in both: no difference\n") || strings.Contains(got, "verdicts") {
		t.Errorf("no difference is shown as\n%s", got)
	}
}

func TestAComparisonOfHostileTextsActsOnNobody(t *testing.T) {
	const text = "\x1b[2J\u202e\n::error::x\n| a | b | `code` ``` <img src=x onerror=1> [a](http://b) @team #1 ##vso[x] www.example.com \xff"
	c := compared(text)
	for name, got := range map[string]string{
		"text": comparisonText(t, plainly, c), "markdown": comparisonText(t, ComparisonMarkdown, c), "json": comparisonText(t, ComparisonJSON, c),
	} {
		if Text(got) != got {
			t.Errorf("%s acts on a terminal", name)
		}
		if name == "json" && !json.Valid([]byte(got)) {
			t.Error("it is no JSON")
		}
		if name == "markdown" {
			if err := tame(rendered(t, got), false); err != nil {
				t.Errorf("markdown: %v\n%s", err, got)
			}
		}
	}
}

func TestAComparisonFitsAComment(t *testing.T) {
	c := compared("")
	for range 10_000 {
		c.Notes = append(c.Notes, strings.Repeat("note | ", 100))
		c.Shapes = append(c.Shapes, comparison.ShapeChange{Trait: comparison.FieldOf, Name: strings.Repeat("x|", 500), Calls: []string{strings.Repeat("y", 500)}, From: "string", To: "absent"})
	}
	got := comparisonText(t, ComparisonMarkdown, c)
	if len(got) > CommentLimit || !strings.HasSuffix(got, "**Not all of it has room here**: `--json` has all.\n") {
		t.Errorf("%d bytes, which end with %q", len(got), got[len(got)-80:])
	}
	if err := tame(rendered(t, got), false); err != nil {
		t.Error(err)
	}
}

func FuzzComparisonMarkdown(f *testing.F) {
	f.Add("\x1b[2J\n::error::x | `a` ``b`` <b> @team #1 www.example.com \\| \\")
	f.Fuzz(func(t *testing.T, text string) {
		got := comparisonText(t, ComparisonMarkdown, compared(text))
		if Text(got) != got {
			t.Errorf("it acts on a terminal: %q", got)
		}
		if err := tame(rendered(t, got), false); err != nil {
			t.Errorf("%v\n%s", err, got)
		}
	})
}
