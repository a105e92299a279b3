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

func TestJudgeUnclear(t *testing.T) {
	seen, none := always(savedReview), always(gone("404"))
	listed, unlisted := always(listedReview), always(otherReviews)
	asked := func(status int, read, lists view) *world {
		return creating(status, read, lists).do(func(r *Record) { r.Act.Key, r.Act.KeyFrom = "8841", "request" })
	}
	tryAll(t, []ruling{
		{name: "done", w: asked(502, seen, listed), class: Inconclusive, kind: Unreachable, says: "whether it was done; it was"},
		{name: "not done", w: asked(502, none, unlisted), class: Inconclusive, kind: Unreachable, says: "nothing of it was seen"},
		{name: "half done", w: asked(502, seen, unlisted), class: Lied, kind: HalfDone},
		{name: "a field left out", w: asked(502, always(thing(with(with(obj("id", 8841), "stars", nil), "product", "p-100", "title", "Solid m1"), "m1")), listed), class: Lied, kind: HalfDone},
		{name: "done twice", w: asked(502, seen, always(list(3, item("8841", "m1", sentReview), item("8842", "m1", sentReview)))), class: Lied, kind: DuplicatedWrite},
		{name: "a redirect", w: asked(302, none, unlisted), class: Broken, kind: WrongStatus, says: "never followed"},
		{name: "a redirect that is expected", w: asked(302, none, unlisted).wants(Status{Codes: []int{302}}), class: Kept},
	})
}

// TestOnlyA5xxIsCalledSoft: a 4xx that left something behind has nothing to excuse it.
func TestOnlyA5xxIsCalledSoft(t *testing.T) {
	for status, want := range map[int]bool{422: false, 500: true} {
		v := creating(status, always(gone("404")), always(list(3, item("8850", "m1", sentReview)))).judge(t)
		if got := strings.Contains(v.Findings[0].Reason, "no negative answer"); got != want {
			t.Errorf("%d: %s", status, v.Findings[0].Reason)
		}
	}
}

func TestDuplicatesAreCounted(t *testing.T) {
	v := creating(201, always(savedReview), always(list(3, item("8841", "m1", sentReview), item("8842", "m1", sentReview)))).judge(t)
	if f := v.Findings[0]; f.Want != "1 item" || f.Got != "2 items" {
		t.Errorf("want %s, got %s", f.Want, f.Got)
	}
}

// TestTheLatestPlaceDecides when an effect was there.
func TestTheLatestPlaceDecides(t *testing.T) {
	v := creating(201, from(7*sec, always(gone("404")), always(savedReview)), from(9*sec, always(otherReviews), always(listedReview))).judge(t)
	if v.Kind != LateEffect || !strings.HasPrefix(v.Lines[0].Text, "GET /reviews as shop-oslo lists it") {
		t.Errorf("%s", show(v))
	}
}
