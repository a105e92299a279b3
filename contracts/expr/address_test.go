package expr

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

var addressNames = []string{"key", "review", "target", "q", "namespace"}

func addressVars(t testing.TB) Vars {
	return Vars{
		"key":    json.Number("8841"),
		"review": decode(t, `{"id": 8841, "name": "a/b c", "none": null, "empty": "", "list": [1], "dots": "..", "dot": ".", "path": "x/y z/?", "climb": "x/../y", "slash": "/evil.example/x", "yes": true}`),
		"target": decode(t, `{"site": "https://shop.example", "slashed": "https://shop.example/", "sub": "/base", "bad": "javascript:alert(1)", "host": "//evil.example", "query": "https://shop.example/?a=b", "next": "https://shop.example/r?page=2#top", "shop": "oslo-1", "evil": "evil.example/"}`),
		"q":      Unknown{Why: "GET /q answered 503"},
	}
}

func addressParam(name string) any {
	switch name {
	case "vhost":
		return "/"
	case "name":
		return "pg-1"
	case "user-id":
		return json.Number("7.0")
	}
	return Absent
}

func TestAddressExpand(t *testing.T) {
	for source, want := range map[string]string{
		"/reviews":                              "/reviews",
		"/reviews/{key}":                        "/reviews/8841",
		"/reviews/${key}/x":                     "/reviews/8841/x",
		"/reviews/{review.id}/publish":          "/reviews/8841/publish",
		"/reviews/{ review['id'] + 1 }":         "/reviews/8842",
		"/issues/{key}.json":                    "/issues/8841.json",
		"/api/queues/{vhost}/{+name}":           "/api/queues/%2F/pg-1",
		"/api/queues/%2F/{name}":                "/api/queues/%2F/pg-1",
		"/users/{user-id}":                      "/users/7",
		"/r/{review.name}":                      "/r/a%2Fb%20c",
		"/r/{+review.path}":                     "/r/x/y%20z/%3F",
		"/r/{review.yes}":                       "/r/true",
		"/todos?id=eq.{key}&name={review.name}": "/todos?id=eq.8841&name=a%2Fb%20c",
		"/todos?id=eq.${review.name}":           "/todos?id=eq.a%2Fb%20c",
		"/t?filter[x]=é":                        "/t?filter%5Bx%5D=%C3%A9",
		"${target.site}/p/p-100":                "https://shop.example/p/p-100",
		"${target.slashed}/p":                   "https://shop.example/p",
		"${target.slashed}":                     "https://shop.example/",
		"${target.sub}/p":                       "/base/p",
		"${target.next}":                        "https://shop.example/r?page=2",
		"${target.site}?x={key}":                "https://shop.example?x=8841",
		"https://{target.shop}.example/p/{key}": "https://oslo-1.example/p/8841",
		"http://[::1]:8080/p":                   "http://[::1]:8080/p",
		"/r/{review.typo}":                      "error {review.typo} is absent",
		"/r/{unbound}":                          "error {unbound} is absent",
		"/r/{namespace}":                        "error {namespace} is absent",
		"/r/{review.none}":                      "error {review.none} is null",
		"/todos?id=eq.{review.empty}":           "error {review.empty} is empty text",
		"/r/{review.list}":                      "error {review.list} is a list",
		"/r/{review}":                           "error {review} is a map",
		"/r/{q.id}":                             "error {q.id} is unknown (GET /q answered 503)",
		"/r/{review.dots}/x":                    "error a segment is .., which climbs",
		"/r/.{review.dot}/x":                    "error a segment is .., which climbs",
		"/r/%2e{review.dot}":                    "error a segment is %2e., which climbs",
		"/r/{review.dot}":                       "error a segment is ., which climbs",
		"/r/{+review.climb}":                    "error a segment is .., which climbs",
		"/{+review.slash}":                      "error the path begins with //, which names a host",
		"${target.bad}/p":                       `error ${target.bad} is "javascript:alert(1)"; an address begins with http://, https:// or /`,
		"${target.host}/p":                      `error ${target.host} is "//evil.example"; an address begins with http://, https:// or /`,
		"${target.query}/p":                     `error ${target.query} is "https://shop.example/?a=b", with a query before the path`,
		"https://{target.evil}.example/":        `error {target.evil} is "evil.example/", which is no part of a host`,
		"/r/{review.id / 0}":                    "error {review.id / 0} has no value: evaluate review.id / 0: division by zero",
	} {
		t.Run(source, func(t *testing.T) {
			a, err := ParseAddress(source, addressNames)
			if err != nil {
				t.Fatal(err)
			}
			got, err := a.Expand(addressParam, addressVars(t))
			if err != nil {
				got = "error " + strings.TrimPrefix(err.Error(), "expand "+source+": ")
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestAddressAsksParamFirst(t *testing.T) {
	a, err := ParseAddress("/r/{key}", addressNames)
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.Expand(func(string) any { return "bound" }, addressVars(t))
	if err != nil || got != "/r/bound" {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err = a.Expand(nil, addressVars(t)); err != nil || got != "/r/8841" {
		t.Errorf("without a binding: got %s, %v", got, err)
	}
}

func TestAddressMistakes(t *testing.T) {
	for _, c := range []struct {
		source, message string
		offset          int
	}{
		{"", "an address begins with", 0},
		{"todos/{id}", "an address begins with", 0},
		{"{+path}", "an address begins with", 0},
		{"//evil.example/x", "names a host", 0},
		{"/r/{id", "nothing closes this {", 3},
		{"/r/id}", "nothing opens this }", 5},
		{"/r/${id", "nothing closes this ${", 3},
		{"/r/$${id}", "a path holds no ${", 3},
		{"/r/{reviw.id}", `unknown name "reviw" (did you mean review?)`, 4},
		{"/r/${ reviw.id }", `unknown name "reviw"`, 6},
		{"/r/{}", "empty expression", 4},
		{"/r#x", "a fragment is never sent", 2},
		{"/r x", "no spaces", 2},
		{"/100%", "two hexadecimal digits", 4},
		{"/a/../b", "climbs", 0},
		{"${target.site}.evil.example/x", "comes / or ?", 14},
		{"${target.site}{key}", "comes / or ?", 14},
	} {
		_, err := ParseAddress(c.source, addressNames)
		var mistake *Error
		if !errors.As(err, &mistake) || !strings.Contains(mistake.Error(), c.message) || mistake.Offset != c.offset {
			t.Errorf("%s: got %#v, want %q at %d", c.source, err, c.message, c.offset)
		}
	}
}

func TestAddressParamsAndRefs(t *testing.T) {
	a, err := ParseAddress("${target.site}/a/{vhost}/{key}/{review.id}/{+vhost}", addressNames)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(a.Params()); got != "[vhost key]" {
		t.Errorf("params: got %s", got)
	}
	if got := fmt.Sprint(a.Refs()); got != "[[target site] [key] [review id]]" {
		t.Errorf("refs: got %s", got)
	}
	if _, ok := a.Literal(); ok {
		t.Error("an address with holes counts as literal")
	}
}

func FuzzAddressExpand(f *testing.F) {
	for _, value := range []string{"a", "..", ".", "/", "../..", "%2e%2e", "a?b#c", "\\..\\", "\x00", "é", " ", "//evil", "a/./b", "\xff"} {
		for _, template := range []string{"/a/{x}/b", "/a/.{x}", "/{x}{y}", "/a/{x}?q={y}", "/%2E{x}/b", "/a/{+y}"} {
			f.Add(template, value)
		}
	}
	f.Fuzz(func(t *testing.T, template, value string) {
		a, err := ParseAddress(template, []string{"y"})
		if err != nil {
			return
		}
		fill := func(filler string) (string, error) {
			return a.Expand(func(string) any { return filler }, Vars{"y": filler})
		}
		got, err := fill(value)
		if err != nil || strings.HasPrefix(got, "http") || strings.Contains(template, "${") {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Host != "" || u.Fragment != "" {
			t.Fatalf("%s with %q gives %s: %v", template, value, got, err)
		}
		for _, segment := range strings.Split(u.EscapedPath(), "/") {
			if plain, err := url.PathUnescape(segment); err != nil || plain == "." || plain == ".." {
				t.Errorf("%s with %q climbs: %s", template, value, got)
			}
		}
		tame, err := fill("tame")
		if err != nil || strings.Contains(template, "{+") {
			return
		}
		if strings.Count(got, "/") != strings.Count(tame, "/") || strings.Count(got, "?") != strings.Count(tame, "?") ||
			strings.Count(got, "&") != strings.Count(tame, "&") {
			t.Errorf("%s with %q gives %s, which is not shaped like %s", template, value, got, tame)
		}
	})
}
