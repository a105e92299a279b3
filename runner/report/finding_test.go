package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

func TestWhatIsAlikeIsShownOnce(t *testing.T) {
	unreachable := func(n int, contract, account, reason string) *engine.Result {
		return verdictOf(kept(n, contract, account, 0), verdict.Inconclusive, "unreachable", reason)
	}
	for _, each := range []struct {
		name    string
		results []*engine.Result
		heads   int
		want    string
	}{
		{"one lie on many accounts", []*engine.Result{lied(1, "A", "x"), lied(2, "A", "y"), lied(3, "A", "z")}, 1, "alike  y (7f3a/2), z (7f3a/3)"},
		{"a thousand are a number", many1000(), 1, "acc-4 (7f3a/5), acc-5 (7f3a/6) and 994 more"},
		{"two contracts that lie are two lies", []*engine.Result{lied(1, "A", "x"), lied(2, "B", "x")}, 2, "LIED"},
		{"one reason for all contracts", []*engine.Result{unreachable(1, "A", "x", "down"), unreachable(2, "B", "x", "down")}, 1, "alike  B on x (7f3a/2)"},
		{"one reason through the eyes of each account", []*engine.Result{unreachable(1, "A", "x", "GET /a as x: down"), unreachable(2, "A", "y", "GET /a as y: down")}, 1, "alike  y (7f3a/2)"},
		{"two reasons", []*engine.Result{unreachable(1, "A", "x", "down"), unreachable(2, "B", "x", "slow")}, 2, "slow"},
	} {
		t.Run(each.name, func(t *testing.T) {
			var out strings.Builder
			if err := Findings(&out, &engine.Finished{ID: "7f3a", Results: each.results}, Style{}); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(out.String(), "  contract "); n != each.heads {
				t.Errorf("%d are shown in full, want %d:\n%s", n, each.heads, out.String())
			}
			if !strings.Contains(out.String(), each.want) {
				t.Errorf("want %q in\n%s", each.want, out.String())
			}
		})
	}
}

func many1000() []*engine.Result {
	var all []*engine.Result
	for i := range 1000 {
		all = append(all, lied(i+1, "A", fmt.Sprintf("acc-%d", i)))
	}
	return all
}

func TestPlainIsWithoutRunAndColour(t *testing.T) {
	got := Plain(lied(1, publishing, "shop-oslo", "read"))
	if !strings.HasPrefix(got, "LIED  lost-write  "+publishing+"  (shop-oslo)\n  said   POST") {
		t.Errorf("got\n%s", got)
	}
	for _, not := range []string{"\x1b", "polygraph show", "beside"} {
		if strings.Contains(got, not) {
			t.Errorf("%q stands in\n%s", not, got)
		}
	}
}

func TestSeenTakesTheTimeOfTheLastRead(t *testing.T) {
	for _, each := range []struct{ name, seen, want, shown string }{
		{"the judge counts reads", `x says a=1 after 10 s (7 reads)`, "a=2", `x says a=1 after 10 s (7 reads, last 12:00:11.006); want a=2`},
		{"one read", `x says a=1 (1 read)`, "", `x says a=1 (1 read, last 12:00:11.006)`},
		{"something follows", `x says a=1 (7 reads); and more`, "", `x says a=1 (7 reads); and more, last read 12:00:11.006`},
		{"it says what it wants", `x says a=1; want a=2`, "a=2", `x says a=1; want a=2, last read 12:00:11.006`},
		{"nothing seen", "", "", ""},
	} {
		t.Run(each.name, func(t *testing.T) {
			r := lied(1, publishing, "oslo")
			f := r.Verdict.Findings[0]
			f.Seen, f.Want = each.seen, each.want
			if got := seen(r, f); got != each.shown {
				t.Errorf("got  %s\nwant %s", got, each.shown)
			}
		})
	}
}
