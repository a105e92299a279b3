package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/comparison"
	"github.com/polygraph-dev/polygraph/runner/history"
)

func TestWhatTwoNamesStandFor(t *testing.T) {
	s := &sides{runs: []history.Summary{{ID: "beef", Target: "sandbox"}, {ID: "cafe", Target: "ca"}, {ID: "0001", Target: "beef"}}, order: compareOrder{run: "last"}}
	accounts := map[string]bool{"shop-rome": true, "shop-oslo": true, "sandbox": true}
	for _, each := range []struct {
		a, b, want, message string
	}{
		{"beef", "cafe", "runs", ""},
		{"last", "0", "runs", ""},
		{"previous", "BEEF", "runs", ""},
		{"shop-rome", "shop-oslo", "accounts", ""},
		{"sandbox", "beef", "targets", ""},
		{"beef", "ca", "", "beef and ca may be more than one thing\nhint: say which: polygraph compare run:beef run:ca, or polygraph compare target:beef target:ca"},
		{"run:beef", "ca", "runs", ""},
		{"ca", "target:beef", "targets", ""},
		{"account:sandbox", "shop-rome", "accounts", ""},
		{"run:beef", "target:ca", "", "one is of the runs and the other of the targets"},
		{"shop-rome", "beef", "", "shop-rome and beef are not of a kind"},
		{"shop-pisa", "beef", "", "shop-pisa is no run, no target that was run on, and no account of run last"},
		{"", "beef", "", " is no run"},
	} {
		t.Run(each.a+" "+each.b, func(t *testing.T) {
			formA, nameA := formOf(each.a)
			formB, nameB := formOf(each.b)
			got, err := s.form(formA, formB, nameA, nameB, func() map[string]bool { return accounts })
			if got != comparison.Form(each.want) || (err == nil) != (each.message == "") || err != nil && !strings.Contains(err.Error(), each.message) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// A revisable provider brings out another version of itself when a script says so: what is
// made is answered 200, a review has no slug any more and has an edition, and there is a header
// more. All of it is truthful.
type revisable struct {
	http.Handler
	revised atomic.Bool
}

type revisableKey struct{}

func (p *revisable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.revised.Load() {
		p.Handler.ServeHTTP(w, r)
		return
	}
	heard := httptest.NewRecorder()
	p.Handler.ServeHTTP(heard, r)
	for name, values := range heard.Header() {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	w.Header().Set("X-Edition", "2")
	body := heard.Body.Bytes()
	if strings.HasPrefix(heard.Header().Get("Content-Type"), "application/json") {
		body = revise(body)
	}
	if heard.Code == http.StatusCreated {
		heard.Code = http.StatusOK
	}
	w.WriteHeader(heard.Code)
	w.Write(body)
}

func revise(body []byte) []byte {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return body
	}
	reviseReviews(value)
	text, err := json.Marshal(value)
	if err != nil {
		return body
	}
	return text
}

// reviseReviews changes whatever has a slug.
func reviseReviews(value any) {
	switch v := value.(type) {
	case []any:
		for _, each := range v {
			reviseReviews(each)
		}
	case map[string]any:
		if _, is := v["slug"]; is {
			delete(v, "slug")
			v["edition"] = 2
		}
		for _, each := range v {
			reviseReviews(each)
		}
	}
}
