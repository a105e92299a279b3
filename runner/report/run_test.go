package report

import (
	"fmt"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// noon is when every hand-made run starts.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const publishing = "Publishing a review makes it public"

// kept is a cell whose effect was seen so long after the reply.
func kept(number int, contract, account string, first time.Duration, can ...string) *engine.Result {
	return &engine.Result{
		Number: number, Operation: "publishReview", Place: "reviews.contract.yaml:11",
		Record: &verdict.Record{
			Cell:    verdict.Cell{Contract: contract, Account: account, Can: can, CanKnown: true, Attempt: 1},
			Act:     &verdict.Act{Call: "POST /reviews/12/publish", Eyes: account, Status: 200, SentAt: 100 * time.Millisecond, SaidAt: 104 * time.Millisecond},
			Effects: []verdict.Effect{{Sentence: "updates: review"}},
		},
		Verdict: verdict.Verdict{Class: verdict.Kept, Lines: []verdict.Line{{Outcome: "applied", Text: "read showed it", First: first}}},
		Started: noon, Ended: noon.Add(time.Second),
	}
}

// lied is the incident: answered 200, and the review is still a draft.
func lied(number int, contract, account string, can ...string) *engine.Result {
	r := kept(number, contract, account, 0, can...)
	r.Record.Act.Call, r.Record.Act.Exchange = "POST /reviews/8841/publish", 17
	r.Record.Effects[0].Where = []verdict.Where{{Place: 0}}
	r.Record.Places = []verdict.Place{{
		Probe: "read", Look: verdict.ByKey, Eyes: account, Thing: "review",
		Before: []verdict.Reading{{SentAt: 50 * time.Millisecond, Known: verdict.Value, Value: map[string]any{"state": "draft"}, Exchange: 16}},
		Readings: []verdict.Reading{
			{SentAt: 200 * time.Millisecond, GotAt: 201 * time.Millisecond, Known: verdict.Value, Value: map[string]any{"state": "draft"}, Exchange: 18},
			{SentAt: 10 * time.Second, GotAt: 10*time.Second + 106*time.Millisecond, Known: verdict.Value, Value: map[string]any{"state": "draft"}, Exchange: 19},
		},
	}}
	r.Verdict = verdict.Verdict{
		Class: verdict.Lied, Kind: "lost-write", Claim: "done",
		Findings: []verdict.Finding{{
			Class: verdict.Lied, Kind: "lost-write", Effect: 0, Place: 0,
			Said: "POST /reviews/8841/publish answered 200",
			Seen: "GET /reviews/8841 as " + account + ` still says state="draft" after 10 s (7 reads)`,
			Want: `"published"`, Got: `"draft"`,
		}},
		Lines: []verdict.Line{{Outcome: "absent", Text: "absent in read", Reads: 7}},
	}
	r.Exchanges = []*wire.Exchange{{
		Number: 17, Method: "POST", URL: "http://127.0.0.1:8080/reviews/8841/publish", Status: 200, Proto: "HTTP/1.1",
		ReplyBody: `{"id":8841,"state":"published"}`, SentAt: noon.Add(time.Second), SaidAt: noon.Add(time.Second + 4*time.Millisecond),
	}}
	return r
}

// verdictOf gives a kept cell another verdict.
func verdictOf(r *engine.Result, class verdict.Class, kind verdict.Kind, reason string) *engine.Result {
	r.Verdict = verdict.Verdict{Class: class, Kind: kind, Findings: []verdict.Finding{{
		Class: class, Kind: kind, Effect: -1, Place: -1, Said: "POST /reviews answered 500", Reason: reason,
	}}}
	return r
}

// incident is so many accounts on so many contracts, of which shop-oslo alone is lied to about publishing.
func incident(accounts, contracts int) *engine.Finished {
	run := &engine.Finished{ID: "7f3a", Suite: "fixtures/reviewhub", Target: "sandbox", Started: noon, Ended: noon.Add(4 * time.Second), Requests: 1312}
	for c := range contracts {
		for a := range accounts {
			name := fmt.Sprintf("shop-%02d", a)
			contract := fmt.Sprintf("Contract number %d keeps its word", c+1)
			n := len(run.Results) + 1
			switch {
			case c == 1 && a == 3:
				run.Results = append(run.Results, lied(n, publishing, "shop-oslo", "reviews:read", "reviews:write"))
				continue
			case c == 1:
				contract = publishing
			case a == 3:
				name = "shop-oslo"
			}
			first := time.Duration(212+a*10) * time.Millisecond
			run.Results = append(run.Results, kept(n, contract, name, first, "reviews:read", "reviews:write", "reviews:publish"))
		}
	}
	return run
}
