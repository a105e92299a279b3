package engine

import (
	"net/http"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// TestActIsSentOnce answers the act in ways that invite a client to send it again.
func TestActIsSentOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, want string
		answer     func(c *clerk, w http.ResponseWriter, a asking)
	}{
		{name: "cut", want: "inconclusive unreachable", answer: func(_ *clerk, w http.ResponseWriter, _ asking) { cut(w) }},
		{name: "a redirect", want: "broken wrong-status", answer: func(c *clerk, w http.ResponseWriter, _ asking) {
			w.Header().Set("Location", c.url+"/notes")
			write(w, 307, nil)
		}},
		{name: "500", want: "broken refused", answer: func(_ *clerk, w http.ResponseWriter, _ asking) { write(w, 500, nil) }},
		{name: "502", want: "inconclusive unreachable", answer: func(_ *clerk, w http.ResponseWriter, _ asking) { write(w, 502, nil) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				if a.method == "POST" {
					test.answer(c, w, a)
				}
				return a.method == "POST"
			})
			c.put(map[string]any{"text": "somebody's: the list is not blind"})
			r := desk{}.run(c)[0]
			require(t, r, test.want)
			if got := c.count("POST"); got != 1 {
				t.Errorf("sent %d times", got)
			}
		})
	}
}

func TestActRecord(t *testing.T) {
	t.Parallel()
	c := newClerk(t, nil)
	contract := createsNote + "expect: response.body.id == 'n1'\nsnapshot: {id: response.body.id, nothing: response.body.nothing}\nclaims: {201: done}\n"
	r := desk{contracts: contract}.run(c)[0]
	require(t, r, "kept")
	act := r.Record.Act
	if act.Call != "POST /notes" || act.Status != 201 || act.Sends != 1 || act.Key != "n1" || act.KeyFrom != "body" || act.SaidAt <= act.SentAt || act.Eyes != "ada" {
		t.Errorf("act %+v", act)
	}
	if text, _ := act.Marked["text"].(string); !strings.Contains(text, act.Marker) {
		t.Errorf("marked %v with %q", act.Marked, act.Marker)
	}
	if act.Expect == nil || act.Expect.Truth != verdict.True || len(act.Snapshot) != 1 || act.Snapshot["id"] != "n1" || len(act.Claims) != 1 {
		t.Errorf("expect %+v, snapshot %v, claims %v", act.Expect, act.Snapshot, act.Claims)
	}
	for _, x := range r.Exchanges {
		if got := x.RequestHeader.Get("Authorization"); strings.Contains(got, "t-ada") {
			t.Errorf("exchange %d shows the credential: %s", x.Number, got)
		}
	}
}

func TestMergeValues(t *testing.T) {
	t.Parallel()
	base := map[string]any{"a": "1", "m": map[string]any{"x": "1", "y": "2"}}
	got := mergeValues(base, map[string]any{"m": map[string]any{"y": "3"}, "b": []any{"z"}})
	if want := `{"a":"1","b":["z"],"m":{"x":"1","y":"3"}}`; expr.Format(got) != want {
		t.Errorf("got %s, want %s", expr.Format(got), want)
	}
	if expr.Format(base["m"]) != `{"x":"1","y":"2"}` {
		t.Error("what it started from was changed")
	}
	if mergeValues(base, "text") != "text" {
		t.Error("text is laid over as it is")
	}
}
