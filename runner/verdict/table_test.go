package verdict

import (
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
)

func TestSaysNo(t *testing.T) {
	for text, want := range map[string]bool{
		`false`: true, `true`: false, `null`: false, `"error"`: false, `[]`: false, `{}`: false,
		`{"ok":false}`: true, `{"ok":true}`: false, `{"success":false}`: true, `{"Success":false}`: true,
		`{"error":"x"}`: true, `{"error":null}`: false, `{"error":""}`: false, `{"error":false}`: false,
		`{"errors":[]}`: false, `{"errors":["x"]}`: true, `{"errors":0}`: false, `{"errors":2}`: true,
		`{"status":"error"}`: true, `{"status":"Failed"}`: true, `{"status":"done"}`: false, `{"ok":"false"}`: false,
	} {
		if got := saysNo(value(t, text)); got != want {
			t.Errorf("%s says no: %v", text, got)
		}
	}
}

func TestExpectedStatus(t *testing.T) {
	refused := contracts.Refused
	rows := []struct {
		name    string
		wanted  Wanted
		status  int
		ok      bool
		refuses bool
		says    string
	}{
		{"the base wants 2xx", Wanted{}, 204, true, false, "2xx"},
		{"the base is not content with 404", Wanted{}, 404, false, false, "2xx"},
		{"a 202 is a done to come", Wanted{Status: Status{Claim: contracts.Done}}, 202, true, false, "2xx"},
		{"a code", Wanted{Case: true, Status: Status{Codes: []int{403, 404}}}, 404, true, true, "403 or 404"},
		{"a class", Wanted{Case: true, Status: Status{Classes: []int{4}}}, 409, true, true, "4xx"},
		{"a claim", Wanted{Case: true, Status: Status{Claim: refused}}, 500, true, true, "a refusal"},
		{"a refusal or not", Wanted{Case: true, Status: Status{Codes: []int{200, 404}}}, 200, true, false, "200 or 404"},
		{"who lacks a scope, as stated", Wanted{Lacks: []string{"w"}, LackStated: true}, 403, true, false, "401, 403 or 404"},
		{"who lacks a scope, and answers 422", Wanted{Lacks: []string{"w"}, LackStated: true}, 422, false, false, "401, 403 or 404"},
		{"who lacks a scope, by facts alone", Wanted{Lacks: []string{"w"}}, 403, false, false, "2xx"},
		{"a case of who lacks a scope", Wanted{Case: true, Status: Status{Codes: []int{422}}, Lacks: []string{"w"}}, 403, true, true, "422"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w := look(&Record{Wanted: row.wanted, Act: &Act{Status: row.status}})
			if got := w.accepted(); got != row.ok {
				t.Errorf("accepted %v", got)
			}
			if got := row.wanted.Status.refuses(); got != row.refuses {
				t.Errorf("refuses %v", got)
			}
			if got := w.expected(); got != row.says {
				t.Errorf("expected %q, want %q", got, row.says)
			}
		})
	}
}

func TestNothingWasSent(t *testing.T) {
	rows := []struct {
		name string
		r    Record
		kind Kind
		says string
	}{
		{"for no reason that is recorded", Record{}, SetupFailed, "nothing was sent"},
		{"a given thing was refused", Record{Halt: &Halt{Kind: SetupFailed, Why: "given review: POST /reviews answered 403"}}, SetupFailed, "answered 403"},
		{"the places could not be read before", Record{Halt: &Halt{Kind: ProbeFailed, Why: "GET /reviews answered 500"}}, ProbeFailed, "answered 500"},
		{"the credential is not accepted", Record{Cell: Cell{Denied: true, Account: "shop-oslo"}}, SetupFailed, "401"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			v := Judge(&row.r)
			if v.Class != Inconclusive || v.Kind != row.kind || !strings.Contains(v.Findings[0].Reason, row.says) {
				t.Errorf("%s", show(v))
			}
		})
	}
}

func TestAWinningLineStandsFirst(t *testing.T) {
	w := updating(200, always(thing(with(draft, "state", "published"), "m0")))
	w.r.Places = append(w.r.Places, Place{Probe: "list", Look: Listing, Eyes: "nobody", Thing: "review", Call: "GET /reviews", Before: []Reading{otherReviews, otherReviews}})
	w.r.Effects = append(w.r.Effects, Effect{Verb: contracts.Shows, Sentence: "shows: review", Thing: "review", Key: "8841", Marker: "m0", Where: where(1)})
	w.views[1] = always(otherReviews)
	v := w.judge(t)
	if len(v.Lines) != 2 || v.Lines[0].Effect != 1 || v.Lines[1].Outcome != "applied" {
		t.Errorf("%s", show(v))
	}
	if reason := v.Findings[0].Reason; !strings.Contains(reason, "GET /reviews/8841 as shop-oslo shows") {
		t.Errorf("the reason does not say where it was done: %s", reason)
	}
}
