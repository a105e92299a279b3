package report

import (
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

func TestBeside(t *testing.T) {
	publisher := []string{"read", "publish"}
	unknown := lied(1, publishing, "oslo", "read")
	unknown.Record.Cell.CanKnown = false
	noCase := lied(1, publishing, "oslo", "read")
	noCase.Record.Cell.Case = "no title"
	for _, each := range []struct {
		name, want, not string
		of              *engine.Result
		others          []*engine.Result
	}{
		{name: "others showed it at different times", of: lied(1, publishing, "oslo", "read"),
			others: []*engine.Result{kept(2, publishing, "rome", 212*time.Millisecond, publisher...), kept(3, publishing, "berlin", 340*time.Millisecond, publisher...)},
			want:   "beside 2 other accounts showed it after 212–340 ms\n  differs only here: account.can lacks \"publish\" (2 of 2 truthful accounts have it)"},
		{name: "a scope too many", of: lied(1, publishing, "oslo", "read", "publish", "beta"),
			others: []*engine.Result{kept(2, publishing, "rome", time.Second, publisher...)},
			want:   "differs only here: account.can has \"beta\" (the one truthful account lacks it)"},
		{name: "nothing separates them", of: lied(1, publishing, "oslo", publisher...),
			others: []*engine.Result{kept(2, publishing, "rome", 2300*time.Millisecond, publisher...)},
			want:   "beside 1 other account showed it after 2.3 s\n", not: "differs"},
		{name: "only some truthful accounts have it", of: lied(1, publishing, "oslo", "read"),
			others: []*engine.Result{kept(2, publishing, "rome", time.Second, publisher...), kept(3, publishing, "bonn", time.Second, "read")},
			want:   "showed it after 1 s", not: "differs"},
		{name: "two are lied to and both lack it", of: lied(1, publishing, "oslo", "read"),
			others: []*engine.Result{kept(2, publishing, "rome", time.Second, publisher...), lied(3, publishing, "bonn", "read")},
			want:   "1 other account showed it after 1 s, 1 other account did not\n  differs only on these 2 accounts: account.can lacks \"publish\""},
		{name: "two are lied to and one has it", of: lied(1, publishing, "oslo", "read"),
			others: []*engine.Result{kept(2, publishing, "rome", time.Second, publisher...), lied(3, publishing, "bonn", publisher...)},
			want:   "did not", not: "differs"},
		{name: "facts not known", of: unknown,
			others: []*engine.Result{kept(2, publishing, "rome", time.Second, publisher...)},
			want:   "showed it", not: "differs"},
		{name: "nobody was told the truth", of: lied(1, publishing, "oslo", "read"),
			others: []*engine.Result{lied(3, publishing, "bonn", "read")},
			want:   "no account kept it: 1 other account came out the same", not: "differs"},
		{name: "another case is no neighbour", of: noCase,
			others: []*engine.Result{kept(2, publishing, "rome", time.Second, publisher...)},
			want:   "LIED", not: "beside"},
		{name: "alone", of: lied(1, publishing, "oslo", "read"), want: "LIED", not: "beside"},
	} {
		t.Run(each.name, func(t *testing.T) {
			run := &engine.Finished{ID: "7f3a", Results: append([]*engine.Result{each.of}, each.others...)}
			var out strings.Builder
			if err := Finding(&out, run, each.of, Style{}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), each.want) {
				t.Errorf("want %q in\n%s", each.want, out.String())
			}
			if each.not != "" && strings.Contains(out.String(), each.not) {
				t.Errorf("want no %q in\n%s", each.not, out.String())
			}
		})
	}
}

func TestBetween(t *testing.T) {
	for _, each := range []struct {
		low, high time.Duration
		want      string
	}{
		{212 * time.Millisecond, 340 * time.Millisecond, "212–340 ms"},
		{340 * time.Millisecond, 1200 * time.Millisecond, "340 ms to 1.2 s"},
		{time.Second, time.Second, "1 s"},
		{61 * time.Second, 125 * time.Second, "1 min 1 s to 2 min 5 s"},
		{time.Microsecond, 3 * time.Millisecond, "1–3 ms"},
	} {
		if got := between(each.low, each.high); got != each.want {
			t.Errorf("between(%v, %v) = %q, want %q", each.low, each.high, got, each.want)
		}
	}
}

func TestHostileFactsAreWrittenOut(t *testing.T) {
	of, other := lied(1, publishing, "oslo"), kept(2, publishing, "rome", time.Second)
	run := &engine.Finished{ID: "7f3a", Results: []*engine.Result{of, other}, Accounts: []engine.Facts{
		{Account: "oslo", Known: true, Can: []string{hostile}, Taken: map[string]any{"can": hostile, hostile: hostile}, Tags: []string{hostile}},
		{Account: "rome", Known: true, Taken: map[string]any{hostile: hostile + "x"}},
	}}
	var out strings.Builder
	if err := Finding(&out, run, of, Style{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "3 facts separate them equally") {
		t.Errorf("the facts are not shown:\n%s", out.String())
	}
	for i, line := range strings.Split(out.String(), "\n") {
		if strings.ContainsAny(line, "\x1b\x07\r\u202e") || strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("line %d reaches the terminal as it is: %q", i+1, line)
		}
	}
}
