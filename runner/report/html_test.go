package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// mixedPage is the incident on four accounts with every other verdict beside it.
func mixedPage() *engine.Finished {
	run := mixed()
	other := kept(13, publishing, "shop-oslo", time.Second)
	other.Record.Cell.Case = "not logged in"
	run.Results = append(run.Results, other)
	for _, r := range run.Results {
		if r.Subject().Contract != publishing {
			r.Operation = "createReview"
		}
		if r.Subject().Account == "shop-oslo" && r.Verdict.Class == verdict.Lied {
			r.Exchanges = append(r.Exchanges,
				&wire.Exchange{Number: 16, Eyes: "shop-oslo", Method: "GET", URL: "http://127.0.0.1:8080/reviews/8841", Status: 200, ReplyBody: `{"state":"draft"}`, SentAt: noon, SaidAt: noon},
				&wire.Exchange{Number: 18, Eyes: "shop-oslo", Method: "GET", URL: "http://127.0.0.1:8080/reviews/8841", Status: 200, ReplyBody: `{"state":"draft"}`, SentAt: noon, SaidAt: noon},
				&wire.Exchange{Number: 19, Eyes: "shop-oslo", Method: "GET", URL: "http://127.0.0.1:8080/reviews/8841", Status: 200, ReplyBody: `{"state":"draft"}`, SentAt: noon, SaidAt: noon,
					RequestHeader: wire.Head{{Name: "Authorization", Value: wire.Mask}}, ReplyHeader: wire.Head{{Name: "Content-Type", Value: "application/json"}}})
			r.Record.Effects[0].Want = map[string]any{"state": "published"}
		}
	}
	run.Accounts = []engine.Facts{{Account: "shop-oslo", Tags: []string{"eu", "pro"}}, {Account: "shop-00", Tags: []string{"pro"}}}
	return run
}

// hostilePage is a run of three cells in whose every text stands what would act in a
// page if anything let it.
func hostilePage(server string) *engine.Finished {
	bad := strings.Join([]string{
		`</script><script>canary=1</script>`, `"><img src=` + server + `/x onerror=canary=1>`, `'-canary()-'`, "`${canary=1}`", `javascript:canary=1`, `<!--<script>`, `]]>`,
		"\x00\x1b[2J\u202egnp.exe\u2066", "<svg/onload=canary=1>", "{{.}}", strings.Repeat("wide", 200), "\xff\xfe", "\u2028",
	}, " ")
	long := bad + strings.Repeat("x<", 1<<13)
	run := &engine.Finished{ID: "7f3a", Suite: bad, Target: bad, Started: noon, Ended: noon.Add(time.Second), Requests: 3}
	for n, class := range []verdict.Class{verdict.Lied, verdict.Broken, verdict.Kept} {
		r := lied(n+1, bad+"contract", bad+fmt.Sprint(n), bad)
		r.Operation, r.Place = long, long
		r.Verdict.Class = class
		r.Record.Cell.Case, r.Record.Wanted.Needs = bad, []string{long}
		f := &r.Verdict.Findings[0]
		f.Said, f.Seen, f.Want, f.Reason, f.Hint, f.Fields = long, long, long, long, long, []string{bad}
		r.Verdict.Findings = append(r.Verdict.Findings, *f)
		r.Verdict.Remarks, r.Verdict.Sight = []string{long}, []string{bad}
		r.Verdict.Lines[0].Text = long
		r.Record.Act.Call, r.Record.Act.Eyes, r.Record.Act.Failure = long, bad, bad
		r.Record.Halt = &verdict.Halt{Kind: "interrupted", Why: long}
		r.Record.Effects[0].Want = map[string]any{bad: long}
		place := &r.Record.Places[0]
		place.Probe, place.Eyes = bad, bad
		place.Readings[0].Value = map[string]any{bad: long, "nested": map[string]any{bad: bad}}
		place.Readings[1].Value = map[string]any{bad: bad, bad + "2": []any{long}}
		x := r.Exchanges[0]
		x.Method, x.Eyes, x.Proto, x.RequestBody, x.ReplyBody, x.Facts = bad, bad, bad, long, long, []string{long, bad}
		if n == 0 { // a megabyte, where a provider may well send it
			x.ReplyBody, f.Seen = long+strings.Repeat("x<", 1<<19), long+strings.Repeat("<x", 1<<19)
		}
		x.RequestHeader, x.ReplyHeader = wire.Head{{Name: bad, Value: long}}, wire.Head{{Name: bad, Value: bad}}
		r.Exchanges = append(r.Exchanges, &wire.Exchange{Number: 19, Method: "GET", URL: server + "/" + bad, Status: 200, RequestHeader: wire.Head{{Name: "X", Value: bad}}})
		r.Left = []engine.Leftover{{Account: bad, Resource: bad, Key: bad, Call: bad, Why: bad}}
		run.Results = append(run.Results, r)
		run.Accounts = append(run.Accounts, engine.Facts{Account: bad + fmt.Sprint(n), Tags: []string{bad}})
	}
	return run
}

// largePage is so many accounts on so many contracts, of whose cells so many are lied to,
// each with a dozen exchanges.
func largePage(accounts, contractsOf, lies int) *engine.Finished {
	run := &engine.Finished{ID: "7f3a", Suite: "large", Target: "sandbox", Started: noon, Ended: noon.Add(time.Minute)}
	for c := range contractsOf {
		for a := range accounts {
			n := len(run.Results) + 1
			contract, account := fmt.Sprintf("Contract number %d keeps its word", c+1), fmt.Sprintf("shop-%03d", a)
			if n%(accounts*contractsOf/max(lies, 1)) != 0 || lies == 0 {
				run.Results = append(run.Results, kept(n, contract, account, time.Duration(20+n%900)*time.Millisecond))
				continue
			}
			r := lied(n, contract, account)
			for i := range 12 {
				r.Exchanges = append(r.Exchanges, &wire.Exchange{
					Number: int64(18 + i), Method: "GET", URL: "http://127.0.0.1:8080/reviews/8841", Status: 200,
					ReplyHeader: wire.Head{{Name: "Content-Type", Value: "application/json"}}, ReplyBody: `{"text":"` + strings.Repeat("lorem ipsum ", 300) + `"}`, SentAt: noon, SaidAt: noon,
				})
			}
			run.Results = append(run.Results, r)
		}
	}
	return run
}

func pageText(t *testing.T, run *engine.Finished) string {
	t.Helper()
	var out strings.Builder
	if err := HTML(&out, run, ResultsOf(run)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPageStaysSmall(t *testing.T) {
	t.Parallel()
	for _, each := range []struct {
		name                string
		accounts, contracts int
		lies                int
		left                bool
	}{
		{"2,000 cells that are kept", 20, 100, 0, false},
		{"2,000 cells that are all lied to", 20, 100, 2000, true},
	} {
		t.Run(each.name, func(t *testing.T) {
			run := largePage(each.accounts, each.contracts, each.lies)
			text := pageText(t, run)
			t.Logf("%s: %d KiB", each.name, len(text)>>10)
			if len(text) > 5_000_000 {
				t.Errorf("%d bytes", len(text))
			}
			if strings.Contains(text, `"left":"To keep this file small`) != each.left {
				t.Errorf("what is left out is said: %v, want %v", !each.left, each.left)
			}
		})
	}
}

func sheetText(t *testing.T, run *engine.Finished) *sheet {
	t.Helper()
	s, err := sheetOf(run, ResultsOf(run), diagnosis.Over(run))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// evidenceIn reads back what a page holds of a cell.
func evidenceIn(t *testing.T, run *engine.Finished, number int) exhibit {
	t.Helper()
	var e exhibit
	if err := json.Unmarshal(sheetText(t, run).Evidence[number], &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestPageHasTheWorstInFull(t *testing.T) {
	t.Parallel()
	run := largePage(10, 20, 200)
	worst := inTurn(run)[0]
	if e := evidenceIn(t, run, worst.Number); len(e.Exchanges) != len(worst.Exchanges) || e.Left != "" {
		t.Errorf("the first lie has %d of %d exchanges, %q", len(e.Exchanges), len(worst.Exchanges), e.Left)
	}
}

func TestPageIsTheSameForEveryOrder(t *testing.T) {
	want := pageText(t, mixedPage())
	run := mixedPage()
	rand.New(rand.NewPCG(7, 1)).Shuffle(len(run.Results), func(i, j int) { run.Results[i], run.Results[j] = run.Results[j], run.Results[i] })
	if pageText(t, run) != want {
		t.Error("the page depends on the order of the results")
	}
}

func TestPageTellsTimesInUTC(t *testing.T) {
	want := pageText(t, mixedPage())
	run := mixedPage()
	there := time.FixedZone("there", 5*3600+1800)
	run.Started, run.Ended = run.Started.In(there), run.Ended.In(there)
	for _, r := range run.Results {
		r.Started, r.Ended = r.Started.In(there), r.Ended.In(there)
		for _, x := range r.Exchanges {
			x.SentAt, x.SaidAt = x.SentAt.In(there), x.SaidAt.In(there)
		}
	}
	if pageText(t, run) != want {
		t.Error("the page depends on where it was written")
	}
	if !strings.Contains(want, "answered 200 at 12:00:01.004") {
		t.Error("it tells no time of day")
	}
}

func TestPageSaysWhatIsProved(t *testing.T) {
	for outcome, sure := range map[engine.Outcome]bool{engine.Proved: true, engine.NotTheCase: false} {
		run := incident(12, 10)
		for _, r := range run.Results {
			if r.Verdict.Class == verdict.Lied {
				r.Proof = &engine.Proof{Outcome: outcome}
			}
		}
		s := statementsOf(run, diagnosis.Over(run))[0]
		if s.Proof == "" || s.Sure != sure {
			t.Errorf("%s: %q, sure %v", outcome, s.Proof, s.Sure)
		}
		if e := evidenceIn(t, run, s.Cell); e.Proof == "" || e.Sure != sure {
			t.Errorf("%s: %q, sure %v in the cell", outcome, e.Proof, e.Sure)
		}
	}
}

func TestPageWithoutAScript(t *testing.T) {
	head, _, _ := strings.Cut(pageText(t, incident(12, 10)), `<script type="application/json"`)
	_, body, _ := strings.Cut(head, "<body>")
	for _, part := range []string{"1 of 12 accounts is lied to", "<b dir=\"auto\">shop-oslo</b> is lied to by <b dir=\"auto\">publishReview</b>: said to be done, and nothing came of it.", "account.can lacks &#34;reviews:publish&#34; (11 of 11 truthful accounts have it)"} {
		if !strings.Contains(body, part) {
			t.Errorf("the page without its script does not say %s:\n%s", part, body)
		}
	}
}

func TestHostilePageHasTwoScripts(t *testing.T) {
	text := pageText(t, hostilePage("http://127.0.0.1:1"))
	if n := strings.Count(strings.ToLower(text), "<script"); n != 2 {
		t.Errorf("%d scripts", n)
	}
	if n := strings.Count(strings.ToLower(text), "</script"); n != 2 {
		t.Errorf("%d ends of scripts", n)
	}
	if strings.ContainsAny(text, "\x00\x1b\u202e\u2066\u2028\ufeff") {
		t.Error("a character that acts stands in the page as it is")
	}
	if len(text) > 400_000 {
		t.Errorf("%d bytes", len(text))
	}
}

func TestPageGivesTheErrors(t *testing.T) {
	run := mixedPage()
	if err := HTML(full{}, run, ResultsOf(run)); !errors.Is(err, errFull) {
		t.Errorf("of the writer: %v", err)
	}
	gone := errors.New("the history is gone")
	cells := func(yield func(*engine.Result, error) bool) { yield(nil, gone) }
	if err := HTML(&strings.Builder{}, run, cells); !errors.Is(err, gone) {
		t.Errorf("of the cells: %v", err)
	}
}

func TestTopLine(t *testing.T) {
	inconclusive := func() *engine.Finished {
		run := incident(2, 1)
		verdictOf(run.Results[0], verdict.Inconclusive, "blind-probe", "nobody saw anything")
		return run
	}
	broken := func() *engine.Finished {
		run := incident(2, 1)
		verdictOf(run.Results[0], verdict.Broken, "refused", "refused")
		return run
	}
	for _, each := range []struct {
		run  *engine.Finished
		want string
	}{
		{&engine.Finished{}, "Nothing was run"},
		{incident(3, 1), "Nobody is lied to: 3 cells on 3 accounts"},
		{incident(4, 2), "1 of 4 accounts is lied to"},
		{broken(), "Nobody is lied to; 1 cell is not kept"},
		{inconclusive(), "No lie was seen; of 1 cell nothing could be told"},
	} {
		if got := topLine(each.run); got != each.want {
			t.Errorf("%q, want %q", got, each.want)
		}
	}
}

func TestChange(t *testing.T) {
	value := func(v any) verdict.Reading { return verdict.Reading{Known: verdict.Value, Value: v} }
	thing := func(pairs ...any) map[string]any {
		out := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			out[pairs[i].(string)] = pairs[i+1]
		}
		return out
	}
	for _, each := range []struct {
		name          string
		before, after verdict.Reading
		want          any
		fields        []string
		rows          string
	}{
		{"lost", value(thing("state", "draft", "id", "1")), value(thing("state", "draft", "id", "1")), thing("state", "published"), nil, `state: "draft" → "draft", wanted "published" (missed)`},
		{"met, and something else moved", value(thing("state", "draft", "slug", "a")), value(thing("state", "published", "slug", "b")), thing("state", "published"), nil,
			`slug: "a" → "b" (moved)|state: "draft" → "published", wanted "published" (met)`},
		{"what moves by itself is left out", value(thing("views", "1", "noise", "1")), value(thing("views", "2", "noise", "2")), nil, nil, ""},
		{"a field that moves by itself, and is blamed", value(thing("views", "1")), value(thing("views", "2")), nil, []string{"views"}, `views: "1" → "2" (moved)`},
		{"another spelling that counts as the same", value(thing("at", "1")), value(thing("at", "2.0")), thing("at", "2", "name", "x"), []string{"name"}, `name: absent → absent, wanted "x" (missed)|at: "1" → "2.0", wanted "2" (met)`},
		{"nested", value(thing("a", thing("b", "1"))), value(thing("a", thing("b", "2"))), nil, nil, `a.b: "1" → "2" (moved)`},
		{"never made", verdict.Reading{Known: verdict.Absent}, verdict.Reading{Known: verdict.Absent, Why: "404"}, thing("title", "x"), nil, `review: absent → absent (404)`},
		{"unknown at the end", value(thing("state", "draft")), verdict.Reading{Known: verdict.Unsure, Why: "503"}, thing("state", "published"), nil, `state: "draft" → unknown, wanted "published" (missed)`},
	} {
		t.Run(each.name, func(t *testing.T) {
			r := lied(1, publishing, "shop-oslo")
			place := &r.Record.Places[0]
			place.Before, place.Readings = []verdict.Reading{each.before}, []verdict.Reading{each.after}
			place.Noise = [][]string{{"noise"}}
			r.Record.Effects[0].Want, r.Verdict.Findings[0].Fields = each.want, each.fields
			r.Record.Effects[0].Masks = []verdict.Mask{{Path: []string{"views"}, Mask: contracts.Ignore}}
			var rows []string
			if c := changeOf(r, measures[0]); c != nil {
				for _, row := range c.Rows {
					text := row.Field + ": " + row.Before + " → " + row.After
					if row.Want != "" {
						text += ", wanted " + row.Want
					}
					if row.Mark != "" {
						text += " (" + row.Mark + ")"
					}
					rows = append(rows, text)
				}
			}
			if got := strings.Join(rows, "|"); got != each.rows {
				t.Errorf("%s\nwant %s", got, each.rows)
			}
		})
	}
}

func TestStatements(t *testing.T) {
	three := incident(12, 10) // publishing is a lie on shop-oslo; so is another contract of the same call, and one is broken
	for _, r := range three.Results {
		if r.Subject().Account == "shop-oslo" && r.Subject().Contract == "Contract number 1 keeps its word" {
			*r = *lied(r.Number, r.Subject().Contract, "shop-oslo", "reviews:read", "reviews:write")
		}
		if r.Subject().Account == "shop-05" && r.Subject().Contract == "Contract number 3 keeps its word" {
			verdictOf(r, verdict.Broken, "refused", "the contract wants 2xx here")
		}
	}
	fixed := incident(2, 1)
	verdictOf(fixed.Results[0], verdict.KnownLie, "lost-write", "documented").Verdict.Fixed = true
	for _, each := range []struct {
		name string
		run  *engine.Finished
		want []string
	}{
		{"a documented lie that is over", fixed, []string{`known shop-00 no longer meets the documented lie of publishReview: said to be done, and nothing came of it +0`}},
		{"nothing", incident(3, 1), nil},
		{"the incident", incident(12, 10), []string{`lied shop-oslo is lied to by publishReview: said to be done, and nothing came of it +0 sure`}},
		{"two contracts say the same", three, []string{
			`lied shop-oslo is lied to by publishReview: said to be done, and nothing came of it +1 sure`,
			`broken shop-05 meets a broken promise of publishReview: refused where it was to be done +0`,
		}},
	} {
		t.Run(each.name, func(t *testing.T) {
			var got []string
			for _, s := range statementsOf(each.run, diagnosis.Over(each.run)) {
				text := fmt.Sprintf("%s %s%s %s %s: %s +%d", s.Class, s.Before, s.Who, s.Verb, s.By, s.What, s.Further)
				if s.Sure {
					text += " sure"
				}
				got = append(got, text)
			}
			if strings.Join(got, "\n") != strings.Join(each.want, "\n") {
				t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(each.want, "\n"))
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	for _, each := range []struct {
		run  engine.Finished
		want string
	}{
		{engine.Finished{}, ""},
		{engine.Finished{Interrupted: true}, "The run was interrupted: cells may be missing."},
		{engine.Finished{Killed: true}, "The run was killed before its end: only the cells until then are here."},
		{engine.Finished{Running: true, Pruned: noon}, "The run has not ended: only the cells until now are here. The evidence of this run is no longer kept."},
		{engine.Finished{Results: []*engine.Result{{Left: make([]engine.Leftover, 1)}}}, "1 thing of ours is left behind; polygraph sweep removes it if it can be removed."},
		{engine.Finished{Results: []*engine.Result{{Left: make([]engine.Leftover, 2)}}}, "2 things of ours are left behind; polygraph sweep removes what can be removed."},
	} {
		if got := strings.Join(warnings(&each.run), " "); got != each.want {
			t.Errorf("%q, want %q", got, each.want)
		}
	}
}
