package comparison

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

func resultWith(account, key string, exchanges ...*wire.Exchange) *engine.Result {
	return &engine.Result{
		Number: 1, Operation: "createReview", Exchanges: exchanges,
		Record: &verdict.Record{
			Cell: verdict.Cell{Contract: "Saved", Account: account},
			Act:  &verdict.Act{Key: key, Marker: "pg-a1b2", Status: 201, Snapshot: map[string]any{"path": "/reviews/" + key, "version": "v1.24"}},
		},
		Verdict: verdict.Verdict{Class: verdict.Kept},
	}
}

func reply(call, eyes string, status int, body string, head ...string) *wire.Exchange {
	x := &wire.Exchange{Call: call, Eyes: eyes, Status: status, ReplyBody: body}
	for i := 0; i+1 < len(head); i += 2 {
		x.ReplyHeader = append(x.ReplyHeader, wire.Field{Name: head[i], Value: head[i+1]})
	}
	return x
}

func TestOutlinesShowNamesAndTypesAndNotWhatIsNewEachTime(t *testing.T) {
	got := OutlinesOf(resultWith("rome", "8841",
		reply("createReview", "rome", 201, `{"id": 8841, "tags": [], "by": {"name": "x"}}`, "Location", "/reviews/8841", "X-Version", "v1.24"),
		reply("getReview", "nobody", 200, `{"id": 8841, "at": null}`, "X-Cache", "HIT"),
		reply("getReview", "nobody", 200, `{"id": 8841, "at": "now", "more": 1.5}`, "X-Cache", "MISS"),
		reply("getReview", "owner", 404, `not found`),
		reply("listReviews", "rome", 200, `[{"a": 1}, {"a": true, "b": 2}]`, "Etag", `"81"`),
	))
	want := []*Outline{
		{Call: "createReview", Snapshot: map[string]string{"path": `"/reviews/…"`, "version": `"v1.24"`}},
		{Call: "createReview", Status: 201, Fields: map[string]string{"": "object", "id": "number", "tags": "list", "by": "object", "by.name": "string"},
			Headers: map[string]string{"Location": "", "X-Version": "v1.24"}},
		{Call: "getReview", As: "another", Status: 404, Fields: map[string]string{}, Headers: map[string]string{}},
		{Call: "getReview", As: "nobody", Status: 200, Fields: map[string]string{"": "object", "id": "number", "at": "null|string", "more": "absent|number"}, Headers: map[string]string{"X-Cache": ""}},
		{Call: "listReviews", Status: 200, Fields: map[string]string{"": "list", "[]": "object", "[].a": "boolean|number", "[].b": "absent|number"}, Headers: map[string]string{"Etag": ""}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestCellsThatWentAlikeHaveEqualOutlines(t *testing.T) {
	one := OutlinesOf(resultWith("rome", "8841", reply("createReview", "rome", 201, `{"id": 8841}`, "Location", "/reviews/8841", "X-Self", "/reviews/8841#pg-a1b2")))
	two := OutlinesOf(resultWith("oslo", "9917", reply("createReview", "oslo", 201, `{"id": 9917}`, "Location", "/reviews/9917", "X-Self", "/reviews/9917#pg-a1b2")))
	for i := range one {
		if one[i].Digest() != two[i].Digest() {
			t.Errorf("they differ:\n%s", cmp.Diff(one[i], two[i]))
		}
	}
	other := OutlinesOf(resultWith("rome", "8841", reply("createReview", "rome", 201, `{"id": "8841"}`)))
	if other[1].Digest() == one[1].Digest() {
		t.Error("a changed type has the same digest")
	}
}

func TestValuesThatAreNewEachTime(t *testing.T) {
	m := &mask{}
	m.hide("8841")
	m.hide("ab")
	for _, each := range []struct{ text, want string }{
		{"max-age=3600", "max-age=3600"},
		{"v1.24.3", "v1.24.3"},
		{"application/json; charset=utf-8", "application/json; charset=utf-8"},
		{"/reviews/8841", "/reviews/…"},
		{"abc", "abc"},
		{"2026-11-23T10:02:11.204Z", "…"},
		{"Mon, 23 Nov 2026 10:02:11 GMT", "…"},
		{"req 0190163d-8694-739b-aea5-966c26f8ad90!", "req …!"},
		{`W/"5d8c72a5edda8d6a"`, `W/"…"`},
		{"id 1234567", "id …"},
		{"reviews:publish", "reviews:publish"},
	} {
		if got := m.value(each.text); got != each.want {
			t.Errorf("%s gives %s, want %s", each.text, got, each.want)
		}
	}
}
