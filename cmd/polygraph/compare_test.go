package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
)

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
